"""A task that was stored is the task that was accepted, but for its prompt."""

import json
from dataclasses import replace
from math import inf
from typing import Any

import pytest

from local.simulator.contract.image_header import Header
from local.simulator.contract.images import Picture
from local.simulator.contract.options import Options
from local.simulator.contract.validation import read_order
from local.simulator.faults.directives import Directives, read_words
from local.simulator.tasks.serialized import COLUMNS, from_json, to_json
from local.simulator.tasks.task import Plan, Status, Task
from tests.support.simulator_client import any_order


def any_task(words: str = "", plan: Plan | None = None, **pictures: Any) -> Task:
    order = replace(read_order(json.dumps(any_order()).encode(), Options()), **pictures)
    return Task("t-1", 1000.5, 0.1, order, plan or Plan(2.5, 40.1), read_words(words, "any"), seed=2**40, body_sha256="ab", cheap=True)


def stored(task: Task) -> Task:
    return from_json(to_json(task), **{name: getattr(task, name) for name in COLUMNS})


@pytest.mark.parametrize(
    "task",
    [
        any_task(),
        any_task("poll=404:3 poll=500-after-end:2s poll=lower-case video=cut:1000 create=503 run=3 ttl=9"),
        any_task(plan=Plan(0, inf)),
        any_task(plan=Plan(1, 2, Status.FAILED, "out of luck", error_500=True)),
        any_task(image=Picture(file="picture-1", header=Header("png", 640, 360)), last_image=Picture(url="https://a.test/\ud800")),
        any_task(image=None),
    ],
    ids=["plain", "faults", "never", "failed", "pictures", "text"],
)
def test_a_task_is_the_same_after_it_was_stored(task: Task) -> None:
    assert stored(task) == replace(task, order=replace(task.order, prompt=""))


def test_a_prompt_is_not_stored() -> None:
    assert "lighthouse" not in to_json(any_task())


def test_an_empty_task_has_no_faults() -> None:
    assert stored(any_task()).faults == Directives()
