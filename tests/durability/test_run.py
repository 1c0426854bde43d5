"""The check of the local service's durability: a short slice of it, and its judgement."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.durability.__main__ import check_kills, main
from tests.durability.facts import Facts
from tests.durability.processes import descendants
from tests.durability.run import Findings, paid_twice


def test_a_killed_service_forgets_nothing_pays_once_and_tells_every_end(tmp_path: Path) -> None:
    findings = check_kills(tmp_path / "kills", 2, videos=3, seed=3, time_scale=0.02, say=lambda line: None)
    assert findings.wrong == []
    assert findings.ended["succeeded"] >= 3


def entries(*bodies: str) -> list[dict[str, Any]]:
    return [{"body_sha256": body} for body in bodies]


def videos(*statuses: str) -> dict[str, dict[str, Any]]:
    return {f"vid_{number}": {"status": status} for number, status in enumerate(statuses)}


@pytest.mark.parametrize(
    ("ledger", "known", "wrong"),
    [
        (entries("a", "b"), videos("succeeded", "succeeded"), []),
        (entries("a", "b"), videos("succeeded", "unconfirmed"), []),
        (entries("a"), videos("succeeded", "unconfirmed"), []),
        (entries("a", "a"), videos("succeeded", "unconfirmed"), ["paid 2 times: the order with the body a"]),
        (entries("a", "b"), videos("succeeded"), ["2 payments for 1 films and 0 unconfirmed videos"]),
        (entries("a"), videos("succeeded", "succeeded"), ["1 payments for 2 films and 0 unconfirmed videos"]),
    ],
)
def test_every_payment_belongs_to_one_film_or_to_a_video_in_doubt(
    ledger: list[dict[str, Any]], known: dict[str, dict[str, Any]], wrong: list[str]
) -> None:
    assert paid_twice(ledger, known) == wrong


def test_all_that_a_process_has_started_is_killed_with_it() -> None:
    sleeping = "import time; print(1, flush=True); time.sleep(600)"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleeping!r}])"
    with subprocess.Popen([sys.executable, "-c", nested], stdout=subprocess.PIPE, start_new_session=True) as process:  # noqa: S603 - ours
        assert process.stdout
        process.stdout.readline()
        found = descendants(process.pid)
        for pid in [*found, process.pid]:
            os.kill(pid, 9)
    assert len(found) == 1


@pytest.mark.parametrize(("wrong", "status"), [([], 0), (["lost"], 1)])
def test_whatever_is_wrong_fails_the_check(
    wrong: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(*given: object, **named: object) -> Findings:
        return Findings(wrong=wrong, ended=Counter(succeeded=1234), paid=1234)

    monkeypatch.setattr("tests.durability.__main__.check_kills", found)
    assert main(["--full", "0"]) == status
    assert "1234 videos (1,234 succeeded), 1234 payments" in capsys.readouterr().out


def test_a_kind_of_change_that_is_never_answered_is_wrong() -> None:
    facts = Facts(SimpleNamespace(ready={}), SimpleNamespace(webhook="", send=lambda *given, **named: None, videos=dict))  # type: ignore[arg-type]
    for _ in range(8 * 10):
        assert not facts.change()
    assert len(facts.wrong()) == 8
