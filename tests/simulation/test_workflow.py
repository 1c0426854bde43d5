"""The interpreter of the state machine does what Step Functions does with the file's retries, catches, time-outs and names."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from cliprelay.workflow.contract import NEW_WORDS
from tests.simulation.runtime.clock import Timeline
from tests.simulation.runtime.step_functions import ASL, Answered, Workflow, load
from tests.support.memory_aws.step_functions import Execution

DONE = {"video_id": "v", "run": 1, "status": "succeeded", "next": "done"}
Function = Callable[[Answered], None]


class Bench:
    """One execution whose functions are scripted, by step."""

    def __init__(self, **functions: Function) -> None:
        self.timeline, self.invoked = Timeline(0.0), list[tuple[str, float]]()
        self.closed: list[Execution] = []
        self._functions = functions
        self.workflow = Workflow(load(), self.timeline, Random(1), self._invoke, self.closed.append)  # noqa: S311 - jitter
        self.execution = Execution("arn", "v-1", '{"video_id": "v", "run": 1}', 0.0)
        self.workflow.begin(self.execution)

    def _invoke(self, function: str, payload: dict[str, Any], answered: Answered) -> None:
        step = function.removeprefix("${").removesuffix("FunctionArn}").lower()
        self.invoked.append((step, self.timeline.now))
        waited = {"wait": payload.get("wait", "missing")} if step == "poll" else {}
        assert payload == {"video_id": "v", "run": 1, "definition": max(NEW_WORDS), **waited}
        assert not waited or waited["wait"] > 0
        self._functions[step](answered)

    def run(self) -> str:
        self.timeline.run(lambda: self.execution.status != "RUNNING")
        return self.execution.status

    @property
    def steps(self) -> list[str]:
        return [step for step, _ in self.invoked]


def answers(*results: dict[str, Any] | str) -> Function:
    """Each result once, the last for ever; a text is the name of an error."""
    left = list(results)

    def function(answered: Answered) -> None:
        result = left.pop(0) if len(left) > 1 else left[0]
        answered(None, result) if isinstance(result, str) else answered(result, None)

    return function


def going(to: str, wait: int | None = None) -> dict[str, Any]:
    return {"video_id": "v", "run": 1, "next": to, **({"wait": wait} if wait is not None else {})}


def test_a_step_that_is_done_ends_the_execution_green() -> None:
    bench = Bench(submit=answers(DONE))
    assert (bench.run(), bench.steps, bench.closed) == ("SUCCEEDED", ["submit"], [])


def test_a_wait_lasts_as_long_as_the_step_said() -> None:
    bench = Bench(submit=answers(going("wait", 77)), poll=answers(DONE))
    bench.run()
    (_, first), (_, second) = bench.invoked
    assert bench.steps == ["submit", "poll"]
    assert second - first == pytest.approx(77, abs=1)


def test_a_throttled_submit_is_repeated_and_nothing_else_of_submit_is() -> None:
    throttled = Bench(submit=answers("Lambda.TooManyRequestsException", "Lambda.TooManyRequestsException", DONE))
    throttled.run()
    assert throttled.invoked[-1][1] < 60
    caught = Bench(submit=answers("Lambda.ServiceException", DONE))
    caught.run()
    assert caught.invoked[-1][1] == pytest.approx(60, abs=2)


def test_a_step_that_never_answers_is_timed_out_and_asked_again() -> None:
    bench = Bench(submit=answers(going("wait", 1)), poll=lambda answered: None)
    bench.timeline.run(lambda: bench.steps.count("poll") == 3)
    gaps = [later - earlier for (_, earlier), (_, later) in zip(bench.invoked[1:], bench.invoked[2:], strict=False)]
    assert gaps == pytest.approx([180, 180], abs=1)


def test_an_answer_that_comes_after_the_time_out_is_ignored() -> None:
    bench = Bench(submit=answers(going("wait", 1)))
    bench._functions["poll"] = lambda answered: bench.timeline.after(150, lambda: answered(DONE, None))
    bench.timeline.run(lambda: bench.steps.count("poll") == 2)
    assert bench.execution.status == "RUNNING"


def test_an_unknown_word_ends_red_and_is_reported() -> None:
    bench = Bench(submit=answers(going("dance")))
    assert bench.run() == "FAILED"
    assert bench.closed == [bench.execution]


@pytest.mark.parametrize("error", ["States.DataLimitExceeded", "States.Runtime"])
def test_what_no_catch_can_catch_ends_red(error: str) -> None:
    assert Bench(submit=answers(error)).run() == "FAILED"


def test_an_execution_that_goes_round_for_ever_ends_by_its_history_or_its_time() -> None:
    assert Bench(submit=answers(going("wait", 1)), poll=answers(going("wait", 1))).run() == "FAILED"
    assert Bench(submit=answers(going("wait", 1)), poll=answers(going("wait", 100_000))).run() == "TIMED_OUT"


def test_an_aborted_execution_goes_nowhere() -> None:
    bench = Bench(submit=answers(going("wait", 50)), poll=answers(DONE))
    bench.timeline.after(10, lambda: bench.workflow.stop("v-1"))
    assert bench.run() == "ABORTED"
    bench.timeline.run()
    assert bench.steps == ["submit"]


def test_a_definition_with_an_unknown_field_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "other.asl.json"
    path.write_text(ASL.read_text().replace('"OutputPath"', '"ResultSelector"'))
    with pytest.raises(NotImplementedError, match="ResultSelector"):
        load(path)
