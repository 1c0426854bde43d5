"""The cost shown for a video, from acceptance to end."""

from typing import Any

import pytest

from cliprelay.upstream.contract import Outcome
from cliprelay.upstream.myrouter.answers import read_task
from cliprelay.video.charge import is_believable
from cliprelay.video.cost import cost_of
from cliprelay.video.states import Status
from cliprelay.workflow.decisions import USAGE_DOUBTED, judge_task
from tests.support.makers import NOW, any_settings, any_task, any_video

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


def test_a_failure_whose_charge_the_operator_found_costs_the_quote() -> None:
    error = {"code": "charged_without_video", "message": "?"}
    assert _cost(status=Status.FAILED, error=error) == {"tokens": 108_900, "usd": "0.2614", "estimated": True, "settled": True}


@pytest.mark.parametrize(
    "changes",
    [
        {"upstream_id": "t-1"},
        {"error": {"code": "outcome_unknown", "message": "?"}},
    ],
    ids=["taken", "not known"],
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


LINK = "https://media.example.com/a.mp4"
SETTINGS = any_settings(duration=5, resolution="720p")
# At 720p, 4:3 is the largest shape; 5 s have 121 frames.
MOST = 1112 * 834 * 121 // 1024


@pytest.mark.parametrize(
    ("tokens", "expected"), [(1, True), (108_900, True), (2 * MOST, True), (2 * MOST + 1, False), (10**11, False), (0, False)]
)
def test_tokens_are_believed_up_to_twice_the_largest_shape(tokens: int, expected: bool) -> None:
    assert is_believable(any_video(settings=SETTINGS, quote=QUOTE), tokens) is expected


def test_a_longer_video_of_a_higher_resolution_may_have_more_tokens() -> None:
    small, large = (any_video(settings=any_settings(duration=d, resolution=r)) for d, r in ((4, "480p"), (12, "720p")))
    assert not is_believable(small, 2 * MOST)
    assert is_believable(large, 4 * MOST)


@pytest.mark.parametrize(("tokens", "expected"), [(2 * 108_900, True), (2 * 108_900 + 1, False)])
def test_the_tokens_of_a_model_of_another_version_are_compared_with_its_quote(tokens: int, expected: bool) -> None:
    assert is_believable(any_video(model="seedance-v9", quote=QUOTE), tokens) is expected


def test_without_a_model_and_a_quote_no_figure_is_believed() -> None:
    assert not is_believable(any_video(model="seedance-v9"), 1)


def test_a_recorded_figure_that_is_not_believed_is_never_shown_as_a_cost() -> None:
    cost = _cost(status=Status.SUCCEEDED, upstream_id="t-1", tokens=10**11)
    assert cost == {"tokens": 108_900, "usd": "0.2614", "estimated": True, "settled": True}


def test_reported_tokens_are_recorded_together_with_the_link() -> None:
    running = any_video(status=Status.RUNNING)
    decision = judge_task(running, any_task(Outcome.SUCCEEDED, video_url=LINK, tokens=8), NOW)
    assert (decision.changes["tokens"], decision.doubted_tokens) == (8, None)
    without = judge_task(running, any_task(Outcome.SUCCEEDED, video_url=LINK), NOW)
    assert ("tokens" in without.changes, without.doubted_tokens) == (False, None)


def test_a_figure_that_is_not_believed_leaves_a_warning_instead_of_a_record() -> None:
    earlier = {"code": "long_prompt", "message": "any"}
    running = any_video(status=Status.RUNNING, warnings=[earlier])
    decision = judge_task(running, any_task(Outcome.SUCCEEDED, video_url=LINK, tokens=10**11), NOW)
    assert decision.doubted_tokens == 10**11
    assert "tokens" not in decision.changes
    assert decision.changes["warnings"] == [earlier, USAGE_DOUBTED]
    assert decision.changes["upstream_url"] == LINK
