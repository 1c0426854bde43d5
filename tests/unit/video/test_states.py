"""The table of moves: which state may follow which, and that every video can end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.video.states import ANNOUNCED, MOVES, TERMINAL, Status, may_move

ANY = st.sampled_from(Status)


def _reachable(start: Status) -> set[Status]:
    seen, ahead = {start}, [start]
    while ahead:
        fresh = MOVES[ahead.pop()] - seen
        seen |= fresh
        ahead += fresh
    return seen


def test_every_status_has_a_row() -> None:
    assert set(MOVES) == set(Status)


def test_exactly_four_states_are_terminal() -> None:
    assert {status.value for status in TERMINAL} == {"succeeded", "failed", "expired", "canceled"}


@given(source=st.sampled_from(sorted(TERMINAL)), target=ANY)
def test_a_terminal_state_is_never_left(source: Status, target: Status) -> None:
    assert not may_move(source, target)


@given(wishes=st.lists(ANY, max_size=30))
def test_an_ended_video_ignores_every_further_move(wishes: list[Status]) -> None:
    status, ended = Status.QUEUED, None
    for wish in wishes:
        status = wish if may_move(status, wish) else status
        ended = ended or (status if status in TERMINAL else None)
    assert ended is None or status is ended


@pytest.mark.parametrize("start", Status)
def test_a_terminal_state_can_be_reached_from_every_state(start: Status) -> None:
    assert _reachable(start) & TERMINAL


@pytest.mark.parametrize("source", Status)
def test_every_move_changes_the_state(source: Status) -> None:
    assert not may_move(source, source)


def test_only_a_queued_video_can_be_claimed() -> None:
    assert [source for source in Status if may_move(source, Status.SUBMITTING)] == [Status.QUEUED]


def test_only_a_claimed_video_or_one_requeued_after_a_claim_can_run() -> None:
    assert {source for source in Status if may_move(source, Status.RUNNING)} == {Status.SUBMITTING, Status.UNCONFIRMED, Status.QUEUED}


def test_only_a_possibly_unpaid_video_can_return_to_the_queue() -> None:
    assert {source for source in Status if may_move(source, Status.QUEUED)} == {Status.SUBMITTING, Status.UNCONFIRMED}


def test_only_an_archived_video_succeeds_and_only_a_running_one_is_archived() -> None:
    assert [source for source in Status if may_move(source, Status.SUCCEEDED)] == [Status.ARCHIVING]
    assert [source for source in Status if may_move(source, Status.ARCHIVING)] == [Status.RUNNING]


def test_late_evidence_and_late_refusals_move_an_unconfirmed_video() -> None:
    assert MOVES[Status.UNCONFIRMED] == {Status.RUNNING, Status.QUEUED, Status.FAILED, Status.CANCELED}


def test_what_may_return_to_the_queue_may_be_canceled_instead() -> None:
    assert {source for source in Status if may_move(source, Status.QUEUED)} <= {
        source for source in Status if may_move(source, Status.CANCELED)
    }


def test_every_end_and_an_unconfirmed_payment_are_announced() -> None:
    assert TERMINAL | {Status.UNCONFIRMED} == ANNOUNCED


def test_every_move_is_in_the_table_and_no_other() -> None:
    moves = {(source.value, target.value) for source in Status for target in Status if may_move(source, target)}
    assert moves == {
        ("queued", "submitting"),
        ("queued", "running"),
        ("queued", "failed"),
        ("queued", "canceled"),
        ("submitting", "running"),
        ("submitting", "queued"),
        ("submitting", "failed"),
        ("submitting", "canceled"),
        ("submitting", "unconfirmed"),
        ("unconfirmed", "running"),
        ("unconfirmed", "queued"),
        ("unconfirmed", "failed"),
        ("unconfirmed", "canceled"),
        ("running", "archiving"),
        ("running", "failed"),
        ("running", "expired"),
        ("running", "canceled"),
        ("archiving", "succeeded"),
        ("archiving", "failed"),
    }
