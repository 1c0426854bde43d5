"""A restored table is recognised by its keys and indexes, as the template declares them."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from operate.deployment import Deployment
from operate.errors import CommandError
from operate.recovery.tables import INDEXES, Kind, recognise
from tests.support.world import template_resources

TABLES = {Kind.VIDEOS: "VideosTable", Kind.KEYS: "KeysTable", Kind.WEBHOOKS: "WebhooksTable", Kind.SPEND: "SpendTable"}


class Described(Deployment):
    """A deployment in which every table has this description."""

    def __init__(self, **table: Any) -> None:
        super().__init__(boto3.Session(region_name="us-east-1"), "any", flags=[])
        self._table = {"TableStatus": "ACTIVE"} | table

    def client(self, service: str) -> Any:
        return self

    def describe_table(self, TableName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"Table": self._table}


def declared(kind: Kind) -> dict[str, Any]:
    properties = template_resources()[TABLES[kind]]["Properties"]
    return {name: properties[name] for name in ("KeySchema", "GlobalSecondaryIndexes") if name in properties}


@pytest.mark.parametrize("kind", Kind)
def test_each_table_of_the_template_is_recognised(kind: Kind) -> None:
    assert recognise(Described(**declared(kind)), "any").kind is kind


def test_the_origin_is_the_source_and_its_moment_in_utc() -> None:
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/cliprelay-VideosTable-1"
    summary = {"SourceTableArn": arn, "RestoreDateTime": datetime(2026, 11, 22, 6, tzinfo=UTC), "RestoreInProgress": False}
    found = recognise(Described(**declared(Kind.VIDEOS), RestoreSummary=summary), "any")
    assert found.origin == "cliprelay-VideosTable-1 as of 2026-11-22T06:00:00Z"


@pytest.mark.parametrize(
    "unfinished", [{"TableStatus": "CREATING"}, {"RestoreSummary": {"RestoreInProgress": True}}], ids=["creating", "restoring"]
)
def test_a_table_that_is_not_complete_is_refused(unfinished: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match="wait with `aws dynamodb wait table-exists"):
        recognise(Described(**declared(Kind.VIDEOS) | unfinished), "any")


@pytest.mark.parametrize("kind", sorted(INDEXES))
def test_a_table_without_an_index_is_refused(kind: Kind) -> None:
    table = declared(kind)
    with pytest.raises(CommandError, match="restored without its indexes"):
        recognise(Described(**table | {"GlobalSecondaryIndexes": table["GlobalSecondaryIndexes"][1:]}), "any")
