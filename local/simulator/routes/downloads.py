"""The signed video URLs: S3's manners, and the ways in which a download can go wrong."""

import re

from local.simulator.faults.downloads import sabotage
from local.simulator.http.ranges import ranged
from local.simulator.http.request import Call
from local.simulator.http.response import Reply, xml_reply
from local.simulator.media.signed_urls import Denied
from local.simulator.state import Platform
from local.simulator.tasks.task import Status, Task, state_at

_PATH = re.compile(r"/media/([^/]+)\.mp4")
_HOST = re.compile(r"[\w.:\[\]-]+")


def signed_url(platform: Platform, task: Task, host: str, ttl: int) -> str:
    """The URL under the name by which the client reached us, signed now or, by option, once and for all."""
    if platform.options.sign == "each-poll" or task.signed_at is None:
        task.signed_at = platform.clock()
    authority = host if _HOST.fullmatch(host) else platform.address
    return f"http://{authority}{platform.signer.sign(f'/media/{task.id}.mp4', task.signed_at, ttl)}"


def answer_media(platform: Platform, call: Call) -> Reply:
    """The door; no key belongs here."""
    try:
        task = _admit(platform, call)
    except Denied as denied:
        platform.ledger.count("downloads_refused")
        return xml_reply(_STATUS[denied.code], denied.code, denied.message)
    if call.method == "HEAD":
        return _film(platform, task, call)
    platform.ledger.count_download(task)
    faults = task.faults.at("video") + platform.script.outage.at("video")
    fault = platform.tally.first(faults, task.id, task.age(platform.clock()))
    if fault is None:
        return _film(platform, task, call)
    return sabotage(fault, lambda: _film(platform, task, call), call.target)


_STATUS = {"InvalidArgument": 400, "AccessDenied": 403, "SignatureDoesNotMatch": 403, "NoSuchKey": 404}


def _admit(platform: Platform, call: Call) -> Task:
    if "Authorization" in call.headers and platform.options.media_authorization == "refuse":
        raise Denied("InvalidArgument", "Only one auth mechanism allowed")
    now = platform.clock()
    platform.signer.check(call.path, call.query, now)
    match = _PATH.fullmatch(call.path)
    task = platform.tasks.get(match[1]) if match else None
    if task is None or not _kept(task, now, platform.options.video_kept):
        raise Denied("NoSuchKey", "The specified key does not exist.")
    return task


def _kept(task: Task, now: float, seconds: float) -> bool:
    state = state_at(task, now)
    return state.status is Status.SUCCEED and state.ended_at is not None and now < state.ended_at + seconds


def _film(platform: Platform, task: Task, call: Call) -> Reply:
    film = platform.studio.film(task)
    task.video_sha256 = film.sha256
    headers = {"Content-Type": "video/mp4", "Accept-Ranges": "bytes", "ETag": f'"{film.sha256[:32]}"'}
    return ranged(Reply(200, headers, film.body), call.headers.get("Range", ""))
