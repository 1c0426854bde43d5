"""`python -m local simulator`: its options, output, storage and shutdown."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from local.simulator.command import _parser, main
from local.simulator.contract.options import Options
from local.simulator.routes.router import CREATE, POLL
from tests.support.paths import ROOT
from tests.support.simulator_client import any_order


@contextmanager
def running(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "local.simulator", *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate()


@pytest.mark.parametrize(("end", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_prints_its_address_first_and_stops_cleanly_on_a_signal(end: signal.Signals, status: int) -> None:
    with running("--key", "k", "--cheap") as (process, url):
        with urllib.request.urlopen(f"{url}/_ledger") as answer:  # noqa: S310 - our own address
            assert json.load(answer)["entries"] == []
        process.send_signal(end)
        out, err = process.communicate()
    assert process.returncode == status
    assert out.splitlines()[-1] == "simulator stopped; 0 tasks were accepted"
    assert err == ""


def test_every_option_is_a_flag_with_the_same_default() -> None:
    parsed = vars(_parser().parse_args([]))
    defaults = vars(Options())
    assert {name: parsed[name] for name in defaults} == defaults


def test_flags_reach_the_options_in_their_types() -> None:
    flags = "--time-scale 0.5 --cheap --seed 7 --run 3 --rate-limit 0 --no-retry-after --auth B --balance 1.5"
    parsed = vars(_parser().parse_args(flags.split()))
    names = ("time_scale", "cheap", "seed", "run", "rate_limit", "retry_after", "auth", "balance")
    assert [parsed[name] for name in names] == [0.5, True, 7, 3.0, 0, False, "B", 1.5]


def test_a_port_in_use_is_a_one_line_error(capsys: pytest.CaptureFixture[str]) -> None:
    with running() as (_, url):
        assert main(["--port", url.rpartition(":")[2]]) == 2
    assert "in use" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--time-scale", "0"], ["--time-scale", "-1"]])
def test_a_scale_that_is_not_positive_is_rejected(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(flags) == 2
    assert "time_scale" in capsys.readouterr().err


def ask(url: str, body: object = None) -> Any:
    headers = {"Authorization": "Bearer simulator-key", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:  # noqa: S310 - our own address
        return json.load(answer)


class Customers:
    """Four threads that order videos until the simulator is gone."""

    def __init__(self, url: str, process: "subprocess.Popen[str]", kill_after: int) -> None:
        self.answered: list[str] = []
        self._url, self._process, self._kill_after = url, process, kill_after
        self._threads = [Thread(target=self._order) for _ in range(4)]

    def order_until_it_is_killed(self) -> None:
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()

    def _order(self) -> None:
        try:
            while True:
                self.answered.append(ask(self._url + CREATE, any_order())["id"])
                if len(self.answered) >= self._kill_after:
                    self._process.kill()
        except (OSError, HTTPException, ValueError):  # the connection is refused, or the answer was cut
            return


FAST = ("--cheap", "--rate-limit", "0")


def test_every_answered_create_is_in_the_ledger_after_kill_9_and_nothing_twice(tmp_path: Path) -> None:
    with running("--state-dir", str(tmp_path), *FAST) as (process, url):
        customers = Customers(url, process, kill_after=100)
        customers.order_until_it_is_killed()
    with running("--state-dir", str(tmp_path), *FAST) as (_, again):
        assert again == url
        ledger = ask(f"{url}/_ledger")
        ids = [entry["task_id"] for entry in ledger["entries"]]
        assert set(customers.answered) <= set(ids)
        assert len(ids) == len(set(ids)) <= ledger["posts"] <= len(customers.answered) + 4  # one of each customer was not answered
        assert {ask(f"{url}{POLL}?task_id={task_id}")["task"]["task_id"] for task_id in ids} == set(ids)


def test_a_folder_in_use_is_a_one_line_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running("--state-dir", str(tmp_path)):
        assert main(["--state-dir", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"the state folder {tmp_path} belongs to a running service" in line


def test_a_file_that_is_no_database_is_a_one_line_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.sqlite").write_text("a diary")
    assert main(["--state-dir", str(tmp_path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nothing was changed" in line
    assert (tmp_path / "state.sqlite").read_text() == "a diary"


def test_it_says_whether_it_keeps_anything(tmp_path: Path) -> None:
    for flags, said in (([], "in memory"), (["--state-dir", str(tmp_path)], f"0 tasks so far, stored in {tmp_path}")):
        with running(*flags) as (process, _):
            assert process.stdout is not None
            assert said in [process.stdout.readline() for _ in range(2)][1]
