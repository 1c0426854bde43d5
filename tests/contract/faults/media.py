"""Faults of the link to a finished video: cut files, files that are not videos, dead links, and forbidden targets."""

import struct
from collections.abc import Sequence
from functools import partial

from tests.contract.faults.rows import COPIED, At, Endpoint, Expected, Far, Row, fetches
from tests.support.faulty_server import HOST
from tests.support.mp4_files import TYPE_BOX, mp4_box, mp4_file, open_box, picture
from tests.support.wire_responses import Content, answer, redirecting

_PICTURES = [picture(bytes(1_000)), picture(bytes(1_000))]
_VIDEO = mp4_file(*_PICTURES)
_MOOV_AND_MDAT = mp4_file(*_PICTURES, type_box=b"")
_MDAT = mp4_box(b"mdat", b"".join(_PICTURES))
_NO_VIDEO, _INCOMPLETE, _UNREADABLE = fetches("not_an_mp4"), fetches("incomplete_mp4"), fetches("unreadable_picture")
_NO_PICTURE = fetches("no_picture")
_A_DAY_AND_MORE = 100_000


def _words(words: str, expected: Expected, fault: str, **options: int | str) -> Row:
    return Row(Endpoint.VIDEO, fault, expected, words=words, **options)  # type: ignore[arg-type]


def _video(fault: str, content: Content, expected: Expected = _NO_VIDEO) -> Row:
    return Row(Endpoint.VIDEO, fault, expected, far=Far(answer(200, content, Content_Type="video/mp4")))


CUTS = (
    _words("video=cut", fetches("download_broken"), "the video, cut in the middle"),
    _words("video=cut:1", fetches("download_broken"), "the video, cut after one byte"),
    _words("video=cut:0", fetches("download_broken"), "the video, cut before its first byte"),
    _words("video=cut-chunked", fetches("download_broken"), "the video in chunks, cut"),
    _words("video=cut-close", _INCOMPLETE, "the video without a length, cut"),
    _words("video=short", _INCOMPLETE, "half of the video, framed as if complete"),
    _words("video=chunked", COPIED, "the whole video in chunks"),
    _words("video=wrong-type", COPIED, "the whole video, called application/octet-stream"),
    _words("video=drop", fetches("download_broken"), "no answer"),
    _words("video=huge", fetches("over_the_size_cap"), "64 MB, above the cap"),
    _words("video=endless", fetches("over_the_size_cap"), "64 MB in chunks, above the cap"),
)

NO_VIDEOS = (
    _words("video=html", _NO_VIDEO, "a page"),
    _words("video=empty", fetches("empty"), "zero bytes"),
    _words("video=not-mp4", _NO_VIDEO, "bytes that are not a video"),
    _video("an error of S3 in a 200", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"),
    _video("a playlist", b"#EXTM3U\n#EXTINF:5,\nhttps://media.example.com/1.ts\n"),
    _video("a picture", b"\xff\xd8\xff\xe0" + bytes(2_000)),
    _video("eight bytes", b"\0\0\0\x08ftyp"),
    _video("seven bytes", b"\0\0\0\x08fty"),
    _video("a video without its last byte", _VIDEO[:-1], _INCOMPLETE),
    _video("a video with a byte too many", lambda true: true + b"\0", COPIED),
    _video("a video with a page behind it", lambda true: true + b"<html>served by a cache</html>", COPIED),
    _video("a video without its index", TYPE_BOX + _MDAT),
    _video("a video without its media", _VIDEO[: -len(_MDAT)], _INCOMPLETE),
    _video("a video that does not say its type", _MOOV_AND_MDAT, COPIED),
    _video("a video whose last box is longer than the file", _VIDEO + struct.pack(">I4s", 5_000, b"mdat") + bytes(1_000), _INCOMPLETE),
    _video("a box of length 7 instead of the media", _VIDEO[: -len(_MDAT)] + struct.pack(">I4s", 7, b"mdat"), _INCOMPLETE),
    _video("a box beyond 2^63 instead of the media", _VIDEO[: -len(_MDAT)] + struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1), _INCOMPLETE),
    _video("a video of 20,000 boxes", mp4_file(*_PICTURES, before=mp4_box(b"free") * 20_000)),
    _video("a video whose last box ends with the file", mp4_file(*_PICTURES, media=open_box), COPIED),
    _video("boxes without content", TYPE_BOX + mp4_box(b"moov") + mp4_box(b"mdat"), _NO_PICTURE),
    _video("a sound without a picture", mp4_file(*_PICTURES, handler=b"soun"), _NO_PICTURE),
    _video("a video of zeros", mp4_file(bytes(1_000), bytes(1_000)), _UNREADABLE),
    _video("a video of noise", mp4_file(b"noise instead of pictures"), _UNREADABLE),
)

LINKS = (
    *(_words(f"video={status}", fetches(f"http_{status}"), f"{status} of S3") for status in (400, 403, 404, 410, 500, 503)),
    _words("video=403:3", fetches("http_403", 20), "403 of S3, three times", turns=3),
    _words("video=403 poll=back", fetches("http_403"), "403 of S3, and then the task runs again"),
    _words("ttl=60", fetches("http_403"), "a link that expired a moment ago", after=61),
    _words("ttl=60", fetches("http_403"), "a video that was retained for a day and is gone", after=_A_DAY_AND_MORE, end="failed"),
    _words("video=302", fetches("http_404"), "302 to a location without a video"),
    _words("video=302:self:4", fetches("too_many_redirects"), "302 of S3 to itself"),
    *(Row(Endpoint.VIDEO, f"{times} redirects to the video", COPIED, far=Far(redirecting(times))) for times in (1, 3)),
    Row(Endpoint.VIDEO, "4 redirects to the video", fetches("too_many_redirects"), far=Far(redirecting(4))),
)

_public = partial(Row, Endpoint.VIDEO, public=True)
_FORBIDDEN = (
    f"http://{HOST}/1.mp4",
    f"https://{HOST}:8443/1.mp4",
    f"https://user@{HOST}/1.mp4",
    "https://127.0.0.1/1.mp4",
    "https://127.1/1.mp4",
    "https://2130706433/1.mp4",
    "https://0x7f.0.0.1/1.mp4",
    "https://[::1]/1.mp4",
    "https://[::ffff:10.0.0.1]/1.mp4",
    "https://10.0.0.1/1.mp4",
    "https://192.168.1.1/1.mp4",
    "https://100.64.0.1/1.mp4",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/1.mp4",
    "https://metadata.google.internal/",
    "ftp://media.example.com/1.mp4",
    "data:video/mp4;base64,AAAA",
)


PLACES = (
    _public("the cloud's rules: a public https link", COPIED, far=Far(at=At.TLS, certificate="good")),
    _public("the cloud's rules: a link to this machine", fetches("address_refused"), far=Far()),
    *(
        _public(
            f"the cloud's rules: 302 to `{place}`",
            fetches("address_refused"),
            far=Far(answer(302, b"", Location=place), at=At.TLS, certificate="good"),
        )
        for place in _FORBIDDEN
    ),
)


def rows() -> Sequence[Row]:
    return [*CUTS, *NO_VIDEOS, *LINKS, *PLACES]
