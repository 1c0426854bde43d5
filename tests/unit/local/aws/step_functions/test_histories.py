"""Histories of the last ended executions."""

from datetime import UTC, datetime

from local.aws.step_functions.histories import Histories


def test_a_history_is_returned_as_it_was() -> None:
    histories = Histories()
    events = [{"id": 1, "type": "ExecutionStarted", "details": {"truncated": False, "input": "{}"}}, {"id": 2}]
    histories.keep("arn", events)
    assert histories.get("arn") == events


def test_only_the_last_histories_are_kept() -> None:
    histories = Histories(most=2)
    for name in "abc":
        histories.keep(name, [{"id": name}])
    assert [histories.get(name) for name in "abc"] == [None, [{"id": "b"}], [{"id": "c"}]]


def test_a_value_that_json_does_not_know_is_kept_as_text() -> None:
    histories = Histories()
    histories.keep("arn", [{"at": datetime(2026, 11, 26, tzinfo=UTC)}])
    assert histories.get("arn") == [{"at": "2026-11-26 00:00:00+00:00"}]


def test_a_history_takes_little_memory() -> None:
    histories = Histories()
    histories.keep("arn", [{"id": number, "type": "TaskStateEntered", "input": '{"video_id": "vid_1"}'} for number in range(100)])
    assert len(histories._compressed["arn"]) < 1_000
