"""What a download can be made to suffer."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from local.simulator.faults import responses
from local.simulator.faults.directives import Fault
from local.simulator.http.ranges import part_of
from local.simulator.http.response import NO_ANSWER, RESET, Flood, Reply, Text, redirect, xml_reply

# The first box of an MP4, so that only the length gives a flood away.
_FTYP = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42"
_NOT_MP4 = b"This is not a video, although it says so.\n" * 1000
_MEGABYTE = 1_000_000

_S3_CODES = {
    403: ("AccessDenied", "Request has expired"),
    404: ("NoSuchKey", "The specified key does not exist."),
    410: ("Gone", "The video was removed."),
    500: ("InternalError", "We encountered an internal error. Please try again."),
    503: ("SlowDown", "Please reduce your request rate."),
}


@dataclass(frozen=True)
class Victim:
    fault: Fault
    film: Callable[[], Reply]  # the true answer, encoded only if somebody needs it
    target: str


def sabotage(fault: Fault, film: Callable[[], Reply], target: str) -> Reply:
    return _FAULTS[fault.kind.name](Victim(fault, film, target))


def _cut(framing: str) -> Callable[[Victim], Reply]:
    def act(victim: Victim) -> Reply:
        reply = victim.film()
        kept = int(victim.fault.number(reply.body.length // 2))
        return reply.in_manner(framing=framing, stop_after=min(kept, reply.body.length))

    return act


def _short(victim: Victim) -> Reply:
    reply = victim.film()
    kept = int(victim.fault.number(reply.body.length // 2))
    return replace(reply, body=part_of(reply.body, 0, kept))


def _status(victim: Victim) -> Reply:
    code, message = _S3_CODES.get(victim.fault.status, ("InternalError", "An error"))
    return xml_reply(victim.fault.status, code, message)


def _redirect(victim: Victim) -> Reply:
    if victim.fault.argument == "self":
        return redirect(victim.target)
    return responses.elsewhere(victim.fault)


def _video(content: bytes) -> Reply:
    return Reply(200, {"Content-Type": "video/mp4"}, Text(content))


def _flood(victim: Victim) -> Reply:
    length = int(victim.fault.number(responses.FLOOD_MB) * _MEGABYTE)
    return Reply(200, {"Content-Type": "video/mp4"}, Flood(_FTYP, length))


_FAULTS: dict[str, Callable[[Victim], Reply]] = {
    "cut": _cut("length"),
    "cut-chunked": _cut("chunked"),
    "cut-close": _cut("close"),
    "short": _short,
    "chunked": lambda victim: victim.film().in_manner(framing="chunked"),
    "html": lambda victim: responses.login_page(),
    "empty": lambda victim: _video(b""),
    "not-mp4": lambda victim: _video(_NOT_MP4),
    "wrong-type": lambda victim: victim.film().with_headers(Content_Type="application/octet-stream"),
    "STATUS": _status,
    "302": _redirect,
    "drip": lambda victim: responses.dripping(victim.film(), victim.fault),
    "huge": _flood,
    "endless": lambda victim: _flood(victim).in_manner(framing="chunked"),
    "hang": lambda victim: responses.hanging(victim.film(), victim.fault),
    "drop": lambda victim: NO_ANSWER,
    "reset": lambda victim: RESET,
}
