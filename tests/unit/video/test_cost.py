"""The cost shown for a video, from acceptance to end."""

from typing import Any

import pytest

from cliprelay.upstream.myrouter.answers import read_task
from cliprelay.video.cost import cost_of
from cliprelay.video.states import Status
from cliprelay.workflow.decisions import judge_task
from tests.support.makers import NOW, any_task, any_video

QUOTE = {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}


def _cost(**changes: Any) -> dict[str, Any]:
    cost = cost_of(any_video(quote=QUOTE, **changes))
    assert cost is not None
    return cost


def test_a_record_without_a_quote_has_no_cost() -> None:
    assert cost_of(any_video()) is None


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SUBMITTING, Status.RUNNING, Status.ARCHIVING, Status.UNCONFIRMED])
def test_an_open_video_costs_its_quote_unsettled(status: Status) -> None:
    assert _cost(status=status) == {"tokens": 108_900, "usd": "0.2614", "estimated": True, "settled": False}


def test_a_success_settles_the_quote() -> None:
    assert _cost(status=Status.SUCCEEDED, upstream_id="t-1") == {"tokens": 108_900, "usd": "0.2614", "estimated": True, "settled": True}


def test_tokens_that_the_upstream_reports_replace_the_estimate() -> None:
    cost = _cost(status=Status.SUCCEEDED, upstream_id="t-1", tokens=100_000)
    assert cost == {"tokens": 100_000, "usd": "0.2400", "estimated": False, "settled": True}


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED])
def test_a_request_that_was_never_accepted_costs_nothing(status: Status) -> None:
    cost = _cost(status=status, error={"code": "invalid_request", "message": "Refused."})
    assert cost == {"tokens": 0, "usd": "0.0000", "estimated": False, "settled": True}


@pytest.mark.parametrize(
    "changes",
    [
        {"upstream_id": "t-1"},
        {"error": {"code": "outcome_unknown", "message": "?"}},
        {"error": {"code": "charged_without_video", "message": "?"}},
    ],
    ids=["taken", "not known", "charged"],
)
def test_a_possibly_charged_failure_shows_the_quote_unsettled(changes: dict[str, Any]) -> None:
    assert _cost(status=Status.FAILED, **changes) == {"tokens": 108_900, "usd": "0.2614", "estimated": True, "settled": False}


DONE = {"status": "TASK_STATUS_SUCCEED"}
VIDEOS = [{"video_url": "https://media.example.com/a.mp4"}]


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"usage": {"completion_tokens": 7, "total_tokens": 8}}, 8),
        ({"usage": {"completion_tokens": "7"}}, 7),
        ({"extra": {"usage": {"total_tokens": 9}}}, 9),
        ({}, None),
        ({"usage": {"total_tokens": 0}}, None),
        ({"usage": {"total_tokens": -5}}, None),
        ({"usage": {"total_tokens": "many"}}, None),
        ({"usage": [1]}, None),
    ],
    ids=str,
)
def test_tokens_are_read_from_every_place_where_the_upstream_may_report_them(body: dict[str, Any], tokens: int | None) -> None:
    task = read_task({"task": DONE, "videos": VIDEOS, **body})
    assert task is not None
    assert task.tokens == tokens


def test_reported_tokens_are_recorded_together_with_the_link() -> None:
    from cliprelay.upstream.contract import Outcome

    running = any_video(status=Status.RUNNING)
    decision = judge_task(running, any_task(Outcome.SUCCEEDED, video_url="https://media.example.com/a.mp4", tokens=8), NOW)
    assert decision.changes["tokens"] == 8
    assert "tokens" not in judge_task(running, any_task(Outcome.SUCCEEDED, video_url="https://media.example.com/a.mp4"), NOW).changes
