"""Apply faults to downloads."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from local.simulator.faults import responses
from local.simulator.faults.directives import Fault
from local.simulator.http.ranges import part_of
from local.simulator.http.response import NO_RESPONSE, RESET, MemoryBody, PaddedBody, Response, redirect, xml_response

# The first box of an MP4, so that only the length reveals the fault.
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
class FaultyDownload:
    fault: Fault
    video_response: Callable[[], Response]  # the normal response, encoded only on demand
    target: str


def apply_download_fault(fault: Fault, video_response: Callable[[], Response], target: str) -> Response:
    return _FAULTS[fault.kind.name](FaultyDownload(fault, video_response, target))


def _cut(framing: str) -> Callable[[FaultyDownload], Response]:
    def act(download: FaultyDownload) -> Response:
        response = download.video_response()
        kept = int(download.fault.number(response.body.length // 2))
        return response.with_transmission(framing=framing, stop_after=min(kept, response.body.length))

    return act


def _short(download: FaultyDownload) -> Response:
    response = download.video_response()
    kept = int(download.fault.number(response.body.length // 2))
    return replace(response, body=part_of(response.body, 0, kept))


def _status(download: FaultyDownload) -> Response:
    code, message = _S3_CODES.get(download.fault.status, ("InternalError", "An error"))
    return xml_response(download.fault.status, code, message)


def _redirect(download: FaultyDownload) -> Response:
    if download.fault.argument == "self":
        return redirect(download.target)
    return responses.elsewhere(download.fault)


def _video(content: bytes) -> Response:
    return Response(200, {"Content-Type": "video/mp4"}, MemoryBody(content))


def _flood(download: FaultyDownload) -> Response:
    length = int(download.fault.number(responses.FLOOD_MB) * _MEGABYTE)
    return Response(200, {"Content-Type": "video/mp4"}, PaddedBody(_FTYP, length))


_FAULTS: dict[str, Callable[[FaultyDownload], Response]] = {
    "cut": _cut("length"),
    "cut-chunked": _cut("chunked"),
    "cut-close": _cut("close"),
    "short": _short,
    "chunked": lambda download: download.video_response().with_transmission(framing="chunked"),
    "html": lambda download: responses.login_page(),
    "empty": lambda download: _video(b""),
    "not-mp4": lambda download: _video(_NOT_MP4),
    "wrong-type": lambda download: download.video_response().with_headers(Content_Type="application/octet-stream"),
    "STATUS": _status,
    "302": _redirect,
    "drip": lambda download: responses.dripping(download.video_response(), download.fault),
    "huge": _flood,
    "endless": lambda download: _flood(download).with_transmission(framing="chunked"),
    "hang": lambda download: responses.hanging(download.video_response(), download.fault),
    "drop": lambda download: NO_RESPONSE,
    "reset": lambda download: RESET,
}
