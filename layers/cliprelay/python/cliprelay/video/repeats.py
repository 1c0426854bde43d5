"""Repeats of orders without an Idempotency-Key: which earlier video a request is another try of.

Clients of foreign APIs repeat a POST by themselves and send no key; some number their tries. Equal orders share one item, a register
with a version. Accepting an order and taking a video again both write it under the version that they read, so whichever of two tries
is recorded second finds the first, in whatever order they arrive.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cliprelay.aws.table import ConditionFailed, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A client's library gives up waiting for an answer after 10 minutes, and tries again within two.
TRIES_WITHIN = 900
# How long a register is kept after the last order; longer than any window.
KEPT_SECONDS = 3_600
# Orders that one register lists, the newest; a tenant's limit of queued videos is reached long before.
MOST_LISTED = 1_000


class RepeatFound(Exception):
    """Another equal order was recorded since the register was read; nothing was written."""


@dataclass(frozen=True)
class Try:
    """One request that may repeat an earlier one.

    `register` is the id of the item that all equal orders share; `number` counts the tries of one order from 0, None if the client
    numbers none; `arrived` is in milliseconds since the epoch; an equal order within `window` seconds is the same one.
    """

    register: str
    request: str
    number: int | None
    arrived: int
    window: int = 0


@dataclass(frozen=True)
class Recorded:
    """A video that a register lists: when its order arrived, and which request took it, by the number of its try."""

    video_id: str
    arrived: int
    taken: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Register:
    """The recent videos of equal orders, the newest first, as they were at `version` (0: there is no item)."""

    version: int = 0
    videos: tuple[Recorded, ...] = ()

    def find(self, attempt: Try) -> Recorded | None:
        """Find the video of which a request is another try; None if the request is an order of its own.

        Each try of one order has another number, so one with the number n takes a video that no other n-th try has taken. A first
        try takes one only from a later try of its own, which was faster: one that arrived after it.
        """
        if mine := next((each for each in self.videos if attempt.request in each.taken.values()), None):
            return mine
        if attempt.window and (same := self._newest(attempt, attempt.window)):
            return same[0]
        if attempt.number is None:
            return None
        open_to = [each for each in self._newest(attempt, TRIES_WITHIN) if str(attempt.number) not in each.taken]
        return next((each for each in open_to if attempt.number > 0 or (each.taken and each.arrived > attempt.arrived)), None)

    def _newest(self, attempt: Try, seconds: int) -> list[Recorded]:
        return [each for each in self.videos if each.arrived >= attempt.arrived - seconds * 1_000]


class RepeatTable:
    """Registers of equal orders, in the table of videos."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def read(self, register: str) -> Register:
        """Read a register, strongly consistent; an empty one if there is none."""
        item = self._table.read(register)
        if item is None:
            return Register()
        return Register(item["version"], tuple(Recorded(each["video_id"], each["arrived"], each["taken"]) for each in item["videos"]))

    def part(self, register: Register, attempt: Try, video_id: str) -> dict[str, Any]:
        """Build the part of a transaction that lists a new video, unless another request has changed the register."""
        taken = {} if attempt.number is None else {str(attempt.number): attempt.request}
        return self._table.put_part(*self._put(register, attempt, (Recorded(video_id, attempt.arrived, taken), *register.videos)))

    def take(self, register: Register, attempt: Try, found: Recorded) -> bool:
        """Note that a request has taken a video; False if another one has changed the register since it was read."""
        if attempt.number is None or attempt.request in found.taken.values():
            return True
        taken = Recorded(found.video_id, found.arrived, {**found.taken, str(attempt.number): attempt.request})
        videos = tuple(taken if each.video_id == found.video_id else each for each in register.videos)
        try:
            self._table.put(*self._put(register, attempt, videos))
        except ConditionFailed:
            return False
        return True

    @staticmethod
    def _put(register: Register, attempt: Try, videos: tuple[Recorded, ...]) -> tuple[dict[str, Any], str, dict[str, Any]]:
        oldest = attempt.arrived - KEPT_SECONDS * 1_000
        listed = [
            {"video_id": each.video_id, "arrived": each.arrived, "taken": dict(each.taken)} for each in videos if each.arrived >= oldest
        ]
        item = {
            "id": attempt.register,
            "version": register.version + 1,
            "videos": listed[:MOST_LISTED],
            "expires_at": attempt.arrived // 1_000 + KEPT_SECONDS,
        }
        if register.version:
            return item, "version = :version", {":version": register.version}
        return item, "attribute_not_exists(id)", {}


def register_id(tenant: str, key_name: str | None, face: str, digest: str) -> str:
    """Return the id of the register of equal orders; `digest` identifies what they ask for."""
    # None of the parts but the last, a digest, may contain a slash.
    return "repeat_" + hashlib.sha256(f"{tenant}/{key_name or ''}/{face}/{digest}".encode()).hexdigest()
