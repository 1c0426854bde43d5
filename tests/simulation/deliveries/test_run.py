"""A slice of the run that `python -m tests.simulation.deliveries` makes at length."""

import pytest

from tests.simulation.deliveries.run import FAULTS, Run


def test_of_thousands_of_events_none_is_lost_whatever_the_receivers_do() -> None:
    run = Run(2_000, seed=7)
    run.play()
    assert (run.wrong, run.lost) == ([], 0)
    # The slice has something of everything.
    assert set(run.ends) == {"delivered", "disabled", "exhausted"}
    assert set(run.attempts) >= set(range(1, 11))
    assert {endpoint.fault for endpoint in run._endpoints.values()} == {None, *FAULTS}


def test_one_dead_receiver_among_a_thousand_slows_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, rate in {"FAILING": 0.003, "CRASHING": 0, "STUMBLING": 0}.items():
        monkeypatch.setattr(f"tests.simulation.deliveries.run.{name}", rate)
    run = Run(1_000, seed=3)
    run.play()
    assert 0 < sum(endpoint.fault is not None for endpoint in run._endpoints.values()) < 10
    assert run.latest < 1  # and not a second later than the event


def test_the_run_sees_an_event_that_was_lost() -> None:
    run = Run(200, seed=7)
    run.notify_exhausted = run.send_to_dead_letter_queue = lambda delivery: None  # type: ignore[method-assign]  # nobody keeps what cannot be delivered
    run.play()
    assert run.wrong
