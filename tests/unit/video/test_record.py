"""The record of a video is read as written, by older and newer versions as well."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay import ids
from cliprelay.aws.items import plain, typed
from cliprelay.video.record import ImageSource, Video, deadline_after, iso
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status
from cliprelay.video.table import record
from tests.support.makers import NOW, any_spec, any_video

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VIDEOS = st.builds(
    lambda **values: any_video(**values),
    status=st.sampled_from(Status),
    run=st.integers(1, 10**6),
    image=st.builds(ImageSource, url=st.none() | TEXT, key=st.none() | TEXT, content_type=st.none() | TEXT),
    last_image=st.none() | st.builds(ImageSource, url=TEXT),
    metadata=st.dictionaries(TEXT, TEXT, max_size=3),
    warnings=st.lists(st.dictionaries(TEXT, TEXT, max_size=2), max_size=2),
    error=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
    upstream_id=st.none() | TEXT,
    waited=st.integers(0, 10**9),
    due=st.none() | st.just("due"),
    due_at=st.none() | st.integers(0, 2**40),
)


@given(video=VIDEOS)
def test_a_record_is_read_as_it_was_written(video: Video) -> None:
    assert Video.from_item(plain(typed(record(video)))) == video


@given(video=VIDEOS)
def test_empty_attributes_are_absent_so_that_the_index_stays_sparse(video: Video) -> None:
    assert None not in record(video).values()
    assert ("due" in record(video)) == (video.due is not None)


def test_unknown_attributes_of_a_newer_version_are_ignored() -> None:
    item = record(any_video()) | {"batch": "bat_1", "slot": 5}
    assert Video.from_item(item) == any_video()


def test_missing_attributes_of_an_older_version_take_the_defaults() -> None:
    names = ("id", "tenant", "status", "run", "model", "settings", "image", "created_at", "updated_at", "deadline", "base_url")
    assert Video.from_item({name: record(any_video())[name] for name in names}) == any_video()


def test_unknown_attributes_of_a_newer_image_are_ignored() -> None:
    item = record(any_video())
    item["image"] = {**item["image"], "etag": "abc"}
    assert Video.from_item(item) == any_video()


@pytest.mark.parametrize("status", Status)
def test_a_video_is_over_in_exactly_the_terminal_states(status: Status) -> None:
    assert any_video(status=status).is_over == (status in TERMINAL)


@pytest.mark.parametrize("status", Status)
def test_each_event_must_be_announced_once(status: Status) -> None:
    assert any_video(status=status, event_id="evt_1").must_be_announced == (status in ANNOUNCED)
    assert not any_video(status=status, event_id="evt_1", told="evt_1").must_be_announced
    assert any_video(status=status, event_id="evt_2", told="evt_1").must_be_announced == (status in ANNOUNCED)


def test_an_execution_is_named_after_its_video_and_run() -> None:
    assert any_video(run=3).execution == "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB-3"


@pytest.mark.parametrize("seconds", [3_600, 172_800, 259_200])
def test_the_deadline_is_the_expiry_of_the_upstream_plus_15_minutes(seconds: int) -> None:
    deadline = deadline_after(NOW, any_spec(execution_expires_after=seconds))
    assert deadline == int((NOW + timedelta(seconds=seconds, minutes=15)).timestamp())


def test_times_are_shown_to_the_second_in_utc() -> None:
    assert iso(datetime(2026, 11, 22, 6, 0, 0, 999_999, tzinfo=UTC)) == "2026-11-22T06:00:00Z"


@given(
    value=st.recursive(
        st.integers(-(10**30), 10**30) | TEXT | st.booleans() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
    )
)
def test_whole_numbers_are_read_as_integers_at_any_depth(value: Any) -> None:
    assert plain(typed({"value": value})) == {"value": value}


def test_ids_sort_by_age_and_have_their_documented_forms() -> None:
    earlier, later = ids.video_id(NOW), ids.video_id(NOW + timedelta(milliseconds=1))
    assert earlier < later
    for name in (earlier, ids.event_id(NOW).replace("evt_", "vid_")):
        assert len(name) == len("vid_") + 26
        assert set(name[4:]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_tokens_and_object_names_are_128_random_bits() -> None:
    made = {make() for make in (ids.claim_token, ids.object_name) for _ in range(50)}
    assert len(made) == 100
    assert all(len(bytes.fromhex(each)) == 16 for each in made)
