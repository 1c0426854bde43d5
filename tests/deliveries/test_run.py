"""A slice of the run that `python -m tests.deliveries` makes at length."""

from tests.deliveries.run import FAULTS, Run


def test_of_thousands_of_events_none_is_lost_whatever_the_receivers_do() -> None:
    run = Run(2_000, seed=7)
    run.play()
    assert (run.wrong, run.lost) == ([], 0)
    # The slice has something of everything.
    assert set(run.ends) == {"delivered", "disabled", "exhausted"}
    assert set(run.attempts) >= set(range(1, 11))
    assert {endpoint.fault for endpoint in run._endpoints.values()} == {None, *FAULTS}


def test_the_run_sees_an_event_that_was_lost() -> None:
    run = Run(200, seed=7)
    run.tell_exhausted = run.keep = lambda delivery: None  # type: ignore[method-assign]  # nobody keeps what cannot be delivered
    run.play()
    assert run.wrong
