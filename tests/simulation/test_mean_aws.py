"""What AWS may do although nothing is broken, each with the code, message and status of its documentation, as botocore ships it."""

import re
from functools import cache
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from tests.simulation.faults.mean_aws import EVENT_DELAY, LATE_EVENT_DELAY, Meanness, draw_meanness, event_delay, make_mean
from tests.simulation.runtime import deployment
from tests.support.memory_aws.contention import Contention
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.messaging import MemorySecrets, MemorySns
from tests.support.memory_aws.s3 import MemoryS3
from tests.support.memory_aws.session import MemoryAws, session_over, table_of
from tests.support.memory_aws.step_functions import MemoryStepFunctions
from tests.support.memory_aws.throttling import TokenBucket
from tests.support.world import template_resources

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:videos"


@cache
def _session() -> Any:
    return session_over(lambda *request: _present[-1].answer(*request))


@cache
def _client(service: str) -> Any:
    return _session().client(service)


_present: list[MemoryAws] = []


class Account:
    """AWS in memory on a clock that the test moves; nothing is mean until the test says so."""

    def __init__(self) -> None:
        self.time = 1_000.0
        tables = {name: table_of(template_resources()[f"{name.title()}Table"], name, self.now) for name in ("videos", "webhooks")}
        self.dynamodb, self.s3 = MemoryDynamoDB(tables, Contention(self.now)), MemoryS3("bucket", now=self.now)
        self.contention, self.machine = self.dynamodb.contention, MemoryStepFunctions(MACHINE, self.now)
        _present.append(MemoryAws(self.dynamodb, self.s3, self.machine, MemorySns(), MemorySecrets()))

    def now(self) -> float:
        return self.time


@pytest.fixture(name="aws")
def any_account(monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # of botocore, between its own attempts
    return Account()


def _refusal(service: str, operation: str, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        getattr(_client(service), operation)(**parameters)
    return caught.value


def _said(refusal: ClientError) -> tuple[int, str]:
    return refusal.response["ResponseMetadata"]["HTTPStatusCode"], refusal.response["Error"]["Code"]


@cache
def _documentation(service: str, shape: str, member: str | None = None) -> str:
    described = Loader().load_service_model(service, "service-2")["shapes"][shape]
    text = described["members"][member]["documentation"] if member else described["documentation"]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def _transaction(*keys: str, kind: str = "Put") -> list[dict[str, Any]]:
    if kind == "Put":
        return [{"Put": {"TableName": "videos", "Item": {"id": {"S": key}}}} for key in keys]
    check = {"TableName": "videos", "ConditionExpression": "attribute_not_exists(nothing)"}
    return [{"ConditionCheck": {**check, "Key": {"id": {"S": key}}}} for key in keys]


def _transact(*parts: dict[str, Any], **more: Any) -> None:
    _client("dynamodb").transact_write_items(TransactItems=list(parts), **more)


WRITES: dict[str, dict[str, Any]] = {
    "put_item": {"Item": {"id": {"S": "a"}}},
    "update_item": {"Key": {"id": {"S": "a"}}, "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}},
    "delete_item": {"Key": {"id": {"S": "a"}}},
}


@pytest.mark.parametrize("operation", WRITES)
@pytest.mark.parametrize("kind", ["Put", "ConditionCheck"])
def test_a_write_to_an_item_of_an_ongoing_transaction_conflicts(aws: Account, operation: str, kind: str) -> None:
    aws.contention.duration = lambda: 0.02
    _transact(*_transaction("a", "b", kind=kind))
    refusal = _refusal("dynamodb", operation, TableName="videos", **WRITES[operation])
    assert _said(refusal) == (400, "TransactionConflictException")
    assert _documentation("dynamodb", "TransactionConflictException") == (
        "Operation was rejected because there is an ongoing transaction for the item."
    )
    aws.time += 0.02
    getattr(_client("dynamodb"), operation)(TableName="videos", **WRITES[operation])


@pytest.mark.parametrize("first", ["Put", "ConditionCheck"])
@pytest.mark.parametrize("second", ["Put", "ConditionCheck"])
def test_two_transactions_conflict_while_they_share_an_item(aws: Account, first: str, second: str) -> None:
    aws.contention.duration = lambda: 0.02
    _transact(*_transaction("a", "b", kind=first))
    refusal = _refusal("dynamodb", "transact_write_items", TransactItems=_transaction("c", "b", kind=second))
    assert _said(refusal) == (400, "TransactionCanceledException")
    assert [reason["Code"] for reason in refusal.response["CancellationReasons"]] == ["None", "TransactionConflict"]
    message = refusal.response["CancellationReasons"][1]["Message"]
    assert f"Code: TransactionConflict Message: {message}" in _documentation("dynamodb", "TransactionCanceledException")
    aws.time += 0.02
    _transact(*_transaction("c", "b", kind=second))


def test_reads_and_other_items_are_free_during_a_transaction(aws: Account) -> None:
    aws.contention.duration = lambda: 0.02
    _transact(*_transaction("a"))
    assert "Item" in _client("dynamodb").get_item(TableName="videos", Key={"id": {"S": "a"}})
    _client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "b"}})
    _client("dynamodb").put_item(TableName="webhooks", Item={"id": {"S": "a"}})


def test_a_transaction_that_is_sent_again_while_it_is_ongoing_is_in_progress(aws: Account) -> None:
    aws.contention.duration = lambda: 0.02
    token = {"ClientRequestToken": "once"}
    _transact(*_transaction("a"), **token)
    refusal = _refusal("dynamodb", "transact_write_items", TransactItems=_transaction("a"), **token)
    assert _said(refusal) == (400, "TransactionInProgressException")
    assert refusal.response["Error"]["Message"] in _documentation("dynamodb", "TransactionInProgressException")
    aws.time += 0.02
    _transact(*_transaction("a"), **token)


def test_a_hot_item_is_throttled_until_a_second_has_passed(aws: Account) -> None:
    aws.contention.rate = 2.0
    for _ in range(2):
        _transact(*_transaction("a"))
    refusal = _refusal("dynamodb", "put_item", TableName="videos", Item={"id": {"S": "a"}})
    assert _said(refusal) == (400, "ThrottlingException")
    refusal = _refusal("dynamodb", "transact_write_items", TransactItems=_transaction("b", "a"))
    reason = refusal.response["CancellationReasons"][1]
    assert reason["Code"] == "ThrottlingError"
    assert reason["Message"].partition(" If exceptions")[0] in _documentation("dynamodb", "TransactionCanceledException")
    aws.time += 1
    _transact(*_transaction("b", "a"))


def _seen(*, consistent: bool) -> str | None:
    item = _client("dynamodb").get_item(TableName="videos", Key={"id": {"S": "a"}}, ConsistentRead=consistent).get("Item")
    return item["n"]["N"] if item else None


def test_a_read_that_is_not_consistent_misses_the_last_moment(aws: Account) -> None:
    aws.dynamodb.tables["videos"].read_lag = lambda: 0.8
    for number in ("1", "2"):
        _client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "a"}, "n": {"N": number}})
        aws.time += 0.5
    assert (_seen(consistent=False), _seen(consistent=True)) == ("1", "2")
    aws.time += 0.5
    assert _seen(consistent=False) == "2"


def test_an_index_shows_items_as_they_were(aws: Account) -> None:
    aws.dynamodb.tables["videos"].lag = lambda: 3.0
    query = {
        "TableName": "videos",
        "IndexName": "by_due",
        "KeyConditionExpression": "due = :queue",
        "ExpressionAttributeValues": {":queue": {"S": "due"}},
    }

    def shown() -> list[str]:
        return [item["due_at"]["N"] for item in _client("dynamodb").query(**query)["Items"]]

    seen = []
    for number in ("1", "2", "3"):
        _client("dynamodb").put_item(TableName="videos", Item={"id": {"S": "a"}, "due": {"S": "due"}, "due_at": {"N": number}})
        aws.time += 2
        seen.append(shown())
    assert seen == [[], ["1"], ["2"]]
    _client("dynamodb").delete_item(TableName="videos", Key={"id": {"S": "a"}})
    assert shown() == ["2"]
    aws.time += 3
    assert shown() == []


@pytest.mark.parametrize(("may_list", "status", "code"), [(True, 404, "NoSuchKey"), (False, 403, "AccessDenied")])
def test_a_missing_object_is_forbidden_to_those_who_may_not_list(aws: Account, may_list: bool, status: int, code: str) -> None:
    aws.s3.may_list = lambda: may_list
    assert _said(_refusal("s3", "get_object", Bucket="bucket", Key="none")) == (status, code)
    assert _said(_refusal("s3", "head_object", Bucket="bucket", Key="none")) == (status, str(status))
    copy = {"Bucket": "bucket", "Key": "copy", "CopySource": {"Bucket": "bucket", "Key": "none"}}
    assert _said(_refusal("s3", "copy_object", **copy)) == (status, code)


def test_the_roles_of_the_template_say_who_may_list() -> None:
    assert {step for step in deployment.STEPS if deployment.may_list(step)} == {"api", "archive"}


def test_a_conditional_upload_conflicts_with_one_that_is_under_way(aws: Account) -> None:
    aws.s3.upload_time = lambda: 2.0
    put = {"Bucket": "bucket", "Key": "video", "Body": b"video", "IfNoneMatch": "*"}
    _client("s3").put_object(**put)
    conflict = _said(_refusal("s3", "put_object", **put))
    aws.time += 2
    taken = _said(_refusal("s3", "put_object", **put))
    assert (conflict, taken) == ((409, "ConditionalRequestConflict"), (412, "PreconditionFailed"))
    documented = _documentation("s3", "PutObjectRequest", "IfNoneMatch")
    assert "412 Precondition Failed" in documented
    assert "409 ConditionalRequestConflict" in documented


def test_step_functions_throttle_an_operation_whose_bucket_is_empty(aws: Account) -> None:
    aws.machine.quotas["StartExecution"] = TokenBucket(1, 0.5, aws.now)

    def start(name: str) -> dict[str, Any]:
        return {"stateMachineArn": MACHINE, "name": name, "input": "{}"}

    _client("stepfunctions").start_execution(**start("a"))
    assert _said(_refusal("stepfunctions", "start_execution", **start("b"))) == (400, "ThrottlingException")
    aws.time += 2
    _client("stepfunctions").start_execution(**start("b"))


def test_a_stale_description_says_that_an_ended_execution_is_running(aws: Account) -> None:
    aws.machine.lag = lambda: 5.0
    arn = _client("stepfunctions").start_execution(stateMachineArn=MACHINE, name="a", input="{}")["executionArn"]
    assert _said(_refusal("stepfunctions", "describe_execution", executionArn=arn)) == (400, "ExecutionDoesNotExist")
    aws.time += 6
    aws.machine.close(aws.machine.executions["a"], "FAILED")
    assert _client("stepfunctions").describe_execution(executionArn=arn)["status"] == "RUNNING"
    aws.time += 6
    assert _client("stepfunctions").describe_execution(executionArn=arn)["status"] == "FAILED"


def test_a_mean_account_is_mean_everywhere(aws: Account) -> None:
    make_mean(Meanness(1.0, None, 5.0, 1.0), Random(1), aws.dynamodb, aws.s3, aws.machine)  # noqa: S311 - no secret
    assert aws.contention.duration() > 0
    assert aws.contention.rate == 5.0
    assert aws.s3.upload_time() > 0
    assert set(aws.machine.quotas) == {"StartExecution", "DescribeExecution"}
    for table in aws.dynamodb.tables.values():
        assert table.lag() > 0
        assert table.read_lag


def test_runs_differ_in_how_mean_aws_is() -> None:
    drawn = [draw_meanness(Random(seed)) for seed in range(60)]  # noqa: S311 - no secret
    for what in ("quota_share", "sandboxes", "item_writes", "crowding"):
        assert len({getattr(each, what) for each in drawn}) == 2


def test_an_event_arrives_within_seconds_or_minutes_late() -> None:
    delays = [event_delay(Random(seed)) for seed in range(200)]  # noqa: S311 - no secret
    assert min(delays) < EVENT_DELAY[1] < LATE_EVENT_DELAY[0] < max(delays)
