"""Serve the signed video URLs as S3 does, and apply download faults."""

import re

from local.simulator.faults.downloads import apply_download_fault
from local.simulator.http.ranges import ranged
from local.simulator.http.request import Request
from local.simulator.http.response import Response, xml_response
from local.simulator.media.cache import LostVideo
from local.simulator.media.signed_urls import DownloadDenied
from local.simulator.state import SimulatorState
from local.simulator.tasks.task import Task
from local.state.database import StorageError

_PATH = re.compile(r"/media/([^/]+)\.mp4")
_HOST = re.compile(r"[\w.:\[\]-]+")


def signed_url(simulator: SimulatorState, task: Task, host: str, ttl: int) -> str:
    """Return a URL on the host that the client used, signed now or, by option, only once."""
    now = simulator.clock()
    signed_at = now if simulator.options.sign == "each-poll" else simulator.tasks.sign_once(task, now)
    authority = host if _HOST.fullmatch(host) else simulator.address
    return f"http://{authority}{simulator.signer.sign(f'/media/{task.id}.mp4', signed_at, ttl)}"


def handle_download(simulator: SimulatorState, request: Request) -> Response:
    """Serve a video; this endpoint needs no API key."""
    try:
        return _download(simulator, _authorize(simulator, request), request)
    except DownloadDenied as denied:
        simulator.ledger.count("downloads_refused")
        return xml_response(_STATUS[denied.code], denied.code, denied.message)


def _download(simulator: SimulatorState, task: Task, request: Request) -> Response:
    if request.method == "HEAD":
        return _serve_video(simulator, task, request)
    simulator.ledger.count_download(task)
    faults = task.faults.at("video") + simulator.script.outage.at("video")
    fault = simulator.fault_counter.first(faults, task.id, task.age(simulator.clock()))
    if fault is None:
        return _serve_video(simulator, task, request)
    return apply_download_fault(fault, lambda: _serve_video(simulator, task, request), request.target)


_STATUS = {"InvalidArgument": 400, "AccessDenied": 403, "SignatureDoesNotMatch": 403, "NoSuchKey": 404, "InternalError": 500}


def _authorize(simulator: SimulatorState, request: Request) -> Task:
    if "Authorization" in request.headers and simulator.options.media_authorization == "refuse":
        raise DownloadDenied("InvalidArgument", "Only one auth mechanism allowed")
    now = simulator.clock()
    simulator.signer.check(request.path, request.query, now)
    match = _PATH.fullmatch(request.path)
    task = simulator.tasks.find(match[1]) if match else None
    if task is None or not _is_retained(task, now):
        raise _no_such_key()
    return task


def _is_retained(task: Task, now: float) -> bool:
    return task.film_until is not None and task.time_at(task.plan.total) <= now < task.film_until


def _no_such_key() -> DownloadDenied:
    return DownloadDenied("NoSuchKey", "The specified key does not exist.")


def _serve_video(simulator: SimulatorState, task: Task, request: Request) -> Response:
    try:
        video = simulator.videos.get(task)
        simulator.videos.release_images(simulator.tasks.record_film(task, video.sha256))
    except LostVideo:
        raise _no_such_key() from None
    except ConnectionError:  # the simulator is stopping
        raise
    except (OSError, StorageError) as error:
        simulator.log(f"could not store the video of {task.id}: {error}")
        raise DownloadDenied("InternalError", "We encountered an internal error. Please try again.") from None
    headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "ETag": f'"{video.sha256[:32]}"'}
    return ranged(Response(200, headers, video.body), request.headers.get("Range", ""))
