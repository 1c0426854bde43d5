"""On Lambda, the parts are built during INIT; an error there is left to the invocation."""

import gc
import logging
from collections.abc import Iterator

import pytest

from cliprelay.aws.init_phase import end_of_init

ON_LAMBDA = {"AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_FUNCTION_NAME": "poll"}
IN_LOCAL_SANDBOX = {"AWS_LAMBDA_FUNCTION_NAME": "poll"}


@pytest.fixture(autouse=True)
def garbage() -> Iterator[None]:
    """Leave the search for garbage as it was."""
    yield
    gc.enable()


def _end(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *failures: Exception) -> list[str]:
    """End INIT with a builder that works after those that fail; return what was built and whether the process was frozen."""
    for name in ON_LAMBDA:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done: list[str] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("frozen"))

    def fail(failure: Exception) -> None:
        raise failure

    gc.disable()
    end_of_init(*(lambda failure=each: fail(failure) for each in failures), lambda: done.append("built"))
    assert gc.isenabled()
    return done


def test_lambda_builds_during_init_and_keeps_what_was_built_out_of_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _end(monkeypatch, ON_LAMBDA) == ["built", "frozen"]


def test_a_local_sandbox_builds_on_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _end(monkeypatch, IN_LOCAL_SANDBOX) == ["frozen"]


def test_a_test_that_imports_a_handler_builds_and_freezes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _end(monkeypatch, {}) == []


def test_an_error_while_building_is_logged_by_its_type_and_left_to_the_invocation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records: list[logging.LogRecord] = []
    monkeypatch.setattr(logging.getLogger("cliprelay"), "handle", records.append)
    assert _end(monkeypatch, ON_LAMBDA, KeyError("a secret")) == ["frozen"]
    (said,) = records
    assert (said.getMessage(), vars(said)["error_type"]) == ("not built in advance", "KeyError")
    assert "a secret" not in repr(vars(said))
