"""Texts that one parser reads as a public host, and another as this machine."""

# Resolvers or libraries read all of these as 127.0.0.1.
NUMBER_FORMS = [
    "127.1",
    "127.0.1",
    "127.0.0.1.",
    "127.0.0.01",
    "0177.0.0.1",
    "0177.0.0.01",
    "017700000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "0x7f000001",
    "0X7F000001",
    "2130706433",
    "127.0.0.1%20",
    "%31%32%37.0.0.1",
    "127%2e0%2e0%2e1",
    "\uff11\uff12\uff17.0.0.1",  # wide digits
    "127\u30020\u30020\u30021",  # ideographic full stops
    "127\uff0e0\uff0e0\uff0e1",  # wide full stops
    "\u2460\u2461\u2466.0.0.1",  # digits in circles
    "\u0661\u0662\u0667.0.0.1",  # Arabic digits
    "127.0.0.\U0001d7cf",  # a bold digit
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]",
    "[::1%25lo]",
    "[::1%lo]",
    "[127.0.0.1]",
    "[v1.127]",
]
OWN_NAMES = [
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "loc%61lhost", "localho\u017ft", "\u2113ocalhost", "localhost.localdomain."),
    *("printer.local", "db.internal", "metadata.google.internal", "router.home.arpa", "hidden.onion", "intranet", "ip6-localhost"),
]
# Texts between or around a public host and this machine that make parsers disagree on the host.
TRICKS = [
    "https://media.example.com\\@127.0.0.1/",
    "https://127.0.0.1\\@media.example.com/",
    "https://127.0.0.1\\.media.example.com/",
    "https:\\\\127.0.0.1\\",
    "https://media.example.com@127.0.0.1/",
    "https://media.example.com:443@127.0.0.1/",
    "https://media.example.com%40127.0.0.1/",
    "https://a@media.example.com@127.0.0.1/",
    "https://@127.0.0.1/",
    "https://:@127.0.0.1/",
    "https://media.example.com#@127.0.0.1/",
    "https://media.example.com?@127.0.0.1/",
    "https://127.0.0.1#.media.example.com/",
    "https://127.0.0.1?.media.example.com/",
    "https://127.0.0.1%2f.media.example.com/",
    "https://127.0.0.1%23.media.example.com/",
    "https://127.0.0.1%00.media.example.com/",
    "https://127.0.0.1\x00.media.example.com/",
    "https://127.0.0.1\t.media.example.com/",
    "https://127.0.0.1\n.media.example.com/",
    "https://127.0.0.1\r\nHost: media.example.com/",
    "https://127.0.0.1 .media.example.com/",
    "https://127.0.0.1;.media.example.com/",
    "https://127.0.0.1,media.example.com/",
    "https://127.0.0.1&media.example.com/",
    "https://media.example.com\uff0f@127.0.0.1/",  # a wide slash
    "https://media.example.com\uff20127.0.0.1/",  # a wide @
    "https://127.0.0.1\uff03.media.example.com/",  # a wide #
    "https://media.example\u3002com\u2100/",  # a letter that becomes "a/c"
    "https:127.0.0.1/",
    "https:/127.0.0.1/",
    "https:///127.0.0.1/",
    "https://///127.0.0.1/",
    "//127.0.0.1/",
    "127.0.0.1/",
    " https://127.0.0.1/",
    "\x01https://127.0.0.1/",
    "ht\ntps://127.0.0.1/",
    "https://[8.8.8.8]/",
    "https://[2606:4700::1111%lo]/",
    "https://[2606:4700::1111%25lo]/",
    "https://[127.0.0.1].media.example.com/",
    "https://[::1].media.example.com/",
    "https://media.example.com[::1]/",
    "https://[::1]media.example.com/",
    "https://[::1/",
    "https://::1/",
    "https://media.example.com:/",
    "https://media.example.com:0443/",
    "https://media.example.com:443:80/",
    "https://media.example.com:443 /",
    "https://media.example.com:+443/",
    "https://media.example.com:65979/",  # 443 in sixteen bits
    "https://media.example.com:\uff14\uff14\uff13/",
    "https://media.example.com:443\uff20127.0.0.1/",
    "https://.media.example.com/",
    "https://media..example.com/",
    "https://media.example.com./",
    "https://*.example.com/",
    "https://-media.example.com/",
    f"https://{'a' * 64}.example.com/",
    f"https://{'a.' * 126}com/",
    "https://media.example.c\u043em/",  # a Cyrillic letter
    "https://media.example.com/a b",
    "https://media.example.com/a\\b",
    "https://media.example.com/a\r\nHost: 127.0.0.1",
    "https://media.example.com/\x7f",
    "",
    "https",
    "https://",
]
SCHEMES = [
    *("http://media.example.com/", "http://media.example.com:443/", "HTTP://8.8.8.8:443/"),
    *("file:///etc/passwd", "file://127.0.0.1/etc/passwd", "FILE:/etc/passwd", "gopher://127.0.0.1:25/_HELO", "data:text/plain,hello"),
    *("data:video/mp4;base64,AAAA", "ftp://media.example.com/a", "ftps://media.example.com/", "dict://127.0.0.1:11211/stat"),
    *("ldap://127.0.0.1/", "javascript:alert(1)", "jar:https://media.example.com!/", "ws://media.example.com/", "wss://media.example.com/"),
    *(
        "unix:///var/run/docker.sock",
        "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
        "tftp://127.0.0.1/",
        "sftp://127.0.0.1/",
        "blob:https://a.b/",
    ),
]
USERS = ["user@", "user:secret@", ":secret@", "@", "user%40media.example.com@", "user:443@"]
