"""Faults of the link to a finished video: cut files, files that are not videos, dead links, and forbidden targets."""

import struct
from collections.abc import Sequence
from functools import partial

from tests.contract.faults.rows import COPIED, At, Endpoint, Expected, Far, Row, fetches
from tests.support.faulty_server import HOST
from tests.support.makers import mp4_box
from tests.support.wire_responses import Content, answer, redirecting

_FTYP, _MOOV, _MDAT = mp4_box(b"ftyp", b"isom\0\0\2\0isom"), mp4_box(b"moov", bytes(100)), mp4_box(b"mdat", bytes(1_000))
_NO_VIDEO = fetches("not_an_mp4")
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
    _words("video=cut-close", _NO_VIDEO, "the video without a length, cut"),
    _words("video=short", _NO_VIDEO, "half of the video, framed as if complete"),
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
    _video("a video without its last byte", lambda true: true[:-1]),
    _video("a video with a byte too many", lambda true: true + b"\0"),
    _video("a video without its index", _FTYP + _MDAT),
    _video("a video without its media", _FTYP + _MOOV),
    _video("a video that does not say its type first", _MOOV + _FTYP + _MDAT),
    _video("a video whose last box is longer than the file", _FTYP + _MOOV + struct.pack(">I4s", 5_000, b"mdat") + bytes(1_000)),
    _video("a video with a box of length 7", _FTYP + _MOOV + struct.pack(">I4s", 7, b"mdat")),
    _video("a video with a box beyond 2^63", _FTYP + _MOOV + struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1)),
    _video("a video of 20,000 boxes", _FTYP + mp4_box(b"free") * 20_000 + _MOOV + _MDAT),
    _video("a video whose last box ends with the file", _FTYP + _MOOV + struct.pack(">I4s", 0, b"mdat") + bytes(1_000), COPIED),
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
