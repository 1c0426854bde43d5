"""What a download is made to suffer: by its link, by the bucket, by the table, by company, and by the end of its process."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.simulation.downloads.video_files import blank, without
from tests.support.makers import any_mp4
from tests.support.wire_responses import (
    GIGABYTE,
    Behaviour,
    answer,
    chunked,
    dripping,
    flood,
    head,
    nothing,
    packed,
    raw,
    redirecting,
    reset,
    reset_inside,
    silence,
    with_lengths,
)

# Above every video, and far below what a flood sends.
SIZE_CAP = 400_000
_TOO_LARGE = any_mp4(bytes(SIZE_CAP))
# A whole video, and not the one that was asked for: what stands beside an error must not be believed.
_SORRY = any_mp4(b"We are sorry. This video cannot be shown.")

Link = Callable[[Random, bytes], Behaviour]
Operation = Callable[..., Any]


class Crash(BaseException):
    """The process ends here; nothing in it may catch this."""


@dataclass(frozen=True)
class Mishap:
    """One way to go wrong, or at least differently: `links` are served in turn, `s3` and `dynamodb` meddle with operations.

    `company` is the number of archives at once; `serves` says that the video comes whole all the same.
    """

    name: str
    links: tuple[Link, ...] = (lambda random, mp4: answer(),)
    s3: Mapping[str, Operation] = field(default_factory=dict)
    dynamodb: Mapping[str, Operation] = field(default_factory=dict)
    company: int = 1
    slow: bool = False
    serves: bool = False


# Links


def _cut(random: Random, mp4: bytes) -> bytes:
    """Some of the video, never all of it: often nearly all, or nothing."""
    return mp4[: random.choice((0, 1, len(mp4) - 1, random.randrange(len(mp4))))]


def _linked(name: str, link: Link, **how: bool) -> Mishap:
    return Mishap(name, (link,), **how)  # type: ignore[arg-type]


def _cut_chunk(random: Random, mp4: bytes) -> Behaviour:
    """Broken off in a chunk's size, in its data, or after its data."""
    ending = random.choice((b"", b"1", b"fff\r\n", b"10\r\nhalf", b"4\r\nfour"))
    return chunked(_cut(random, mp4), ending=ending)


def _box_too_long(random: Random, mp4: bytes) -> Behaviour:
    """A valid beginning whose last box promises more than comes."""
    return answer(content=mp4 + (random.randrange(100, 1_000)).to_bytes(4, "big") + b"mdat" + bytes(20))


def _all_of_it(random: Random, mp4: bytes) -> Behaviour:
    return answer(206, Content_Range=f"bytes 0-{len(mp4) - 1}/{len(mp4)}")


CONTROL = "whole"
_SERVED = [
    _linked(CONTROL, lambda random, mp4: answer(), serves=True),
    _linked("whole, in chunks", lambda random, mp4: chunked(), serves=True),
    _linked("whole, without a length", lambda random, mp4: answer(length=None), serves=True),
    _linked("whole, wrong content type", lambda random, mp4: answer(Content_Type="text/html"), serves=True),
    _linked("whole, after redirects", lambda random, mp4: redirecting(random.randint(1, 3)), serves=True),
    _linked("whole, after interim responses", lambda random, mp4: answer(before=head(103) * random.randint(1, 16)), serves=True),
    _linked("whole, as a part that is all of it", _all_of_it, serves=True),
    _linked("whole, the length said twice", lambda random, mp4: with_lengths("{}", "{}"), serves=True),
    _linked("whole, called gzip", lambda random, mp4: answer(Content_Encoding="gzip"), serves=True),
    _linked("whole, gzip in chunks", lambda random, mp4: chunked(packed, Content_Encoding="gzip"), serves=True),
]
_CUT = [
    _linked("cut", lambda random, mp4: answer(content=_cut(random, mp4), length=str(len(mp4)))),
    _linked("cut, without a length", lambda random, mp4: answer(content=_cut(random, mp4), length=None)),
    _linked("cut, in chunks", _cut_chunk),
    _linked("short, but framed as if whole", lambda random, mp4: answer(content=_cut(random, mp4))),
    _linked("short, in whole chunks", lambda random, mp4: chunked(_cut(random, mp4))),
    _linked("reset inside", lambda random, mp4: reset_inside(_cut(random, mp4), announced=len(mp4))),
    _linked("reset", lambda random, mp4: reset),
    _linked("closed without a word", lambda random, mp4: nothing),
    _linked("gigabyte announced", lambda random, mp4: answer(content=mp4, length=str(GIGABYTE))),
    _linked("two lengths", lambda random, mp4: with_lengths("{}", str(random.randrange(len(mp4))))),
    _linked("gzip, cut", lambda random, mp4: chunked(_cut(random, packed(mp4)[:-8]), Content_Encoding="gzip")),
]
_NO_VIDEO = [
    _linked("a page", lambda random, mp4: answer(content=b"<html>Welcome</html>", Content_Type="video/mp4")),
    _linked("zero bytes", lambda random, mp4: answer(content=b"")),
    _linked("an error of S3 in a 200", lambda random, mp4: answer(content=b"<?xml version='1.0'?><Error/>")),
    _linked("noise", lambda random, mp4: answer(content=random.randbytes(2_000))),
    _linked("noise after the first box", lambda random, mp4: answer(content=mp4[:24] + random.randbytes(2_000))),
    _linked("a box too long", _box_too_long),
    _linked("a picture of zeros", lambda random, mp4: answer(content=blank(mp4))),
    _linked("no index", lambda random, mp4: answer(content=without(mp4, b"moov"))),
    _linked("no media", lambda random, mp4: answer(content=without(mp4, b"mdat"))),
    _linked("no HTTP", lambda random, mp4: raw(mp4)),
    _linked("over the cap", lambda random, mp4: answer(content=_TOO_LARGE)),
    _linked("over the cap, in chunks", lambda random, mp4: chunked(_TOO_LARGE)),
    _linked("without end", lambda random, mp4: flood(head(200) + mp4)),
    _linked("video drips", lambda random, mp4: dripping(head(200) + mp4[:50], b"\0"), slow=True),
    _linked("headers drip", lambda random, mp4: dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), slow=True),
    _linked("silence", lambda random, mp4: silence, slow=True),
]
_DEAD = [
    *(
        _linked(f"status {status}", partial(lambda status, random, mp4: answer(status, _SORRY), status))
        for status in (403, 404, 410, 500, 503, 202)
    ),
    _linked("a part of the video", lambda random, mp4: answer(206, _SORRY, Content_Range=f"bytes 0-{len(_SORRY) - 1}/{len(mp4)}")),
    _linked("too many redirects", lambda random, mp4: redirecting(4)),
    _linked("redirect to a file", lambda random, mp4: answer(302, b"", Location="file:///etc/passwd")),
]


# The bucket, the table, and the end of the process


def _refused(code: str, status: int) -> Exception:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "any")  # type: ignore[typeddict-item]


def before(error: BaseException) -> Operation:
    """The operation does not happen."""

    def operation(real: Operation, **_: Any) -> Any:
        raise error

    return operation


def after(error: BaseException) -> Operation:
    """It happens, and nobody hears of it."""

    def operation(real: Operation, **kwargs: Any) -> Any:
        real(**kwargs)
        raise error

    return operation


def _damaged(real: Operation, **kwargs: Any) -> Any:
    """A bit flips between us and the bucket."""
    sent = bytearray(kwargs["Body"].read())
    sent[len(sent) // 2] ^= 1
    return real(**{**kwargs, "Body": bytes(sent)})


def _twice(real: Operation, **kwargs: Any) -> Any:
    """The answer is lost, and the SDK sends the same again."""
    real(**kwargs)
    if hasattr(kwargs.get("Body"), "seek"):
        kwargs["Body"].seek(0)
    return real(**kwargs)


def _move(happen: Operation) -> Operation:
    """Only to the write that says that the video is ours."""

    def operation(real: Operation, **kwargs: Any) -> Any:
        is_end = "succeeded" in str(kwargs.get("ExpressionAttributeValues"))
        return happen(real, **kwargs) if is_end else real(**kwargs)

    return operation


_LOST = ReadTimeoutError(endpoint_url="any")
_STORED = [
    Mishap("S3: 500 at the put", s3={"put_object": before(_refused("InternalError", 500))}),
    Mishap("S3: 503 at the put", s3={"put_object": before(_refused("SlowDown", 503))}),
    Mishap("S3: 409 at the put", s3={"put_object": before(_refused("ConditionalRequestConflict", 409))}),
    Mishap("S3: 412 at the put, and nothing there", s3={"put_object": before(_refused("PreconditionFailed", 412))}),
    Mishap("S3: cannot be reached", s3={"put_object": before(EndpointConnectionError(endpoint_url="any"))}),
    Mishap("S3: stored, the answer lost", s3={"put_object": after(_LOST)}),
    Mishap("S3: stored, and sent again by the SDK", s3={"put_object": _twice}, serves=True),
    Mishap("S3: damaged on its way", s3={"put_object": _damaged}),
    Mishap("S3: 500 at the look", s3={"head_object": before(_refused("500", 500))}),
    Mishap("S3: 403 at the look", s3={"head_object": before(_refused("403", 403))}),
    Mishap("crash before the put", s3={"put_object": before(Crash())}),
    Mishap("crash after the put", s3={"put_object": after(Crash())}),
    Mishap("crash before the move", dynamodb={"update_item": _move(before(Crash()))}),
    Mishap("crash after the move", dynamodb={"update_item": _move(after(Crash()))}),
    Mishap("table: the move refused", dynamodb={"update_item": _move(before(_refused("ThrottlingException", 400)))}),
    Mishap("table: moved, and sent again by the SDK", dynamodb={"update_item": _move(_twice)}, serves=True),
]
_COMPANY = [
    Mishap("two at once", company=2, serves=True),
    Mishap("two at once, one cut", (_CUT[0].links[0], lambda random, mp4: answer()), company=2),
    Mishap("three at once, without a length", (lambda random, mp4: answer(length=None),), company=3, serves=True),
]

MISHAPS: tuple[Mishap, ...] = (*_SERVED, *_CUT, *_NO_VIDEO, *_DEAD, *_STORED, *_COMPANY)
