"""What is left of a deleted video."""

from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any

import pytest

from cliprelay.catalog.registry import MODELS
from cliprelay.video.erasure import ADDRESS_AGAIN_AFTER, AGAIN_AFTER, KEPT, KEPT_SETTINGS, erasure_of, next_pass
from cliprelay.video.links import Opening, opening
from cliprelay.video.record import Video, iso
from cliprelay.video.states import Status
from cliprelay.video.table import record
from tests.support.full_video import CLIENTS_WORD, full_video
from tests.support.makers import NOW, any_video

# Attributes of a record that a delete removes. A new attribute is added here or to KEPT: does it say what the video is of, or for whom?
GONE = {
    *("settings", "image", "last_image", "metadata", "warnings", "base_url", "webhook_url", "webhook_events", "error", "waiting_for"),
    *("waited", "misses", "upstream_url", "more_urls", "link_at", "copies", "refusals", "noted_copies", "copying_since"),
    *("object_key", "bytes", "sha256", "link", "queued_by", "c2pa", "poster_due", "facts", "poster"),
}
OF_THE_DELETE = {"deleted_at", "erase_at", "erase_inputs"}
EPOCH = int(NOW.timestamp())


def _left(item: dict[str, Any], *, keeps_address: bool = False) -> dict[str, Any]:
    sets = erasure_of(item, NOW, keeps_address=keeps_address)
    return {name: value for name, value in {**item, **sets}.items() if value is not None}


def test_every_attribute_of_a_record_is_kept_or_goes() -> None:
    known = {each.name for each in fields(Video)}
    assert known - KEPT - OF_THE_DELETE == GONE
    assert not KEPT & GONE


def test_nothing_that_a_client_wrote_is_left() -> None:
    left = _left(record(full_video()))
    assert CLIENTS_WORD not in str(left)
    assert set(left) <= KEPT | OF_THE_DELETE | {"settings", "error"}
    assert left["error"]["code"] == "moderated"
    assert set(left["settings"]) <= KEPT_SETTINGS


def test_what_only_another_version_knows_goes() -> None:
    assert CLIENTS_WORD not in str(_left(record(full_video()) | {"subtitle": CLIENTS_WORD}))


def test_times_and_money_are_left() -> None:
    before, after = full_video(), Video.from_item(_left(record(full_video())))
    for name in ("id", "tenant", "status", "created_at", "ended_at", "quote", "tokens", "upstream_id", "told"):
        assert getattr(after, name) == getattr(before, name)
    assert (after.deleted_at, after.erase_at, after.erase_inputs) == (iso(NOW), EPOCH, ["inputs/acme/1"])


@pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
def test_the_price_still_follows_from_the_settings_that_are_left(model: Any) -> None:
    settings = {field.name: field.choices[-1] if field.choices else field.default for field in model.fields} | {"prompt": CLIENTS_WORD}
    kept = {name: value for name, value in settings.items() if name in KEPT_SETTINGS}
    assert asdict(model.spec(kept)) == {**asdict(model.spec(settings)), "prompt": ""}


def test_the_link_is_left_as_a_hash_that_no_longer_opens() -> None:
    after = Video.from_item(_left(record(full_video())))
    assert opening(after, "b" * 43) is Opening.REVOKED


def test_an_address_stays_for_an_event_that_is_still_to_be_sent() -> None:
    left = _left(record(full_video()), keeps_address=True)
    assert (left["webhook_url"], left["webhook_events"]) == (f"https://hooks.example.com/{CLIENTS_WORD}", ["video.succeeded"])


def _deleted(erase_at: int) -> Video:
    return any_video(status=Status.SUCCEEDED, deleted_at=iso(NOW), erase_at=erase_at)


def test_the_objects_are_deleted_twice_the_second_time_after_every_archive_has_ended() -> None:
    again = next_pass(_deleted(EPOCH), NOW, keeps_address=False)
    assert again == EPOCH + AGAIN_AFTER.total_seconds()
    assert next_pass(_deleted(again), NOW + AGAIN_AFTER, keeps_address=False) is None


def test_a_clock_that_runs_ahead_does_not_make_the_first_time_the_last() -> None:
    ahead = NOW + timedelta(days=1)
    assert next_pass(_deleted(EPOCH), ahead, keeps_address=False) == int((ahead + AGAIN_AFTER).timestamp())


def test_a_sweep_looks_again_while_an_address_is_needed() -> None:
    second = NOW + AGAIN_AFTER
    again = next_pass(_deleted(int(second.timestamp())), second, keeps_address=True)
    assert again == int((second + ADDRESS_AGAIN_AFTER).timestamp())
