"""The `controls` item and its copies: a claim checks one copy in its transaction, so that claims hardly meet.

The main item is the truth. Each change is written there first, under a new version, then to every copy. A claim that finds no copy, or
one that stops it, asks the main item; nothing else does.
"""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cliprelay.admission.controls import COPIES, Admission, Controls, leased
from cliprelay.aws.table import ConditionFailed, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CONTROLS = "controls"
_BREAKER = ("refusal", "opened_at", "probes", "next_probe_at")
# A slow change never overwrites a newer one.
_OLDER = "attribute_not_exists(id) OR #version < :version"
_FREE = "attribute_exists(id) AND attribute_not_exists(paused_at) AND attribute_not_exists(refusal)"


class ControlsTable:
    """The pause switch and the breaker: one item in the table of videos, and copies of what stops a claim."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    # Deciding

    def read(self) -> Controls:
        """Read the main item; without one nothing is paused and the breaker is closed."""
        return Controls.of(self._table.read(CONTROLS) or {})

    @staticmethod
    def key_for(video_id: str) -> str:
        """Return the key of the copy that the claim of a video checks; always the same one."""
        return _key(zlib.crc32(video_id.encode()) % COPIES)

    def read_copy(self, video_id: str) -> dict[str, Any] | None:
        """Read the copy of a video; None if there is none yet."""
        return self._table.read(self.key_for(video_id))

    def governing(self, video_id: str, copy: Mapping[str, Any] | None) -> Controls:
        """Return what decides about a video, given its copy as read: a free copy, or else the main item.

        If the main item is free, the copy is missing or outdated, and is written again.
        """
        if copy is not None and Controls.of(copy).is_free:
            return Controls()
        main = self.read()
        if main.is_free:
            self._repair(self.key_for(video_id), copy, main)
        return main

    def permit(self, admission: Admission, video_id: str, now: datetime, lease: timedelta) -> dict[str, Any]:
        """Return the part of a claim that fails if a pause, a refusal or another probe came after the read."""
        if not admission.is_probe:
            return self._table.check_part(self.key_for(video_id), _FREE)
        condition = "attribute_not_exists(paused_at) AND attribute_exists(refusal) AND next_probe_at <= :now"
        sets = {"next_probe_at": leased(now, lease)}
        return self._table.update_part(CONTROLS, sets, condition, {":now": int(now.timestamp())})

    # Changing

    def pause(self, now: datetime) -> None:
        """Stop new payments: once this returns, no claim succeeds. Running videos continue, and an earlier pause keeps its time."""
        try:
            self._change({"paused_at": int(now.timestamp())}, "attribute_not_exists(paused_at)", {})
        except ConditionFailed:
            self.mirror()  # an earlier pause may not have reached all copies

    def resume(self) -> None:
        """Allow new payments again.

        The main item first, as always: a copy that was freed before it would let claims pass while `status` shows a pause. Only the
        pause that was read ends, so that a write that arrives late does not end the next one.
        """
        try:
            self._change({"paused_at": None}, "paused_at = :was", {":was": self.read().paused_at})
        except ConditionFailed:
            self.mirror()  # not paused, but an earlier resume may not have reached all copies

    def write_breaker(self, controls: Controls) -> None:
        """Store the breaker of `controls`; the pause switch does not change. The copies change only with the refusal."""
        sets = {name: getattr(controls, name) for name in _BREAKER}
        try:
            main = self._table.update(CONTROLS, sets, "refusal = :refusal", {":refusal": controls.refusal})
        except ConditionFailed:
            return self._change(sets)
        return None if Controls.of(main).is_mirrored else self.mirror()

    def close_breaker(self) -> None:
        """Close the breaker."""
        self._change(dict.fromkeys(_BREAKER))

    # Copying

    def mirror(self, beyond: int = 0) -> None:
        """Write the state of the main item to every copy, under a version higher than the present one by more than `beyond`."""
        self._change({}, by=max(beyond, 0) + 1)

    def _change(self, sets: Mapping[str, Any], condition: str = "", values: Mapping[str, Any] | None = None, *, by: int = 1) -> None:
        """Change the main item, then every copy; raises ConditionFailed if the main item does not fulfil the condition."""
        update = self._table.update_part(CONTROLS, sets, condition, values or {}, adds={"version": by})
        self._spread(Controls.of(self._table.write(update)))

    def _spread(self, main: Controls) -> None:
        """Bring every copy to this state or a newer one, then note it; the next sweep does what is left undone, or noted too late."""
        newest = max(self._write_copy(_key(number), main) for number in range(COPIES))
        if newest <= main.version:
            self._table.update(CONTROLS, {"mirrored": main.note}, "", {})
        elif (ahead := newest - self.read().version) > 0:
            self.mirror(ahead)  # a restored table: that version is of no change that the main item knows

    def _write_copy(self, key: str, main: Controls) -> int:
        """Write a copy unless it is newer; return the version that it has then."""
        try:
            self._table.update(key, main.carried, _OLDER, {":version": main.version})
        except ConditionFailed as refusal:
            return Controls.of(refusal.item or {}).version
        return main.version

    def _repair(self, key: str, copy: Mapping[str, Any] | None, main: Controls) -> None:
        """Free a copy that is missing or outdated, given a main item that is free.

        Under the present version only if that has one meaning. It may have two if a version of ClipRelay without copies has changed the
        main item since, and it is no longer the highest one if a restored table has a newer copy.
        """
        version = -1 if copy is None else Controls.of(copy).version
        if main.is_mirrored and version < main.version:
            self._write_copy(key, main)
        else:
            self.mirror(version - main.version)


def _key(number: int) -> str:
    return f"{CONTROLS}#{number}"
