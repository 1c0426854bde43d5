"""A poll says what a task is doing, or whatever its faults say instead; the task itself goes on."""

import json
from typing import Any

import pytest

from local.simulator.http.response import NO_ANSWER, RESET
from local.simulator.routes.router import POLL
from tests.support.simulator_client import KEY, Customer, content, said

DONE = 60.0  # seconds after which every task of these tests has ended


def after(words: str, seconds: float = DONE, **options: Any) -> tuple[Customer, str]:
    customer = Customer(**options)
    task_id = customer.created(words)
    customer.wait(seconds)
    return customer, task_id


def statuses(customer: Customer, task_id: str, times: int) -> list[int]:
    return [customer.poll(task_id).status for _ in range(times)]


def test_an_unknown_task_is_not_found_in_the_envelope() -> None:
    customer = Customer()
    reply = customer.poll("nobody")
    assert (reply.status, said(reply)["reason"]) == (404, "TASK_NOT_FOUND")
    assert customer.simulator.summary()["polls_unknown"] == 1


def test_a_task_is_forgotten_after_its_retention_on_the_simulated_clock() -> None:
    customer, task_id = after("", seconds=60479, time_scale=0.1)
    assert customer.poll(task_id).status == 200
    customer.wait(2)
    assert customer.poll(task_id).status == 404


def test_a_poll_needs_the_key_and_one_task_id() -> None:
    customer, task_id = after("")
    assert customer.call("GET", f"{POLL}?task_id={task_id}").status == 401
    for query in ("", "?", "?task_id=", f"?id={task_id}", f"?task_id={task_id}&task_id={task_id}"):
        assert customer.call("GET", POLL + query, Authorization=f"Bearer {KEY}").status == 400


def test_the_documented_content_type_is_asked_for_only_where_that_is_switched_on() -> None:
    customer, task_id = after("", strict_headers=True)
    assert customer.poll(task_id).status == 400
    headers = {"Authorization": f"Bearer {KEY}", "Content_Type": "application/json"}
    assert customer.call("GET", f"{POLL}?task_id={task_id}", b"", **headers).status == 200


def test_polls_count_against_the_rate_limit() -> None:
    customer, task_id = after("", seconds=0, rate_limit=3)
    assert statuses(customer, task_id, 3) == [200, 200, 429]


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        ("outcome=fail:boom", "TASK_STATUS_FAILED", "boom"),
        ("outcome=expired:failed", "TASK_STATUS_FAILED", "task expired"),
        ("outcome=expired:status", "TASK_STATUS_EXPIRED", ""),
        ("outcome=cancelled", "TASK_STATUS_CANCELED", ""),
    ],
)
def test_a_bad_end_has_a_status_a_reason_and_no_video(words: str, status: str, reason: str) -> None:
    customer, task_id = after(words)
    result = said(customer.poll(task_id))
    assert (result["task"]["status"], result["task"]["reason"]) == (status, reason)
    assert result["videos"] == []
    assert customer.simulator.ledger()[0]["charged"] is False


def test_a_failure_can_show_as_an_http_error_of_every_later_poll() -> None:
    customer, task_id = after("outcome=task-failed-500", seconds=0)
    assert customer.poll(task_id).status == 200
    customer.wait(DONE)
    assert statuses(customer, task_id, 3) == [500] * 3
    assert said(customer.poll(task_id))["reason"] == "TASK_FAILED"


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
def test_interruptions_come_in_order_and_are_used_up(words: str, expected: list[int]) -> None:
    customer, task_id = after(words, seconds=0)
    assert statuses(customer, task_id, 3) == expected


def test_a_404_can_last_for_the_first_simulated_seconds() -> None:
    customer, task_id = after("poll=404:2s", seconds=0)
    assert statuses(customer, task_id, 4) == [404] * 4
    customer.wait(2)
    assert customer.poll(task_id).status == 200


def test_an_error_after_the_end_waits_for_the_end() -> None:
    customer, task_id = after("poll=500-after-end:2", seconds=0)
    assert statuses(customer, task_id, 3) == [200] * 3
    customer.wait(DONE)
    assert statuses(customer, task_id, 3) == [500, 500, 200]


def test_the_seconds_of_an_error_after_the_end_count_from_the_end() -> None:
    customer, task_id = after("poll=500-after-end:10s run=3 queue=1", seconds=13.9)
    assert customer.poll(task_id).status == 500
    customer.wait(0.1)
    assert customer.poll(task_id).status == 200


def test_interruptions_say_what_they_promise() -> None:
    words = "html empty truncated error-in-200 drop reset huge:1 gzip-bomb:1 hang:7 drip:2"
    customer, task_id = after(" ".join(f"poll={word}" for word in words.split()))
    html, empty, truncated, error, drop, reset, huge, bomb, hang, drip = (customer.poll(task_id) for _ in range(10))
    assert (b"<html>" in content(html), content(empty)) == (True, b"")
    assert content(truncated).startswith(b'{"extra"')
    with pytest.raises(json.JSONDecodeError):
        said(truncated)
    assert (error.status, said(error)["code"]) == (200, 500)
    assert drop is NO_ANSWER
    assert reset is RESET
    assert huge.body.length == 1_000_000
    assert bomb.headers["Content-Encoding"] == "gzip"
    assert (hang.manner.wait, drip.manner.bytes_per_second) == (7, 2)


def dressed(words: str) -> Any:
    customer, task_id = after(words)
    return said(customer.poll(task_id))


def test_dressings_alter_the_true_answer_and_go_together() -> None:
    assert dressed("poll=lower-case poll=stuck poll=strings")["task"] | {"task_id": ""} == {
        "task_id": "",
        "task_type": "IMG_TO_VIDEO",
        "status": "task_status_succeed",
        "reason": "",
        "eta": "0",
        "progress_percent": "0",
    }


def test_each_dressing_says_what_it_promises() -> None:
    assert dressed("poll=word:TASK_STATUS_PAUSED")["task"]["status"] == "TASK_STATUS_PAUSED"
    assert dressed("poll=unknown-status")["task"]["status"] == "TASK_STATUS_HIBERNATING"
    assert dressed("poll=short-word")["task"]["status"] == "SUCCEED"
    assert dressed("poll=null-videos")["videos"] is None
    assert "videos" not in dressed("poll=missing-videos")
    assert dressed("poll=no-url")["videos"][0]["video_url"] == ""
    assert dressed("poll=null-task")["task"] is None
    assert dressed("poll=null-task poll=lower-case")["task"] is None
    assert dressed("poll=extra-fields")["task"]["sub_tasks"]
    assert dressed("body=sparse").keys() == {"task", "videos"}


def test_a_doubled_key_is_first_false_and_then_true() -> None:
    customer, task_id = after("poll=duplicate-keys")
    pairs = json.loads(content(customer.poll(task_id)), object_pairs_hook=list)
    tasks = [dict(value)["status"] for name, value in pairs if name == "task"]
    assert tasks == ["TASK_STATUS_FAILED", "TASK_STATUS_SUCCEED"]


def test_a_success_without_a_url_waits_for_the_success() -> None:
    customer, task_id = after("poll=no-url:2", seconds=0)
    customer.poll(task_id)
    customer.wait(DONE)
    urls = [said(customer.poll(task_id))["videos"][0]["video_url"] for _ in range(3)]
    assert [bool(url) for url in urls] == [False, False, True]


def test_a_status_goes_back_only_after_an_end_was_told() -> None:
    customer, task_id = after("poll=back")
    told = [said(customer.poll(task_id))["task"]["status"] for _ in range(3)]
    assert told == ["TASK_STATUS_SUCCEED", "TASK_STATUS_PROCESSING", "TASK_STATUS_SUCCEED"]


def test_progress_can_stay_at_zero_for_everybody() -> None:
    customer, task_id = after("", progress="zero")
    assert said(customer.poll(task_id))["task"]["progress_percent"] == 0


def test_the_ledger_counts_the_polls_of_each_task() -> None:
    customer, task_id = after("poll=404")
    statuses(customer, task_id, 3)
    assert customer.simulator.ledger()[0]["polls"] == 3
    assert customer.simulator.summary()["polls"] == 3
