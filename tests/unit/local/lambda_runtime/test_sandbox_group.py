"""Who gets a sandbox, when another one is started, and which one ends: without processes."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from local.lambda_runtime.sandbox_group import IDLE_SECONDS, PATIENCE_SECONDS, PROTECTED_SECONDS, GroupClosed, SandboxGroup, Waiter
from tests.support.pool_runner import wait_for


class FakeSandbox:
    """A sandbox without a process."""

    def __init__(self, function: Any) -> None:
        self.function, self.has_ended = function, False

    def is_alive(self) -> bool:
        return not self.has_ended

    def end(self) -> None:
        self.has_ended = True


def test_a_busy_function_replaces_only_a_sandbox_that_has_been_idle_for_a_while() -> None:
    one, other = SimpleNamespace(name="one"), SimpleNamespace(name="other")
    now, begun = [0.0], list[Any]()

    def start(function: Any) -> Any:
        begun.append(FakeSandbox(function))
        return begun[-1]

    group: Any = SandboxGroup([one, other], 2, start, lambda: now[0])  # type: ignore[list-item]
    for function in (one, other):
        group.release(group.acquire(function))
    with group._lock:
        held = group._take_idle(one)
        assert not group._has_room(one, 0)  # it already has one, and the other was just in use
        now[0] += PROTECTED_SECONDS
        assert group._has_room(one, 0)
    assert [sandbox.has_ended for sandbox in begun] == [False, True]
    group.release(held)


def test_a_function_without_a_sandbox_replaces_another_at_once() -> None:
    one, other = SimpleNamespace(name="one"), SimpleNamespace(name="other")
    group: Any = SandboxGroup([one, other], 1, FakeSandbox, lambda: 0.0)  # type: ignore[arg-type, list-item]
    group.release(group.acquire(one))
    assert group.acquire(other).function is other


def test_a_sandbox_is_idle_for_a_while_before_it_ends_and_the_last_of_its_function_stays() -> None:
    one, now = SimpleNamespace(name="one"), [0.0]
    group: Any = SandboxGroup([one], 3, FakeSandbox, lambda: now[0])  # type: ignore[arg-type, list-item]
    held = [group.acquire(one)]
    now[0] += PATIENCE_SECONDS
    waiting = threading.Thread(target=lambda: held.append(group.acquire(one)))
    waiting.start()
    wait_for(lambda: group._waiting["one"] or len(held) == 2)
    now[0] += PATIENCE_SECONDS
    waiting.join()
    for sandbox in held:
        group.release(sandbox)
    group.end_unneeded()
    assert [sandbox.has_ended for sandbox in held] == [False, False]
    now[0] += IDLE_SECONDS
    group.end_unneeded()
    assert sorted(sandbox.has_ended for sandbox in held) == [False, True]
    assert not group.acquire(one).has_ended


def test_the_more_sandboxes_a_function_has_the_longer_it_waits_for_one_of_them() -> None:
    one, now = SimpleNamespace(name="one"), [0.0]
    group: Any = SandboxGroup([one], 8, FakeSandbox, lambda: now[0])  # type: ignore[arg-type, list-item]
    waits = []
    for _ in range(7):
        waiting = Waiter(now[0])
        while not group._is_urgent(one, waiting):
            now[0] += 0.25
        waits.append(now[0] - waiting.since)
        group._alive.add(FakeSandbox(one))
    assert waits == [0, 0.25, 0.5, 0.75, 1, 1, 1]


def test_a_function_that_is_always_busy_leaves_a_place_to_another() -> None:
    one, other = SimpleNamespace(name="one"), SimpleNamespace(name="other")
    group: Any = SandboxGroup([one, other], 1, FakeSandbox, lambda: 0.0)  # type: ignore[arg-type, list-item]
    held, results = group.acquire(one), list[Any]()
    threads = [threading.Thread(target=lambda each=each: results.append(group.acquire(each))) for each in (one, other)]  # type: ignore[misc]
    for thread in threads:
        thread.start()
    wait_for(lambda: group._waiting["one"] and group._waiting["other"])
    group.release(held)
    wait_for(lambda: results)
    assert (results[0].function, held.has_ended) == (other, True)
    group.release(results[0])
    for thread in threads:
        thread.join()


def test_a_closed_group_refuses_those_who_wait() -> None:
    one, refused = SimpleNamespace(name="one"), list[bool]()
    group: Any = SandboxGroup([one], 1, FakeSandbox, lambda: 0.0)  # type: ignore[arg-type, list-item]
    group.acquire(one)

    def acquire() -> None:
        with pytest.raises(GroupClosed):
            group.acquire(one)
        refused.append(True)

    waiting = threading.Thread(target=acquire)
    waiting.start()
    wait_for(lambda: group._waiting["one"])
    group.close()
    waiting.join()
    assert refused == [True]
