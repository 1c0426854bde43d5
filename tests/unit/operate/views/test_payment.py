"""Payment status: only proof in the record says paid or not paid."""

import pytest

from cliprelay.video.states import TERMINAL, Status
from operate.views.payment import PaymentState, payment
from tests.support.makers import any_video

TASK = {"upstream_id": "task-7"}


def error(code: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": "any"}}


@pytest.mark.parametrize("status", [Status.ARCHIVING, Status.SUCCEEDED])
def test_a_generated_video_is_paid(status: Status) -> None:
    assert payment(any_video(status=status, **TASK))[0] is PaymentState.PAID


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.RUNNING, Status.UNCONFIRMED])
def test_an_open_video_with_an_upstream_id_is_paid(status: Status) -> None:
    assert payment(any_video(status=status, **TASK))[0] is PaymentState.PAID


@pytest.mark.parametrize("status", sorted(TERMINAL - {Status.SUCCEEDED}))
def test_a_failed_task_is_unknown_until_the_bill_is_checked(status: Status) -> None:
    word, reason = payment(any_video(status=status, **TASK))
    assert word is PaymentState.NOT_KNOWN
    assert "its bill" in reason


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.UNCONFIRMED])
def test_a_paid_call_without_an_answer_is_unknown(status: Status) -> None:
    assert payment(any_video(status=status))[0] is PaymentState.NOT_KNOWN


def test_an_unknown_outcome_stays_unknown() -> None:
    assert payment(any_video(status=Status.FAILED, **error("outcome_unknown")))[0] is PaymentState.NOT_KNOWN


def test_a_charge_found_by_the_operator_is_paid() -> None:
    assert payment(any_video(status=Status.FAILED, **error("charged_without_video")))[0] is PaymentState.PAID


@pytest.mark.parametrize(("charge", "state"), [("charged", PaymentState.PAID), ("not_charged", PaymentState.NOT_PAID)])
def test_what_the_operator_saw_on_the_bill_decides(charge: str, state: PaymentState) -> None:
    assert payment(any_video(status=Status.FAILED, resolved_charge=charge, **TASK))[0] is state


@pytest.mark.parametrize("code", ["not_submitted", "moderated", "invalid_request", "model_unavailable"])
def test_a_failure_before_acceptance_is_not_paid(code: str) -> None:
    assert payment(any_video(status=Status.FAILED, **error(code)))[0] is PaymentState.NOT_PAID


def test_a_queued_video_is_not_paid() -> None:
    assert payment(any_video(status=Status.QUEUED, attempts=3))[0] is PaymentState.NOT_PAID
