"""The ceilings that docs/scale.md states are those that the counts give."""

from tests.bench.partitions import PAGE, main, page, paid, rows, with_table
from tests.support.memory_aws.session import table_of
from tests.support.world import template_resources


def test_no_index_is_full_before_a_thousand_videos_a_second_of_one_tenant() -> None:
    assert {row.index for row in rows()} == {"by_due", "by_owner", "by_status"}
    assert [row for row in rows() if row.rate < 1_000] == []


def test_the_page_has_the_present_counts() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_table(text) == text, "run `python -m tests.bench.partitions --write`"


def test_the_command_prints_the_same_table() -> None:
    printed: list[str] = []
    assert main([], printed.append) == 0
    assert printed == [page() + "\n"]


def test_a_changed_key_is_paid_in_both_partitions_and_an_unchanged_entry_in_none() -> None:
    index = table_of(template_resources()["VideosTable"], "any", lambda: 0.0).indexes["by_status"]
    queued = {"id": {"S": "vid_1"}, "listing": {"S": "acme#queued#3"}, "model": {"S": "any"}}
    running = queued | {"listing": {"S": "acme#running#3"}}
    assert list(paid(index, ("id",), queued, running)) == [("acme#queued", 1), ("acme#running", 1)]
    assert list(paid(index, ("id",), queued, queued | {"model": {"S": "other"}})) == []
    assert list(paid(index, ("id",), None, queued)) == [("acme#queued", 1)]
