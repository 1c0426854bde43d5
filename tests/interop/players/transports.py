"""Ways to send a body: complete ones, of which the video must be taken, and cut ones, of which it must not."""

from collections.abc import Mapping

from tests.support.wire_responses import Behaviour, answer, chunked, half, head, kept_open, packed, redirecting, with_lengths

GIGABYTE = str(10**9)

WHOLE: Mapping[str, Behaviour] = {
    "a length": answer(),
    "chunks": chunked(),
    "chunks with extensions and trailers": chunked(size="{:X};a=b", ending=b"0\r\nX-Sum: 1\r\n\r\n"),
    "kept open": kept_open,
    "a wrong type": answer(Content_Type="text/html"),
    "identity": answer(Content_Encoding="identity"),
    "gzip in chunks": chunked(packed, Content_Encoding="gzip"),
    "a redirect": redirecting(1),
    "three redirects": redirecting(3),
    "100 before": answer(before=head(100)),
    "gzip with a length": answer(content=packed, Content_Encoding="gzip"),
    "called gzip": answer(Content_Encoding="gzip"),
    "two equal lengths": with_lengths("{}", "{}"),
    "103 before": answer(before=head(103)),
    "many 1xx before": answer(before=head(102) * 10),
    "201": answer(201),
    "203": answer(203),
}
# The transfer does not say where the body ends.
UNFRAMED: Mapping[str, Behaviour] = {
    "until closed": answer(length=None),
    "HTTP/1.0": answer(length=None, version="HTTP/1.0"),
}
CUT: Mapping[str, Behaviour] = {
    "half, behind a length that says more": answer(content=half, length=GIGABYTE),
    "half in chunks, without the last one": chunked(half, ending=b""),
    "half in chunks, cut inside one": chunked(half, ending=b"ffff\r\nhalf"),
    "403": answer(403),
}
