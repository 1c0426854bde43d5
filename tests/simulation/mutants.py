"""Deliberately wrong builds, to prove that the oracle detects them; a test replaces one part at run time."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import requests

from cliprelay import wiring
from cliprelay.admission import table as controls_table
from cliprelay.admission.table import CONTROLS, ControlsTable
from cliprelay.errors import NotAccepted, OutcomeUnknown
from cliprelay.net.sessions import fresh_session
from cliprelay.steps import archive, submit
from cliprelay.upstream.myrouter import client
from cliprelay.upstream.myrouter.client import HandedBody
from cliprelay.video import table
from cliprelay.video.erasure import erasure_of
from cliprelay.video.listing import LISTED_BY
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable, Written
from cliprelay.workflow import resolution
from cliprelay.workflow.decisions import Decision, back_in_queue


class _Unmarked(VideoTable):
    """Pays first and writes the marker afterwards, like an idempotency decorator around the whole step."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._unwritten: dict[str, dict[str, Any]] = {}

    def claim(self, video: Video, token: str, now: datetime, deadline: int, grace: timedelta, permit: dict[str, Any]) -> Written:
        epoch = int(now.timestamp())
        marker: dict[str, Any] = {"claim": token, "claimed_at": epoch, "submitted_at": epoch, "deadline": deadline}
        self._unwritten[token] = {"status": Status.SUBMITTING, "queued_by": None, **marker}
        return Written(replace(video, status=Status.SUBMITTING, **marker), won=True)

    def _mark(self, video: Video) -> None:
        marker = self._unwritten.pop(video.claim or "", None)
        if marker:
            self._update(video, marker, "#status = :queued", {":queued": Status.QUEUED})

    def run_paid(self, video: Video, *args: Any, **more: Any) -> Written:
        self._mark(video)
        return super().run_paid(video, *args, **more)

    def move(self, video: Video, *args: Any, **more: Any) -> Written:
        self._mark(video)
        return super().move(video, *args, **more)


class _EvidenceIsAMove(VideoTable):
    """Writes the upstream's id only while the video is still being submitted."""

    def record_evidence(self, video: Video, upstream_id: str, now: datetime) -> bool:
        values = {":token": video.claim, ":was": Status.SUBMITTING}
        return self._update(video, {"upstream_id": upstream_id}, "claim = :token AND #status = :was", values).won


@contextmanager
def marker_removed() -> Iterator[None]:
    with patch.object(wiring, "VideoTable", _Unmarked):
        yield


@contextmanager
def evidence_is_a_move() -> Iterator[None]:
    with patch.object(wiring, "VideoTable", _EvidenceIsAMove):
        yield


def _reset_means_not_accepted(error: Exception, body: HandedBody) -> NotAccepted | OutcomeUnknown:
    """Takes a reset for a dead kept-alive socket, and repeats the call."""
    if isinstance(error, requests.ConnectionError):
        return NotAccepted("upstream_unreachable", "the connection was dead")
    return _told_apart(error, body)


_told_apart = client._lost_create


@contextmanager
def socket_kept_alive() -> Iterator[None]:
    session = fresh_session()
    real_close = session.close
    session.close = lambda: None  # type: ignore[method-assign]
    with patch.object(client, "fresh_session", lambda: session), patch.object(client, "_lost_create", _reset_means_not_accepted):
        yield
    real_close()


@contextmanager
def doubt_is_final() -> Iterator[None]:
    """Fetches a file that cannot be verified for a day, whatever the provider insists on."""
    with patch.object(archive, "is_confirmed", lambda *_: False):
        yield


@contextmanager
def refusals_are_silent() -> Iterator[None]:
    """Counts refused copies, and tells nobody."""
    with patch.object(table, "REFUSED_OFTEN", 1_000_000):
        yield


class _PauseWithoutCopies(ControlsTable):
    """Pauses as when there were no copies."""

    def pause(self, now: datetime) -> None:
        self._table.update(CONTROLS, {"paused_at": int(now.timestamp())}, "", {})


@contextmanager
def pause_is_not_copied() -> Iterator[None]:
    with patch.object(controls_table, "ControlsTable", _PauseWithoutCopies):
        yield


@contextmanager
def delete_is_a_flag() -> Iterator[None]:
    """Hides a deleted video from its tenant, and leaves it in its record and in the lists."""

    def flag(*args: Any, **more: Any) -> dict[str, Any]:
        return {name: value for name, value in erasure_of(*args, **more).items() if name in ("deleted_at", "erase_at", "updated_at")}

    with patch.object(table, "erasure_of", flag), patch.object(table, "LISTED_BY", LISTED_BY - {"deleted_at"}):
        yield


class _SettlesAfterwards(VideoTable):
    """Ends a video, and settles its money with another write."""

    def _with_account(
        self, video: Video, update: dict[str, Any], other: Any, sets: dict[str, Any], now: datetime, write: Any = None
    ) -> Written:
        written = self._write(video, update)
        account = self._spend().account(video, written.video, now)
        for part in filter(None, (account.counter, *map(self._spend().posting_part, account.postings))):
            self._table.transact(part)
        return written


class _ReleasesInDoubt(VideoTable):
    """Gives back what an unconfirmed video reserved, as if nothing had been charged."""

    def move(self, video: Video, target: Status, now: datetime, **more: Any) -> Written:
        moved = super().move(video, target, now, **more)
        if moved.won and target is Status.UNCONFIRMED:
            account = self._spend().account(video, replace(video, status=Status.FAILED), now)
            for part in filter(None, (account.counter, *map(self._spend().posting_part, account.postings))):
                self._table.transact(part)
        return moved


@contextmanager
def settled_afterwards() -> Iterator[None]:
    with patch.object(wiring, "VideoTable", _SettlesAfterwards):
        yield


@contextmanager
def objects_are_deleted_once() -> Iterator[None]:
    """Forgets a deleted video as soon as its objects are gone."""
    with patch.object(table, "next_pass", lambda *_, **__: None):
        yield


@contextmanager
def doubt_is_released() -> Iterator[None]:
    with patch.object(wiring, "VideoTable", _ReleasesInDoubt):
        yield


class _CanceledReturns(VideoTable):
    """Puts a video that was not accepted back into the queue, whether its owner has canceled it or not."""

    def move(self, video: Video, target: Status, *args: Any, **more: Any) -> Written:
        return super().move(replace(video, cancel_requested_at=None) if target is Status.QUEUED else video, target, *args, **more)

    def _update_of(self, video: Video, sets: dict[str, Any]) -> dict[str, Any]:
        made = super()._update_of(video, sets)
        if sets["status"] is Status.QUEUED:
            condition: str = made["Update"]["ConditionExpression"]
            made["Update"]["ConditionExpression"] = condition.replace(" AND attribute_not_exists(cancel_requested_at)", "")
        return made


def _queued_again(video: Video, code: str) -> Decision:
    return Decision(Status.QUEUED, back_in_queue(video, code))


@contextmanager
def canceled_returns() -> Iterator[None]:
    identity = patch.object(submit, "in_view_of", lambda video, settlement: settlement)
    with identity, patch.object(resolution, "requeued", _queued_again), patch.object(wiring, "VideoTable", _CanceledReturns):
        yield


BROKEN: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "marker removed": marker_removed,
    "evidence written as a move": evidence_is_a_move,
    "socket kept alive": socket_kept_alive,
    "doubt is final": doubt_is_final,
    "refusals are silent": refusals_are_silent,
    "pause is not copied": pause_is_not_copied,
    "delete is a flag": delete_is_a_flag,
    "settlement outside the transaction": settled_afterwards,
    "release on unconfirmed": doubt_is_released,
    "a canceled video returns to the queue": canceled_returns,
}
