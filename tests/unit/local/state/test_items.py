"""The items of a table are read from the database as the service's own DynamoDB stores them."""

from contextlib import closing
from pathlib import Path

from local.aws.dynamodb.service import DynamoDB
from local.state.contents import _connect
from local.state.database import Database
from local.state.items import stored_items

KEY = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}


def test_the_items_of_one_table_are_read_in_the_order_of_their_keys(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    dynamodb = DynamoDB(database)
    for table in ("videos", "keys"):
        dynamodb.answer("CreateTable", {"TableName": table, "BillingMode": "PAY_PER_REQUEST", **KEY})
    for table, key in (("videos", "b"), ("videos", "a"), ("keys", "c")):
        dynamodb.answer("PutItem", {"TableName": table, "Item": {"id": {"S": key}, "status": {"S": "running"}}})
    with closing(_connect(tmp_path / "state.sqlite")) as connection:
        assert [item["id"]["S"] for item in stored_items(connection, "videos")] == ["a", "b"]
        assert next(stored_items(connection, "keys")) == {"id": {"S": "c"}, "status": {"S": "running"}}
        assert list(stored_items(connection, "none")) == []
    database.close()
