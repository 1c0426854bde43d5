"""An answered request survives everything; a refused one has left nothing behind."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from local.aws.dynamodb.service import DynamoDB
from local.aws.errors import AwsError
from local.state.database import StorageError
from tests.support.paths import ROOT
from tests.support.stored_dynamodb import dynamodb_in
from tests.support.world import creation_of, template_resources

CREATION = {"TableName": "videos", **creation_of(template_resources("both")["VideosTable"]["Properties"])}
LIVING = {"TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True}}


@pytest.fixture(name="path")
def path_of_a_file(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


def put(dynamodb: DynamoDB, key: str, **attributes: Any) -> None:
    dynamodb.answer("PutItem", {"TableName": "videos", "Item": {"id": {"S": key}, **attributes}})


def keys(dynamodb: DynamoDB) -> list[str]:
    return [item["id"]["S"] for item in dynamodb.answer("Scan", {"TableName": "videos"})["Items"]]


def due(dynamodb: DynamoDB) -> list[str]:
    values = {":due": {"S": "due"}, ":now": {"N": "30"}}
    condition = {"KeyConditionExpression": "due = :due AND due_at <= :now", "ExpressionAttributeValues": values}
    return [item["id"]["S"] for item in dynamodb.answer("Query", {"TableName": "videos", "IndexName": "by_due", **condition})["Items"]]


def adding(token: str) -> dict[str, Any]:
    update = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
    return {"TransactItems": [{"Update": {"TableName": "videos", "Key": {"id": {"S": "a"}}, **update}}], "ClientRequestToken": token}


def counted(dynamodb: DynamoDB) -> str:
    number: str = dynamodb.answer("GetItem", {"TableName": "videos", "Key": {"id": {"S": "a"}}})["Item"]["n"]["N"]
    return number


def test_a_database_that_is_opened_again_answers_as_before(path: Path) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("ListTables", {}),
        ("Scan", {"TableName": "videos"}),
        *((operation, {"TableName": "videos"}) for operation in ("DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups")),
    ]
    with dynamodb_in(path) as (dynamodb, _):
        dynamodb.answer("CreateTable", CREATION)
        dynamodb.answer("UpdateTimeToLive", {"TableName": "videos", **LIVING})
        put(dynamodb, "a", due={"S": "due"}, due_at={"N": "10"})
        put(dynamodb, "b", due={"S": "due"}, due_at={"N": "-5.5"})
        before = [dynamodb.answer(*each) for each in asked]
    with dynamodb_in(path) as (dynamodb, _):
        assert [dynamodb.answer(*each) for each in asked] == before
        assert due(dynamodb) == ["b", "a"]


WRITER = """
import sys
from pathlib import Path
from local.aws.dynamodb.service import DynamoDB
from local.state.database import Database
dynamodb = DynamoDB(Database(Path(sys.argv[1])))
for number in range(1_000_000):
    item = {"id": {"S": f"{number:06d}"}, "due": {"S": "due"}, "due_at": {"N": "1"}}
    dynamodb.answer("PutItem", {"TableName": "videos", "Item": item})
    print(f"{number:06d}", flush=True)
"""


def test_every_answered_write_of_a_killed_process_is_there(path: Path) -> None:
    with dynamodb_in(path) as (dynamodb, _):
        dynamodb.answer("CreateTable", CREATION)
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:  # noqa: S603
        assert writer.stdout
        answered = [writer.stdout.readline().strip() for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
        answered += writer.stdout.read().split()
    with dynamodb_in(path) as (dynamodb, _):
        found = keys(dynamodb)
        # One more may be on disk whose answer was not printed.
        assert found[: len(answered)] == answered
        assert len(found) - len(answered) in (0, 1)
        assert due(dynamodb) == found


def test_a_full_disk_refuses_a_whole_transaction_and_the_service_goes_on(path: Path) -> None:
    large = [{"Put": {"TableName": "videos", "Item": {"id": {"S": key}, "text": {"S": "x" * 300_000}}}} for key in ("c", "d")]
    parts = [{"Delete": {"TableName": "videos", "Key": {"id": {"S": "a"}}}}, *large]
    with dynamodb_in(path) as (dynamodb, database):
        dynamodb.answer("CreateTable", CREATION)
        put(dynamodb, "a", due={"S": "due"}, due_at={"N": "1"})
        with database.transaction() as connection:
            ((pages,),) = connection.execute("PRAGMA page_count")
            connection.execute(f"PRAGMA max_page_count = {pages + 100}")
        with pytest.raises(StorageError, match="full"):
            dynamodb.answer("TransactWriteItems", {"TransactItems": parts, "ClientRequestToken": "token"})
        assert (keys(dynamodb), due(dynamodb)) == (["a"], ["a"])
        with database.transaction() as connection:
            connection.execute("PRAGMA max_page_count = 100000")
        dynamodb.answer("TransactWriteItems", {"TransactItems": parts, "ClientRequestToken": "token"})
        assert (keys(dynamodb), due(dynamodb)) == (["c", "d"], [])


def test_a_token_is_known_after_a_restart(path: Path) -> None:
    with dynamodb_in(path) as (dynamodb, _):
        dynamodb.answer("CreateTable", CREATION)
        dynamodb.answer("TransactWriteItems", adding("token"))
    with dynamodb_in(path) as (dynamodb, _):
        dynamodb.answer("TransactWriteItems", adding("token"))
        assert counted(dynamodb) == "1"


def test_a_token_is_forgotten_after_ten_minutes() -> None:
    now = 1_000.0
    with dynamodb_in(None, now=lambda: now) as (dynamodb, database):
        dynamodb.answer("CreateTable", CREATION)
        dynamodb.answer("TransactWriteItems", adding("token"))
        now += 599
        dynamodb.answer("TransactWriteItems", adding("token"))
        assert counted(dynamodb) == "1"
        now += 2
        dynamodb.answer("TransactWriteItems", adding("token"))
        dynamodb.answer("TransactWriteItems", adding("other"))
        assert counted(dynamodb) == "3"
        with database.transaction() as connection:
            assert connection.execute("SELECT token FROM dynamodb_tokens ORDER BY token").fetchall() == [("other",), ("token",)]


def test_additions_of_many_threads_are_all_counted() -> None:
    with dynamodb_in(None) as (dynamodb, _):
        dynamodb.answer("CreateTable", CREATION)

        def add(part: int) -> None:
            for number in range(50):
                dynamodb.answer("TransactWriteItems", adding(f"{part}-{number}"))

        threads = [threading.Thread(target=add, args=(part,)) for part in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counted(dynamodb) == "200"


def test_an_operation_that_is_not_known_is_refused_by_name() -> None:
    with dynamodb_in(None) as (dynamodb, _), pytest.raises(AwsError) as caught:
        dynamodb.answer("ExecuteStatement", {"Statement": "SELECT * FROM videos"})
    assert caught.value.code.endswith("UnknownOperationException")
    assert "ExecuteStatement" in caught.value.message
