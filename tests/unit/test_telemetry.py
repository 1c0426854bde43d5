"""Whatever a library says inside a function becomes one JSON line, without the contents that it may quote."""

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from tests.support.paths import ROOT

SIGNED = "https://bucket.example.com/video.mp4?X-Amz-Signature=secret"
NOISE = f"""
    import logging, sys, threading, types, warnings
    from cliprelay import telemetry

    def fail(*_): raise ValueError("{SIGNED}")

    class Broken:
        def __del__(self): fail()

    telemetry.log_as("poll", {{"video_id": "vid_1", "run": 2}}, types.SimpleNamespace(aws_request_id="request-1"))
    logging.getLogger("cliprelay.poll").warning("ours", extra={{"code": "any"}})
    try:
        fail()
    except ValueError:
        logging.getLogger("urllib3.connectionpool").warning("Failed to parse headers (url=%s)", "{SIGNED}", exc_info=True)
        logging.getLogger("cliprelay.poll").exception("ours")
    logging.getLogger("http.cookiejar").error("two\\nlines: {SIGNED}")
    logging.getLogger("botocore").info("too quiet to be logged")
    warnings.warn("a bug!\\nTraceback: {SIGNED}", stacklevel=1)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    broken = Broken()
    del broken
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Return the lines of a process in which libraries are noisy, on both of its outputs."""
    command = [sys.executable, "-c", textwrap.dedent(NOISE)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)  # noqa: S603
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_message_is_one_json_line_with_the_step_and_the_video(lines: list[dict[str, Any]]) -> None:
    assert [line["message"] for line in lines] == [
        "ours",
        "message of a library",
        "ours",
        "message of a library",
        "warning of a library",
        "stray exception",
        "stray exception",
    ]
    assert {(line["step"], line["video_id"], line["function_request_id"]) for line in lines} == {("poll", "vid_1", "request-1")}


def test_a_librarys_message_shows_its_origin_and_kind_without_its_text(lines: list[dict[str, Any]]) -> None:
    _, headers, _, cookies, warning, *strays = lines
    assert (headers["library"], headers["level"], headers["error"]) == ("urllib3.connectionpool", "WARNING", "ValueError")
    assert (cookies["library"], cookies["level"]) == ("http.cookiejar", "ERROR")
    assert warning["code"] == "UserWarning"
    assert [stray["code"] for stray in strays] == ["ValueError", "ValueError"]
    assert all(line["place"].startswith("<string>:") for line in (headers, cookies, warning))
    assert "X-Amz-Signature" not in json.dumps([headers, cookies, warning, *strays])
