"""The warnings of libraries go to a file, one JSON object each, and a full disk makes no noise."""

import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest

from local.serve.service_log import log_to


def test_a_warning_is_one_json_line_with_its_traceback(tmp_path: Path) -> None:
    undo = log_to(tmp_path / "service.log")
    try:
        raise KeyError("any")
    except KeyError:
        logging.getLogger("library").warning("it failed", exc_info=True)
    undo()
    lines = map(json.loads, (tmp_path / "service.log").read_text().splitlines())
    (line,) = (line for line in lines if line["logger"] == "library")  # threads of other tests may still warn of something
    assert (line["level"], line["message"]) == ("WARNING", "it failed")
    assert "KeyError" in line["exception"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_loses_the_line_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    undo = log_to(Path("/dev/full"))
    logging.getLogger("library").warning("it failed")
    with suppress(OSError):  # of the line that is still buffered
        undo()
    assert capsys.readouterr().err == ""
