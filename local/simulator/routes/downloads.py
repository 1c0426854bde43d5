"""Serve the signed video URLs as S3 does, and apply download faults."""

import re

from local.simulator.faults.downloads import apply_download_fault
from local.simulator.http.ranges import ranged
from local.simulator.http.request import Request
from local.simulator.http.response import Response, xml_response
from local.simulator.media.signed_urls import DownloadDenied
from local.simulator.state import SimulatorState
from local.simulator.tasks.task import Status, Task, state_at

_PATH = re.compile(r"/media/([^/]+)\.mp4")
_HOST = re.compile(r"[\w.:\[\]-]+")


def signed_url(simulator: SimulatorState, task: Task, host: str, ttl: int) -> str:
    """Return a URL on the host that the client used, signed now or, by option, only once."""
    if simulator.options.sign == "each-poll" or task.signed_at is None:
        task.signed_at = simulator.clock()
    authority = host if _HOST.fullmatch(host) else simulator.address
    return f"http://{authority}{simulator.signer.sign(f'/media/{task.id}.mp4', task.signed_at, ttl)}"


def handle_download(simulator: SimulatorState, request: Request) -> Response:
    """Serve a video; this endpoint needs no API key."""
    try:
        task = _authorize(simulator, request)
    except DownloadDenied as denied:
        simulator.ledger.count("downloads_refused")
        return xml_response(_STATUS[denied.code], denied.code, denied.message)
    if request.method == "HEAD":
        return _serve_video(simulator, task, request)
    simulator.ledger.count_download(task)
    faults = task.faults.at("video") + simulator.script.outage.at("video")
    fault = simulator.fault_counter.first(faults, task.id, task.age(simulator.clock()))
    if fault is None:
        return _serve_video(simulator, task, request)
    return apply_download_fault(fault, lambda: _serve_video(simulator, task, request), request.target)


_STATUS = {"InvalidArgument": 400, "AccessDenied": 403, "SignatureDoesNotMatch": 403, "NoSuchKey": 404}


def _authorize(simulator: SimulatorState, request: Request) -> Task:
    if "Authorization" in request.headers and simulator.options.media_authorization == "refuse":
        raise DownloadDenied("InvalidArgument", "Only one auth mechanism allowed")
    now = simulator.clock()
    simulator.signer.check(request.path, request.query, now)
    match = _PATH.fullmatch(request.path)
    task = simulator.tasks.get(match[1]) if match else None
    if task is None or not _is_retained(task, now, simulator.options.video_kept):
        raise DownloadDenied("NoSuchKey", "The specified key does not exist.")
    return task


def _is_retained(task: Task, now: float, seconds: float) -> bool:
    state = state_at(task, now)
    return state.status is Status.SUCCEED and state.ended_at is not None and now < state.ended_at + seconds


def _serve_video(simulator: SimulatorState, task: Task, request: Request) -> Response:
    video = simulator.videos.get(task)
    task.video_sha256 = video.sha256
    headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "ETag": f'"{video.sha256[:32]}"'}
    return ranged(Response(200, headers, video.body), request.headers.get("Range", ""))
