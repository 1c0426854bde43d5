"""What the owner is told of a video's money: only a record that proves it says paid or surely not."""

import pytest

from cliprelay.video.states import TERMINAL, Status
from operate.views.payment import Money, money
from tests.support.makers import any_video

TASK = {"upstream_id": "task-7"}


def error(code: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": "any"}}


@pytest.mark.parametrize("status", [Status.ARCHIVING, Status.SUCCEEDED])
def test_a_video_that_the_upstream_made_is_paid(status: Status) -> None:
    assert money(any_video(status=status, **TASK))[0] is Money.PAID


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.RUNNING, Status.UNCONFIRMED])
def test_a_video_with_an_upstream_id_is_paid_before_its_end(status: Status) -> None:
    assert money(any_video(status=status, **TASK))[0] is Money.PAID


@pytest.mark.parametrize("status", sorted(TERMINAL - {Status.SUCCEEDED}))
def test_whether_a_task_that_failed_is_charged_only_the_bill_says(status: Status) -> None:
    word, reason = money(any_video(status=status, **TASK))
    assert word is Money.NOT_KNOWN
    assert "its bill" in reason


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.UNCONFIRMED])
def test_a_paid_call_without_an_answer_is_not_known(status: Status) -> None:
    assert money(any_video(status=status))[0] is Money.NOT_KNOWN


def test_an_outcome_that_was_never_learned_stays_not_known() -> None:
    assert money(any_video(status=Status.FAILED, **error("outcome_unknown")))[0] is Money.NOT_KNOWN


def test_a_charge_that_the_owner_found_is_paid() -> None:
    assert money(any_video(status=Status.FAILED, **error("charged_without_video")))[0] is Money.PAID


@pytest.mark.parametrize("code", ["not_submitted", "moderated", "invalid_request", "model_unavailable"])
def test_an_end_before_the_upstream_took_it_is_surely_not_paid(code: str) -> None:
    assert money(any_video(status=Status.FAILED, **error(code)))[0] is Money.NOT_PAID


def test_a_queued_video_is_surely_not_paid() -> None:
    assert money(any_video(status=Status.QUEUED, attempts=3))[0] is Money.NOT_PAID
