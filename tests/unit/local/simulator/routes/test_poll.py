"""Polls report the task's state, or their faults; the task itself continues."""

import json
from typing import Any

import pytest

from local.simulator.http.response import NO_RESPONSE, RESET
from local.simulator.routes.router import POLL
from tests.support.simulator_client import KEY, SimulatorClient, content, read_json

DONE = 60.0  # seconds after which every task in these tests has ended


def after(words: str, seconds: float = DONE, **options: Any) -> tuple[SimulatorClient, str]:
    client = SimulatorClient(**options)
    task_id = client.created(words)
    client.wait(seconds)
    return client, task_id


def statuses(client: SimulatorClient, task_id: str, times: int) -> list[int]:
    return [client.poll(task_id).status for _ in range(times)]


def test_an_unknown_task_is_not_found_in_the_envelope() -> None:
    client = SimulatorClient()
    response = client.poll("nobody")
    assert (response.status, read_json(response)["reason"]) == (404, "TASK_NOT_FOUND")
    assert client.simulator.summary()["polls_unknown"] == 1


def test_a_task_is_forgotten_after_its_retention_on_the_simulated_clock() -> None:
    client, task_id = after("", seconds=60479, time_scale=0.1)
    assert client.poll(task_id).status == 200
    client.wait(2)
    assert client.poll(task_id).status == 404


def test_a_poll_needs_the_key_and_one_task_id() -> None:
    client, task_id = after("")
    assert client.request("GET", f"{POLL}?task_id={task_id}").status == 401
    for query in ("", "?", "?task_id=", f"?id={task_id}", f"?task_id={task_id}&task_id={task_id}"):
        assert client.request("GET", POLL + query, Authorization=f"Bearer {KEY}").status == 400


def test_the_documented_content_type_is_required_only_by_option() -> None:
    client, task_id = after("", strict_headers=True)
    assert client.poll(task_id).status == 400
    headers: Any = {"Authorization": f"Bearer {KEY}", "Content_Type": "application/json"}
    assert client.request("GET", f"{POLL}?task_id={task_id}", **headers).status == 200


def test_polls_count_against_the_rate_limit() -> None:
    client, task_id = after("", seconds=0, rate_limit=3)
    assert statuses(client, task_id, 3) == [200, 200, 429]


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("outcome=fail:boom", "TASK_STATUS_FAILED", "boom"),
        ("outcome=expired:failed", "TASK_STATUS_FAILED", "task expired"),
        ("outcome=expired:status", "TASK_STATUS_EXPIRED", ""),
        ("outcome=cancelled", "TASK_STATUS_CANCELED", ""),
    ],
)
def test_a_failed_task_has_a_status_a_reason_and_no_video(words: str, status: str, reason: str) -> None:
    client, task_id = after(words)
    result = read_json(client.poll(task_id))
    assert (result["task"]["status"], result["task"]["reason"]) == (status, reason)
    assert result["videos"] == []
    assert client.simulator.ledger()[0]["charged"] is False


def test_a_failure_can_be_an_http_error_on_every_later_poll() -> None:
    client, task_id = after("outcome=task-failed-500", seconds=0)
    assert client.poll(task_id).status == 200
    client.wait(DONE)
    assert statuses(client, task_id, 3) == [500] * 3
    assert read_json(client.poll(task_id))["reason"] == "TASK_FAILED"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("poll=404", [404, 200, 200]),
        ("poll=404:2", [404, 404, 200]),
        ("poll=500:always", [500, 500, 500]),
        ("poll=404 poll=500", [404, 500, 200]),
        ("poll=302", [302, 200, 200]),
        ("poll=429:5:2", [429, 429, 200]),
    ],
)
def test_interruptions_apply_in_order_and_are_used_up(words: str, expected: list[int]) -> None:
    client, task_id = after(words, seconds=0)
    assert statuses(client, task_id, 3) == expected


def test_a_404_can_last_for_the_first_simulated_seconds() -> None:
    client, task_id = after("poll=404:2s", seconds=0)
    assert statuses(client, task_id, 4) == [404] * 4
    client.wait(2)
    assert client.poll(task_id).status == 200


def test_an_error_after_the_end_waits_for_the_end() -> None:
    client, task_id = after("poll=500-after-end:2", seconds=0)
    assert statuses(client, task_id, 3) == [200] * 3
    client.wait(DONE)
    assert statuses(client, task_id, 3) == [500, 500, 200]


def test_the_seconds_of_an_error_after_the_end_count_from_the_end() -> None:
    client, task_id = after("poll=500-after-end:10s run=3 queue=1", seconds=13.9)
    assert client.poll(task_id).status == 500
    client.wait(0.1)
    assert client.poll(task_id).status == 200


def test_interruptions_match_their_descriptions() -> None:
    words = "html empty truncated error-in-200 drop reset huge:1 gzip-bomb:1 hang:7 drip:2"
    client, task_id = after(" ".join(f"poll={word}" for word in words.split()))
    html, empty, truncated, error, drop, reset, huge, bomb, hang, drip = (client.poll(task_id) for _ in range(10))
    assert (b"<html>" in content(html), content(empty)) == (True, b"")
    assert content(truncated).startswith(b'{"extra"')
    with pytest.raises(json.JSONDecodeError):
        read_json(truncated)
    assert (error.status, read_json(error)["code"]) == (200, 500)
    assert drop is NO_RESPONSE
    assert reset is RESET
    assert huge.body.length == 1_000_000
    assert bomb.headers["Content-Encoding"] == "gzip"
    assert (hang.manner.wait, drip.manner.bytes_per_second) == (7, 2)


def modified(words: str) -> Any:
    client, task_id = after(words)
    return read_json(client.poll(task_id))


def test_modifiers_change_the_normal_response_and_can_be_combined() -> None:
    assert modified("poll=lower-case poll=stuck poll=strings")["task"] | {"task_id": ""} == {
        "task_id": "",
        "task_type": "IMG_TO_VIDEO",
        "status": "task_status_succeed",
        "reason": "",
        "eta": "0",
        "progress_percent": "0",
    }


def test_each_modifier_matches_its_description() -> None:
    assert modified("poll=word:TASK_STATUS_PAUSED")["task"]["status"] == "TASK_STATUS_PAUSED"
    assert modified("poll=unknown-status")["task"]["status"] == "TASK_STATUS_HIBERNATING"
    assert modified("poll=short-word")["task"]["status"] == "SUCCEED"
    assert modified("poll=null-videos")["videos"] is None
    assert "videos" not in modified("poll=missing-videos")
    assert modified("poll=no-url")["videos"][0]["video_url"] == ""
    assert modified("poll=null-task")["task"] is None
    assert modified("poll=null-task poll=lower-case")["task"] is None
    assert modified("poll=extra-fields")["task"]["sub_tasks"]
    assert modified("body=sparse").keys() == {"task", "videos"}


def test_a_duplicate_key_is_first_false_and_then_true() -> None:
    client, task_id = after("poll=duplicate-keys")
    pairs = json.loads(content(client.poll(task_id)), object_pairs_hook=list)
    tasks = [dict(value)["status"] for name, value in pairs if name == "task"]
    assert tasks == ["TASK_STATUS_FAILED", "TASK_STATUS_SUCCEED"]


def test_a_success_without_a_url_waits_for_the_success() -> None:
    client, task_id = after("poll=no-url:2", seconds=0)
    client.poll(task_id)
    client.wait(DONE)
    urls = [read_json(client.poll(task_id))["videos"][0]["video_url"] for _ in range(3)]
    assert [bool(url) for url in urls] == [False, False, True]


def test_a_status_goes_back_only_after_a_reported_end() -> None:
    client, task_id = after("poll=back")
    told = [read_json(client.poll(task_id))["task"]["status"] for _ in range(3)]
    assert told == ["TASK_STATUS_SUCCEED", "TASK_STATUS_PROCESSING", "TASK_STATUS_SUCCEED"]


def test_progress_can_stay_at_zero_for_all_tasks() -> None:
    client, task_id = after("", progress="zero")
    assert read_json(client.poll(task_id))["task"]["progress_percent"] == 0


def test_the_ledger_counts_the_polls_of_each_task() -> None:
    client, task_id = after("poll=404")
    statuses(client, task_id, 3)
    assert client.simulator.ledger()[0]["polls"] == 3
    assert client.simulator.summary()["polls"] == 3
