"""A command writes to a terminal of its own, and everything is noted with its time."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.pictures.capture import capture


def test_a_command_finds_a_terminal_of_the_size_and_its_output_is_noted(tmp_path: Path) -> None:
    program = "import os,sys; print(sys.stdout.isatty(), *os.get_terminal_size(), os.getcwd(), 'é…')"
    written = capture([sys.executable, "-c", program], tmp_path, 40, 12)
    assert "".join(each.text for each in written) == f"True 40 12 {tmp_path} é…\r\n"
    assert [each.seconds for each in written] == sorted(each.seconds for each in written)


def test_what_is_written_in_pieces_is_whole_even_where_a_letter_is_cut(tmp_path: Path) -> None:
    program = "import os; [os.write(1, piece) for piece in (b'caf', b'\\xc3', b'\\xa9 1', b'\\r2\\n')]"
    written = capture([sys.executable, "-c", program], tmp_path, 80, 24)
    assert "".join(each.text for each in written) == "café 1\r2\r\n"


def test_a_command_that_fails_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failure:
        capture([sys.executable, "-c", "print('half'); raise SystemExit(3)"], tmp_path, 80, 24)
    assert (failure.value.returncode, failure.value.output) == (3, "half\r\n")
