"""`python -m local simulator`: its options, output and shutdown."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.simulator.command import _parser, main
from local.simulator.contract.options import Options
from tests.support.paths import ROOT


@contextmanager
def running(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "local.simulator", *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize(("end", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_it_prints_its_address_first_and_stops_cleanly_on_a_signal(end: signal.Signals, status: int) -> None:
    with running("--key", "k", "--cheap") as (process, url):
        with urllib.request.urlopen(f"{url}/_ledger", timeout=10) as answer:  # noqa: S310 - our own address
            assert json.load(answer)["entries"] == []
        process.send_signal(end)
        out, err = process.communicate(timeout=10)
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
