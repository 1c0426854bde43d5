"""A small slice of every part of the bench, so that none of them rots; no figure of time is asserted."""

from pathlib import Path
from random import Random

import pytest
from PIL import Image

from cliprelay.workflow.pace import PACES
from tests.bench import capacity, chart, cold, distributions, lists, policies, warm
from tests.bench.calls import walked
from tests.bench.checkouts import HERE, PartFailed, another
from tests.bench.lambda_environment import STEPS, function_environment
from tests.bench.timing import ChildFailed, child_seconds, in_turn, paired
from tests.bench.walk import MINUTE_LONG
from tests.support.paths import ROOT


def test_a_ratio_is_the_median_of_the_pairs() -> None:
    assert paired([1, 2, 1], [2, 2, 9]) == 2


def test_jobs_run_in_turn_and_the_first_turns_do_not_count() -> None:
    ran: list[str] = []
    seen = in_turn({"a": lambda: ran.append("a"), "b": lambda: ran.append("b")}, turns=2, warm_up=1)
    assert ran == ["a", "b"] * 3
    assert [len(times) for times in seen.values()] == [2, 2]


def test_a_measured_process_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="no such door"):
        child_seconds(["/bin/sh", "-c", "echo no such door; exit 3"], {}, tmp_path)


@pytest.mark.parametrize("step", STEPS)
def test_a_function_gets_the_variables_of_the_template_and_starts_as_on_lambda(step: str) -> None:
    found = function_environment(step)
    assert found["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert found["POWERTOOLS_SERVICE_NAME"] == "cliprelay"
    assert found["PYTHONPATH"].startswith(f"{ROOT}/functions/{step}:")
    assert "AWS_ENDPOINT_URL" not in found
    assert {name for name, value in found.items() if "{" in value} == set()


def test_every_function_has_a_first_request() -> None:
    assert {name.partition(",")[0] for name in cold.first_requests()} == set(STEPS)


def test_a_cold_start_is_measured_over_its_anchor() -> None:
    (row,) = cold.measure(turns=1, only=("poll",))
    assert (row.kind, row.goal) == ("ratio", cold.STEP_GOAL)
    assert row.ours > 0


def test_a_warm_request_is_measured_over_the_calls_that_it_makes() -> None:
    seen = warm.seconds(1, (warm.SMALL, warm.HEALTH))
    assert list(seen) == [warm.SMALL, f"{warm.SMALL}: its calls", f"{warm.SMALL}: the least", warm.HEALTH]


def test_the_largest_inline_image_is_nearly_four_megabytes() -> None:
    body = warm.requests()[warm.LARGE]["event"]["body"]
    assert 3_900_000 < len(body) < 4_100_000


def test_a_list_is_read_until_its_one_match_is_seen() -> None:
    found = lists.filtered(40)
    assert (found.requests, found.empty) == (1, 0)
    assert found.calls["DynamoDB Query"] >= 1


def test_capacity_follows_from_units_and_the_number_of_keys() -> None:
    seen = capacity.spread(8)
    assert seen.keys["by_due"]["acme"]
    found = capacity.partitions(walked(MINUTE_LONG), seen)
    assert 0 < found["tenant"] <= 1_000
    twice = capacity.Spread(seen.keys, {*seen.checked, "another"})
    assert capacity.claims(twice)["claims"] > capacity.claims(seen)["claims"] > 0


def test_the_optimum_asks_once_if_all_durations_are_alike_and_beats_every_fixed_interval() -> None:
    assert distributions.optimal([30.0] * 10, price=1) == [30.0]
    durations = sorted(Random(1).uniform(20, 40) for _ in range(500))  # noqa: S311
    best = distributions.judge(distributions.optimal(durations, price=1.0, points=40), durations)
    for seconds in (2, 5, 10):
        fixed = distributions.judge([seconds * number for number in range(1, 25)], durations)
        assert best.late + best.polls < fixed.late + fixed.polls


def test_lateness_between_two_points_of_the_curve_lies_between_them() -> None:
    points = [distributions.Judged(1, 16), distributions.Judged(4, 4)]
    assert distributions.lateness_at(points, 2) == pytest.approx(8)
    assert distributions.lateness_at(points, 9) == 4


@pytest.mark.parametrize("tier", PACES)
def test_our_schedule_asks_until_the_longest_video_has_ended(tier: str) -> None:
    times = policies.times_of(tier, 3_600)
    assert times == sorted(set(times))
    assert times[-2] < 3_600 <= times[-1]


def test_what_is_learned_is_judged_as_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "LEARNED", 0)
    monkeypatch.setattr(policies, "curve", lambda *_: [distributions.Judged(1, 100), distributions.Judged(100, 1)])
    for distribution in distributions.DISTRIBUTIONS:
        learned, fixed = (each(distribution, 200, 7) for each in (policies.learned_policy, policies.fixed_policy))
        same = pytest.approx((fixed.judged.polls, fixed.judged.late, fixed.ratio))
        assert (learned.judged.polls, learned.judged.late, learned.ratio) == same


def test_a_picture_shows_panels_side_by_side(tmp_path: Path) -> None:
    panel = chart.Panel("any", [(1, 10), (10, 1)], [chart.Point("ours", 5, 3, "ours"), chart.Point("2 s", 9, 2, "other")])
    chart.draw([panel] * 4, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (chart.COLUMNS * chart.WIDTH, 2 * chart.HEIGHT)


def test_a_part_runs_in_a_process_of_its_own_also_for_another_checkout() -> None:
    with another(ROOT) as other:
        assert (other.overlay / "tests/bench/part.py").exists() if other.overlay else False
        for checkout in (HERE, other):
            with pytest.raises(PartFailed, match="invalid choice: 'nothing'"):
                checkout.rows("nothing")
