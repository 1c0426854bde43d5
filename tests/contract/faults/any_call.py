"""Faults of every endpoint: the network below HTTP, HTTP itself, and statuses that do not come from the upstream."""

from collections.abc import Sequence

from tests.contract.faults.rows import COPIED, DOUBT, FINISHED, RUNS, At, Everywhere, Expected, Far, Row, asks, fetches, queued, refused
from tests.support.wire_responses import (
    GIGABYTE,
    answer,
    chunked,
    dripping,
    flood,
    gzip_bomb,
    half,
    head,
    kept_open,
    late,
    nothing,
    packed,
    raw,
    reset,
    reset_inside,
    silence,
    with_lengths,
    with_lines,
)

_NOT_SENT = (queued("upstream_unreachable"), asks("upstream_unreachable"), fetches("download_broken"))
_BROKEN = (DOUBT, asks("upstream_unreachable"), fetches("download_broken"))
_NEVER_DONE = (DOUBT, asks("upstream_unreachable"), fetches("out_of_time"))
_TOO_LONG = (DOUBT, asks("upstream_unreachable"), fetches("over_the_size_cap"))
_FINE = (RUNS, FINISHED, COPIED)
# A handshake record of 16 kB, byte by byte.
_HELLO_WITHOUT_END = dripping(b"\x16\x03\x03\x40\x00", b"\0")
_REDIRECTED = queued("redirected", 30)


_HINTS = head(103, headers={"Link": "</style.css>; rel=preload"})


def _status(code: int, submit: Expected = DOUBT, poll: str = "") -> Everywhere:
    """Return a gateway's error page."""
    page = answer(code, b"<html><h1>Sorry</h1></html>", Content_Type="text/html")
    return Everywhere(f"status {code} with a page", Far(page), submit, asks(poll or f"http_{code}"), fetches(f"http_{code}"))


def _redirect(words: str, code: int, video: str, place: str) -> Everywhere:
    return Everywhere(words, Far(answer(code, b"", Location=place)), _REDIRECTED, asks(f"http_{code}"), fetches(video))


CONNECTIONS = (
    Everywhere("nobody listens", Far(at=At.CLOSED), *_NOT_SENT),
    Everywhere("the connection is never answered", Far(at=At.FULL, slow=True), *_NOT_SENT),
    Everywhere("the name does not resolve", Far(at=At.NAMELESS), *_NOT_SENT),
    Everywhere("certificate: self-signed", Far(at=At.TLS, certificate="self-signed"), *_NOT_SENT),
    Everywhere("certificate: of another host", Far(at=At.TLS, certificate="of another host"), *_NOT_SENT),
    Everywhere("certificate: expired", Far(at=At.TLS, certificate="expired"), *_NOT_SENT),
    Everywhere("certificate: good", Far(at=At.TLS, certificate="good"), *_FINE),
    Everywhere("TLS: answered in plain text", Far(answer(), certificate="good", reads="nothing"), *_NOT_SENT),
    Everywhere("TLS: the handshake is not answered", Far(silence, certificate="good", reads="nothing", slow=True), *_NOT_SENT),
    Everywhere("TLS: the handshake drips", Far(_HELLO_WITHOUT_END, certificate="good", reads="nothing", slow=True), *_NOT_SENT),
    Everywhere("TLS: reset in the handshake", Far(reset, certificate="good", reads="nothing"), *_NOT_SENT),
    Everywhere("closes without a word", Far(nothing), *_BROKEN),
    Everywhere("reset after the request", Far(reset), *_BROKEN),
    Everywhere("reset inside the answer", Far(reset_inside()), *_BROKEN),
    Everywhere("says nothing", Far(silence, slow=True), *_BROKEN),
    Everywhere("answers late, but in time", Far(late(0.2)), *_FINE),
    Everywhere("keeps the connection open", Far(kept_open), *_FINE),
)

HEADS = (
    Everywhere("the headers drip", Far(dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), slow=True), *_NEVER_DONE),
    Everywhere("one header line without end", Far(flood(b"HTTP/1.1 200 OK\r\nX: ")), *_BROKEN),
    Everywhere("header lines without end", Far(flood(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n")), *_BROKEN),
    Everywhere("noise instead of HTTP", Far(raw(b"\x00\x01\x02 not http at all\r\n\r\n")), *_BROKEN),
    Everywhere("HTTP/2 instead of HTTP/1", Far(raw(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18))), *_BROKEN),
    Everywhere("a status line without a status", Far(raw(b"HTTP/1.1 fine\r\n\r\n")), *_BROKEN),
    Everywhere("a body without a status line", Far(raw(b'{"id": "t-1"}')), *_BROKEN),
    Everywhere("a status above 999", Far(answer(1000)), *_BROKEN),
    Everywhere("a header line without a colon", Far(with_lines(b"no colon here")), *_FINE),
    Everywhere("a header in Latin-1", Far(with_lines(b"X-Name: caf\xe9")), *_FINE),
    Everywhere("a header folded over two lines", Far(with_lines(b"X-Name: one", b"  two")), *_FINE),
    Everywhere("a header of 60 kB", Far(answer(X_Name="x" * 60_000)), *_FINE),
    Everywhere("cookies", Far(answer(Set_Cookie="session=1; Domain=.com")), *_FINE),
    Everywhere("a wrong content type", Far(answer(Content_Type="text/html; charset=utf-7")), *_FINE),
    Everywhere("100 Continue before the answer", Far(answer(before=head(100))), *_FINE),
    Everywhere("102 Processing before the answer", Far(answer(before=head(102))), *_FINE),
    Everywhere("103 Early Hints before the answer", Far(answer(before=_HINTS)), *_FINE),
    Everywhere("16 interim answers before the answer", Far(answer(before=_HINTS * 16)), *_FINE),
    Everywhere("17 interim answers before the answer", Far(answer(before=_HINTS * 17)), *_BROKEN),
    Everywhere("101 Switching Protocols", Far(answer(101, b"", length=None)), *_BROKEN),
    Everywhere("101 Switching Protocols before the answer", Far(answer(before=head(101))), *_BROKEN),
    Everywhere("closed inside the status line", Far(raw(b"HTTP/1.1 200")), *_BROKEN),
    Everywhere("closed inside a header line", Far(raw(b"HTTP/1.1 200 OK\r\nContent-Type: app")), *_BROKEN),
    Everywhere("closed after a header line", Far(raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")), *_BROKEN),
    Everywhere("300 header lines", Far(with_lines(*(b"X-Name: %d" % number for number in range(300)))), *_FINE),
    Everywhere("a header line of 100 kB", Far(answer(X_Name="x" * 100_000)), *_FINE),
)

LENGTHS = (
    Everywhere("HTTP/1.0 without a length, whole", Far(answer(length=None, version="HTTP/1.0")), *_FINE),
    Everywhere(
        "HTTP/1.0 without a length, cut",
        Far(answer(content=half, length=None, version="HTTP/1.0")),
        DOUBT,
        asks("http_200"),
        fetches("incomplete_mp4"),
    ),
    Everywhere("cut before its announced length", Far(answer(content=half, length=str(GIGABYTE))), *_BROKEN),
    Everywhere("longer than its announced length", Far(answer(length="9")), DOUBT, asks("http_200"), fetches("not_an_mp4")),
    Everywhere("a length that is no number", Far(answer(length="many")), *_FINE),
    Everywhere("a negative length", Far(answer(length="-5")), *_FINE),
    Everywhere("the length said twice", Far(with_lengths("{}", "{}")), *_FINE),
    Everywhere("the length said twice in one line", Far(with_lengths("{0}, {0}")), *_FINE),
    Everywhere("two different lengths in one line", Far(with_lengths("{}, 7")), *_BROKEN),
    Everywhere("a length beside chunks", Far(chunked(Content_Length="7")), *_FINE),
    Everywhere("two different lengths", Far(with_lengths("{}", "7")), *_BROKEN),
    Everywhere(
        "bytes after the announced length",
        Far(answer(content=lambda true: true + b"tail", length=None)),
        DOUBT,
        asks("http_200"),
        COPIED,
    ),
    Everywhere("in chunks", Far(chunked()), *_FINE),
    Everywhere("in chunks with extensions and trailers", Far(chunked(size="{:x};name=value", ending=b"0\r\nX-Sum: 1\r\n\r\n")), *_FINE),
    Everywhere("in chunks, the last one missing", Far(chunked(ending=b"")), *_BROKEN),
    Everywhere("in chunks, cut inside one", Far(chunked(ending=b"ffff\r\nhalf of it")), *_BROKEN),
    Everywhere("a chunk size that is no number", Far(chunked(size="many")), *_BROKEN),
    Everywhere("a negative chunk size", Far(chunked(size="-{:x}")), *_BROKEN),
    Everywhere("a chunk size beyond 64 bits", Far(chunked(size="f" * 20)), *_BROKEN),
    Everywhere("a gigabyte announced, and closed", Far(answer(content=half, length=str(GIGABYTE))), *_BROKEN),
    Everywhere("a gigabyte announced, and sent", Far(flood(head(200, headers={"Content-Length": str(GIGABYTE)}))), *_TOO_LONG),
    Everywhere("a body without end or length", Far(flood(head(200))), *_TOO_LONG),
    Everywhere("the body drips", Far(dripping(head(200, headers={"Content-Length": "1000000"}), b" "), slow=True), *_NEVER_DONE),
    Everywhere("the body drips, without a length", Far(dripping(head(200), b" "), slow=True), *_NEVER_DONE),
    Everywhere("gzip, although identity was asked for", Far(answer(content=packed, Content_Encoding="gzip")), *_FINE),
    Everywhere("gzip in chunks", Far(chunked(packed, Content_Encoding="gzip")), *_FINE),
    Everywhere("gzip cut", Far(chunked(lambda true: half(packed(true)), Content_Encoding="gzip")), *_BROKEN),
    Everywhere("called gzip, but is none", Far(answer(Content_Encoding="gzip")), *_FINE),
    Everywhere("identity, said twice", Far(answer(Content_Encoding="identity, identity")), *_FINE),
    Everywhere("a gzip bomb", Far(answer(content=gzip_bomb(), Content_Encoding="gzip")), *_TOO_LONG),
    Everywhere("an encoding that nobody knows", Far(answer(Content_Encoding="aws-chunked")), *_FINE),
)

ANSWERS = (
    Everywhere("200 with an empty body", Far(answer(content=b"")), DOUBT, asks("http_200"), fetches("empty")),
    Everywhere("200 with a page", Far(answer(content=b"<html>Welcome</html>")), DOUBT, asks("http_200"), fetches("not_an_mp4")),
    Everywhere("204", Far(answer(204, b"", length=None)), DOUBT, asks("http_204"), fetches("http_204")),
    Everywhere("206 with the true body", Far(answer(206)), *_FINE),
    Everywhere(
        "206 with the first ten bytes",
        Far(answer(206, content=lambda true: true[:10], Content_Range="bytes 0-9/9999")),
        DOUBT,
        asks("http_206"),
        fetches("http_206"),
    ),
    Everywhere("201 with the true body", Far(answer(201)), *_FINE),
    Everywhere("203 with the true body", Far(answer(203)), *_FINE),
    Everywhere("304", Far(answer(304, b"", length=None)), _REDIRECTED, asks("http_304"), fetches("http_304")),
    *(_redirect(f"{code} to itself", code, "too_many_redirects", "/again") for code in (301, 302, 303, 307, 308)),
    Everywhere("302 without a place", Far(answer(302, b"")), _REDIRECTED, asks("http_302"), fetches("http_302")),
    _redirect("302 to a file", 302, "address_refused", "file:///etc/passwd"),
    _redirect("302 to a name with a password", 302, "address_refused", "http://user:secret@127.0.0.1/"),
    _redirect("302 to half an address", 302, "address_refused", "http://[::1"),
    _redirect("302 to a port that is no number", 302, "address_refused", "http://127.0.0.1:port/"),
    _status(400),
    *(_status(code, queued("upstream_key", 30), "upstream_key") for code in (401, 403)),
    _status(402, queued("upstream_key", 30)),
    _status(404, refused("model_unavailable")),
    *(_status(code) for code in (405, 408, 409, 410, 413, 415, 422)),
    _status(429, queued("throttled")),
    *(_status(code) for code in (451, 500, 502, 503, 504, 511, 520, 524, 529, 599, 999)),
)


def rows() -> Sequence[Row]:
    """Return every fault at every endpoint."""
    return [row for each in (*CONNECTIONS, *HEADS, *LENGTHS, *ANSWERS) for row in each.rows()]
