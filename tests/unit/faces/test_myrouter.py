"""A video as a task: every member by the type that public clients read, and never a word that makes them order again."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from cliprelay.faces.events import EventFacts, foreign_body
from cliprelay.faces.myrouter import WORDS, task_of, unread_task
from cliprelay.video.record import iso
from cliprelay.video.states import Status
from tests.support.delivery_runner import BROKEN, OK, URL, begun, delivering
from tests.support.makers import NOW, TENANT, any_settings, any_video

if TYPE_CHECKING:
    from tests.support.world import World

LINK = "A" * 43
STORED = {"status": Status.SUCCEEDED, "object_key": "videos/x.mp4", "link": LINK, "progress": 100}
TIMES = {"submitted_at": int(NOW.timestamp()) + 6, "ended_at": iso(NOW + timedelta(seconds=46))}


def task(**changes: Any) -> dict[str, Any]:
    return task_of(any_video(**changes), NOW)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.QUEUED, "TASK_STATUS_QUEUED"),
        (Status.SUBMITTING, "TASK_STATUS_QUEUED"),
        (Status.RUNNING, "TASK_STATUS_PROCESSING"),
        (Status.ARCHIVING, "TASK_STATUS_PROCESSING"),
        (Status.UNCONFIRMED, "TASK_STATUS_PROCESSING"),
        (Status.SUCCEEDED, "TASK_STATUS_SUCCEED"),
        (Status.FAILED, "TASK_STATUS_FAILED"),
        (Status.EXPIRED, "TASK_STATUS_FAILED"),
        (Status.CANCELED, "TASK_STATUS_FAILED"),
    ],
)
def test_every_status_is_one_of_the_four_that_clients_know(status: Status, expected: str) -> None:
    assert task(status=status)["task"]["status"] == expected
    assert set(WORDS) == set(Status)


def test_a_canceled_video_that_is_still_open_has_failed_for_its_client() -> None:
    found = task(status=Status.RUNNING, cancel_requested_at=iso(NOW))["task"]
    assert (found["status"], found["reason"]) == ("TASK_STATUS_FAILED", "canceled: The video was canceled.")


@pytest.mark.parametrize(
    ("changes", "begins"),
    [
        ({"status": Status.FAILED, "error": {"code": "moderated", "message": "The prompt was refused."}}, "moderated: The prompt was"),
        ({"status": Status.EXPIRED, "error": {"code": "upstream_expired", "message": "Late."}}, "expired: "),
        ({"status": Status.UNCONFIRMED, "error": {"code": "outcome_unknown", "message": "x"}}, "unconfirmed: "),
        ({"status": Status.RUNNING}, ""),
    ],
)
def test_the_reason_begins_with_a_code(changes: dict[str, Any], begins: str) -> None:
    reason = task(**changes)["task"]["reason"]
    assert reason.startswith(begins)
    assert begins or reason == ""


def test_the_file_has_its_durable_link_and_the_whole_seconds_until_it_is_gone() -> None:
    (found,) = task(**STORED, expires_at=int(NOW.timestamp()) + 2_591_999)["videos"]
    url = f"https://api.example.com/v1/links/{any_video().id}.{LINK}"
    assert found == {"video_url": url, "video_url_ttl": "2591999", "video_type": "mp4"}
    assert task(**STORED, expires_at=int(NOW.timestamp()) - 5)["videos"][0]["video_url_ttl"] == "0"


def test_only_a_video_that_succeeded_has_a_file() -> None:
    assert task()["videos"] == []
    assert task(**STORED, cancel_requested_at=iso(NOW))["videos"] == []
    assert task(**STORED | {"link": None})["videos"] == []


@pytest.mark.parametrize(("seed", "expected"), [(7, {"seed": "7"}), (0, {"seed": "0"}), (-1, {}), (None, {})])
def test_a_seed_is_a_number_as_text_or_left_out(seed: int | None, expected: dict[str, str]) -> None:
    assert task(settings=any_settings(seed=seed))["extra"] == expected


def test_the_times_are_given_once_all_three_are_known() -> None:
    assert task(**STORED, **TIMES)["extra"]["debug_info"] == {
        "request_info": "",
        "submit_time_ms": "1795327200000",
        "execute_time_ms": "1795327206000",
        "complete_time_ms": "1795327246000",
    }
    for missing in TIMES:
        assert task(**STORED, **TIMES | {missing: None})["extra"] == {}


def test_the_estimate_counts_down_from_the_typical_time() -> None:
    assert task()["task"]["eta"] == 50
    assert task(settings=any_settings(duration=10))["task"]["eta"] == 70
    running = {"status": Status.RUNNING, "submitted_at": int(NOW.timestamp()) - 20}
    assert task(**running)["task"]["eta"] == 30
    assert task(**running | {"submitted_at": int(NOW.timestamp()) - 900})["task"]["eta"] == 0
    assert task(settings=any_settings(service_tier="flex"))["task"]["eta"] == 0
    assert task(**STORED)["task"]["eta"] == 0
    assert task(model="of-another-version")["task"]["eta"] == 0


def test_the_type_of_a_task_says_whether_it_had_a_picture() -> None:
    assert task()["task"]["task_type"] == "IMG_TO_VIDEO"
    assert task(image=None)["task"]["task_type"] == "TXT_TO_VIDEO"


def test_no_member_is_null_or_an_empty_text_where_clients_read_a_number() -> None:
    for shown in (task(), task(**STORED, **TIMES), unread_task("vid_1")):
        assert set(shown) == {"extra", "task", "images", "videos", "audios"}
        assert "null" not in json.dumps(shown)
        assert {name for name, value in shown["task"].items() if value == ""} <= {"reason"}


def test_a_task_that_cannot_be_read_is_under_way() -> None:
    assert unread_task("vid_1")["task"]["status"] == "TASK_STATUS_PROCESSING"


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("video.succeeded", STORED, ("ASYNC_TASK_RESULT", "TASK_STATUS_SUCCEED")),
        ("video.failed", {"status": Status.FAILED}, ("ASYNC_TASK_RESULT", "TASK_STATUS_FAILED")),
        ("video.unconfirmed", {"status": Status.UNCONFIRMED}, ("ASYNC_TASK_UNCONFIRMED", "TASK_STATUS_PROCESSING")),
    ],
)
def test_an_event_has_the_task_and_an_unconfirmed_one_is_no_result(kind: str, changes: dict[str, Any], expected: tuple[str, str]) -> None:
    video = any_video(face="myrouter", **changes)
    body = foreign_body(video, EventFacts("evt_1", kind, iso(NOW)))
    assert body is not None
    event = json.loads(body)
    assert (event["event_type"], event["payload"]["task"]["status"]) == expected
    assert event["payload"] == task_of(video, NOW)


def test_a_delivery_sends_the_task_signed_and_the_same_at_each_attempt(world: "World") -> None:
    work = delivering(world, lambda number: BROKEN if number == 1 else OK)
    assert work.carry(begun(world, face="myrouter", link=LINK)).last == "Delivered"
    first, second = work.receiver.posts
    assert first.body == second.body
    event = json.loads(first.body)
    assert (event["event_type"], event["payload"]["videos"][0]["video_url_ttl"]) == ("ASYNC_TASK_RESULT", "2591940")
    (pair,) = world.webhook_keys().signing(world.webhook_settings.of(TENANT), world.clock())
    signed = Webhook(pair.secret).sign(second.headers["webhook-id"], datetime.fromtimestamp(second.at, UTC), second.body.decode())
    assert signed in second.headers["webhook-signature"]


def test_a_default_webhook_gets_our_own_form(world: "World") -> None:
    world.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    work = delivering(world)
    work.carry(begun(world, face="myrouter", webhook_url=None))
    assert json.loads(work.receiver.posts[0].body)["type"] == "video.succeeded"


def test_an_event_of_an_old_record_with_half_a_character_is_still_a_text() -> None:
    video = any_video(face="myrouter", status=Status.FAILED, error={"code": "x", "message": "\ud800"})
    body = foreign_body(video, EventFacts("evt_1", "video.failed", iso(NOW)))
    assert json.loads(body or b"")["payload"]["task"]["reason"] == "x: ?"
