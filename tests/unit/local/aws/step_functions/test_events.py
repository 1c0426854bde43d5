"""The event about the end of an execution; what EventBridge does with it is tested there."""

from datetime import UTC, datetime

from local.aws.step_functions.events import status_change
from local.aws.step_functions.store import StoredExecution


def test_the_event_describes_the_execution_as_step_functions_does() -> None:
    begun, ended = datetime(2026, 11, 26, 12, 0, 0, 250_000, tzinfo=UTC), datetime(2026, 11, 26, 12, 1, tzinfo=UTC)
    event = status_change(StoredExecution("arn:e", "arn:m", "one", '{"a": 1}', begun, "FAILED", ended, None, "Error", "a cause"))
    assert (event["source"], event["resources"]) == ("aws.states", ["arn:e"])
    assert event["detail"] == {
        "executionArn": "arn:e",
        "stateMachineArn": "arn:m",
        "name": "one",
        "status": "FAILED",
        "startDate": 1_795_694_400_250,
        "stopDate": 1_795_694_460_000,
        "input": '{"a": 1}',
        "output": None,
        "error": "Error",
        "cause": "a cause",
    }
