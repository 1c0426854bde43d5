"""What the demo prints into a file: one line per status, names and values, and quoted text set off."""

import pytest

from local.demo.output import ProgressBar, print_fact, print_heading, print_quote


def test_a_status_is_one_line_however_often_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    progress = ProgressBar()
    for status, percent in (("queued", 0), ("running", 50), ("running", 60), ("succeeded", 100)):
        progress.show(status, percent)
    progress.end()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines] == ["queued", "running", "succeeded"]
    assert [line.count("#") for line in lines] == [0, 15, 30]
    assert lines[-1].endswith("100 %")


def test_headings_facts_and_quotes_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    print_heading("Order")
    print_fact("Video", "vid_1")
    print_quote("Hello\nthere\n")
    assert capsys.readouterr().out == "\n== Order\n  Video      vid_1\n  | Hello\n  | there\n"
