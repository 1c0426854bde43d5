"""A run skips by name, stops before it has deployed nothing, and never loses a check to an exception."""

import signal
from collections.abc import Callable
from threading import Event, active_count
from typing import Any

import pytest

from tests.cloud_check import command
from tests.cloud_check.registry import CHECKS, Check, Need, Refuted, Stage, expect
from tests.cloud_check.report import summary
from tests.cloud_check.run import Outcome, Run
from tests.cloud_check.target import Target
from tests.cloud_check.targets import ministack, service
from tests.cloud_check.upstream.ledger import Ledger


def any_target(**settings: Any) -> Target:
    parts = {"name": "a target", "stack": "s", "clients": None, "operate_flags": (), "upstream_url": "", "ledger": Ledger(None)}
    return Target(**{**parts, "upstream_key": "key-of-the-upstream", **settings})


def any_check(run: Callable[[Run], str] = lambda run: "seen", *needs: Need, stage: Stage = Stage.PROMISES, name: str = "a check") -> Check:
    return Check(name, stage, needs, run)


def raising(error: BaseException) -> Callable[[Run], str]:
    def run(_: Run) -> str:
        raise error

    return run


def outcomes(*checks: Check, long: bool = False, **settings: Any) -> list[tuple[str, str, str]]:
    run = Run(any_target(**settings), long=long)
    return [(each.check.name, each.result, each.said) for each in run.all(checks, lambda outcome: None)]


@pytest.mark.parametrize(
    ("check", "result", "said"),
    [
        (any_check(), "passed", "seen"),
        (any_check(raising(Refuted("two payments"))), "failed", "two payments"),
        (any_check(raising(KeyError("id"))), "failed", "KeyError: 'id'"),
        (any_check(raising(SystemExit("sam deploy failed"))), "failed", "sam deploy failed"),
        (any_check(raising(ValueError("never run")), Need.ROLES), "skipped", "no roles here"),
        (any_check(raising(ValueError("never run")), Need.LONG), "skipped", "only with --long"),
    ],
)
def test_a_check_has_one_outcome_whatever_it_raises(check: Check, result: str, said: str) -> None:
    assert outcomes(check, lacks={Need.ROLES: "no roles here"}) == [("a check", result, said)]


def test_a_long_check_runs_when_it_is_asked_for() -> None:
    assert outcomes(any_check(lambda run: "seen", Need.LONG), long=True) == [("a check", "passed", "seen")]


@pytest.mark.parametrize("early", [Stage.PREFLIGHT, Stage.DEPLOY])
def test_nothing_runs_after_a_failure_before_or_in_the_deployment(early: Stage) -> None:
    failing = any_check(raising(Refuted("no")), stage=early, name="early")
    later = [any_check(raising(ValueError("never run")), stage=stage, name=stage.value) for stage in Stage if stage.value > ""]
    after = [check for check in later if list(Stage).index(check.stage) > list(Stage).index(early)]
    found = outcomes(failing, *after)
    assert found[0] == ("early", "failed", "no")
    assert {(result, said) for _, result, said in found[1:]} == {("skipped", "nothing is deployed")}


def test_the_stages_run_in_their_order() -> None:
    seen: list[str] = []

    def noting(stage: Stage) -> Callable[[Run], str]:
        return lambda run: seen.append(stage.value) or ""  # type: ignore[func-returns-value]

    outcomes(*(any_check(noting(stage), stage=stage) for stage in reversed(Stage)))
    assert seen == [stage.value for stage in Stage]


def test_a_difference_names_both_values() -> None:
    with pytest.raises(Refuted, match=r"payments: 1 expected, 2 found"):
        expect("payments", 2, 1)


def test_every_check_has_a_name_of_its_own_and_stands_in_a_module_of_the_command() -> None:
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names)) > 30
    assert {check.run.__module__ for check in CHECKS} <= {module.__name__ for module in command.MODULES}


@pytest.mark.parametrize("lacks", [service.LACKS, ministack.LACKS])
def test_a_target_gives_a_reason_for_every_need_that_it_lacks(lacks: dict[Need, str]) -> None:
    assert all(reason.strip() for reason in lacks.values())
    assert {need for check in CHECKS for need in check.needs} >= set(lacks)


def test_the_exit_status_of_a_summary_counts_each_result() -> None:
    run = Run(any_target())
    found = run.all([any_check(), any_check(raising(Refuted("no")), name="other")], lambda outcome: None)
    assert [type(each) for each in found] == [Outcome, Outcome]
    assert summary(found) == "1 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_terminated_run_leaves_through_its_removal(number: int, status: int) -> None:
    with pytest.raises(SystemExit) as ended:
        command._stop(number, None)
    assert ended.value.code == status


def test_a_stopped_run_does_not_wait_for_its_checks() -> None:
    end = Event()

    def stop(_: Outcome) -> None:
        raise SystemExit(143)

    def slow(_: Run) -> str:
        return str(end.wait(30))

    try:
        with pytest.raises(SystemExit):
            Run(any_target()).all([any_check(), any_check(slow, name="slow"), any_check(slow, name="later")], stop)
        assert active_count() > 1  # the slow check is still waiting
    finally:
        end.set()
