"""Observer of all writes: records the history of each video, and checks the rules that always apply."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cliprelay.aws.items import plain
from cliprelay.video.kept_copies import MOST_KEPT
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status, may_move
from local.aws.dynamodb.values import Item
from tests.simulation.actors.requests import IMAGE_SECRET, PROMPT_SECRET
from tests.simulation.checks.money import Money
from tests.simulation.upstream.ledger import is_odd
from tests.simulation.upstream.media import digest
from tests.support.memory_aws.messaging import Message
from tests.support.memory_aws.s3 import StoredObject

# Refused copies after which a gauge must show the video.
REFUSED_OFTEN = 3
# Allowed writes after the end: the notification, since when that fails, the exit from the index, the run that notifies, late evidence,
# a new link; and until the notification, what the file shows, or the warning that there is no poster.
_AFTER_THE_END = {"told", "due", "due_at", "failing_since", "run", "upstream_id", "link", "revoked_links"}
# After a delete: the same without links, and what the sweep notes.
_AFTER_A_DELETE = _AFTER_THE_END - {"link", "revoked_links"} | {"erase_at", "erase_inputs"}
# What a delete may not change: the money, its evidence, and who was told of what.
_OUTLIVES = (
    *("id", "tenant", "status", "model", "created_at", "ended_at", "expires_at", "quote", "tokens", "upstream_id", "claim", "intent"),
    *("event_id", "told", "reserved", "budgets", "key_name", "resolved_charge"),
)
_UNTIL_TOLD = {"facts", "poster", "poster_due", "warnings"}


@dataclass
class History:
    """The history of one video, in true time."""

    created: float
    moves: list[tuple[float, Status]] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    refused_often: float | None = None  # since when its copy was refused so often that an alarm must ring
    intent: str = ""
    inputs: tuple[str, ...] = ()  # keys of its input images
    deleted: float | None = None

    @property
    def status(self) -> Status:
        return self.moves[-1][1]

    def entered(self, status: Status) -> float | None:
        """Return when the video last entered this state."""
        return next((moment for moment, each in reversed(self.moves) if each is status), None)

    @property
    def is_settled(self) -> bool:
        """Whether the video has ended and its owner was notified."""
        return self.status in TERMINAL and "due" not in self.record


class Records:
    """All histories; `violations` collects immediate violations of rules."""

    def __init__(self, now: Callable[[], float], note: Callable[[str], None]) -> None:
        self._now, self._note = now, note
        self.videos: dict[str, History] = {}
        self.open: dict[str, None] = {}
        self.told: dict[str, list[tuple[float, Message]]] = {}
        self.violations: list[str] = []
        self.moves: Counter[str] = Counter()
        self.stored = 0
        self.kept: dict[str, set[str]] = {}
        self.money = Money(self.violate)
        self.problems: Callable[[dict[str, Any] | None, dict[str, Any]], list[str]] = lambda before, after: []
        self.paused = False  # since `pause` returned, until `resume` begins

    def violate(self, rule: str, what: str) -> None:
        self.violations.append(f"{rule}: {what}")
        self._note(f"VIOLATION {rule}: {what}")

    def wrote(self, key: str, old: Item | None, new: Item | None) -> None:
        """Check one write to the videos table."""
        if not key.startswith("vid_"):
            return None
        if new is None:
            return self.violate("I2", f"{key} was removed")
        history = self.videos.setdefault(key, History(self._now()))
        before, after = history.record or None, plain(new)
        if before is None:
            history.intent = after["settings"]["prompt"].split()[0]
            history.inputs = tuple(each["key"] for name in ("image", "last_image") if "key" in (each := after.get(name, {})))
        history.record = after
        self.money.wrote(key, before, after)
        if history.refused_often is None and after.get("copies", 0) >= REFUSED_OFTEN:
            history.refused_often = self._now()
        if before is None or before["status"] != after["status"]:
            self._moved(key, history, before, after)
        elif Status(before["status"]) in TERMINAL:
            self._check_after_the_end(key, before, after)
        for problem in self.problems(before, after):
            self.violate("cancel", f"{key} {problem}")
        if before and before.get("upstream_id") not in (None, after.get("upstream_id")):
            self.violate("I2", f"{key} lost the evidence {before.get('upstream_id')}")
        if history.is_settled:
            self.open.pop(key, None)
        else:
            self.open[key] = None
        return None

    def _moved(self, key: str, history: History, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
        target = Status(after["status"])
        history.moves.append((self._now(), target))
        source = Status(before["status"]) if before else None
        self.moves[f"{source or 'new'} → {target}"] += 1
        self._note(f"{self._now():.3f} {key} {source or 'new'} → {target}")
        if source in TERMINAL:
            self.violate("I4", f"{key} went from {source} to {target}")
        elif source and not may_move(source, target):
            self.violate("moves", f"{key} went from {source} to {target}")
        if target is Status.SUBMITTING and self.paused:
            self.violate("pause", f"{key} was claimed after `pause` had returned")
        if target in TERMINAL and {"upstream_url", "more_urls"} & after.keys():
            self.violate("I7", f"{key} ended with its link in the record")
        if target in ANNOUNCED and "event_id" not in after:
            self.violate("I5", f"{key} became {target} without an event")

    def _check_after_the_end(self, key: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        if "deleted_at" in after and "deleted_at" not in before:
            self.videos[key].deleted = self._now()
            return self._check_delete(key, before, after)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        allowed = _AFTER_A_DELETE if "deleted_at" in before else _AFTER_THE_END
        if before.get("told") != before["event_id"] and "deleted_at" not in before:
            allowed = allowed | _UNTIL_TOLD
        if changed - allowed:
            self.violate("I4", f"{key} ended, and then {', '.join(sorted(changed - allowed))} changed")
        return None

    def _check_delete(self, key: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Check that a delete leaves the money, and nothing of what the video is of."""
        if changed := [name for name in _OUTLIVES if before.get(name) != after.get(name)]:
            self.violate("delete", f"{key} was deleted, and {', '.join(changed)} changed")
        contents = {"image", "last_image", "metadata", "webhook_url", "link", "object_key", "sha256", "noted_copies", "warnings", "listing"}
        contents |= {"facts", "poster", "poster_due"}
        if contents & after.keys() or PROMPT_SECRET in str(after) or IMAGE_SECRET in str(after):
            self.violate("delete", f"{key} was deleted, and its record says more: {sorted(contents & after.keys())}")

    def published(self, message: Message) -> None:
        """Check one message on the events topic."""
        self._note(f"{self._now():.3f} published {message.default['type']} of {message.default['data']['id']}")
        self.told.setdefault(message.default["data"]["id"], []).append((self._now(), message))

    def stored_object(self, key: str, stored: StoredObject) -> None:
        """Check one stored object: a final name may only ever hold the right video."""
        if key.startswith("unverified/"):
            return self._kept_aside(key, stored)
        if not key.startswith("videos/"):
            return None
        self.stored += 1
        video_id = key.rsplit("/", 1)[1].removesuffix(".mp4")
        upstream_id = self.videos[video_id].record.get("upstream_id")
        if upstream_id is None or stored.metadata.get("sha256") != digest(upstream_id) or stored.sha256 is None:
            self.violate("E", f"{key} does not hold the video of {upstream_id}")
        elif is_odd(upstream_id) != ("doubt" in stored.metadata):
            self.violate("E", f"{key} is stored with a wrong doubt: {stored.metadata}")
        return None

    def _kept_aside(self, key: str, stored: StoredObject) -> None:
        folder, _, name = key.rpartition("/")
        kept = self.kept.setdefault(folder, set())
        kept.add(name)
        if len(kept) > MOST_KEPT or name != sha256(stored.data).hexdigest():
            self.violate("K", f"{key} is kept aside under a wrong name, or is one too many")
