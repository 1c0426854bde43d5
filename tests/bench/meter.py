"""Counts what passes the seam between product and AWS: calls by step and operation, and the units of every table and index."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.aws.dynamodb.keys import key_of
from local.aws.dynamodb.values import Item
from tests.bench.units import TRANSACTION, query_units, read_units, table_units, write_units
from tests.support.memory_aws.session import MemoryAws, parameters
from tests.support.memory_aws.table import Table

Json = dict[str, Any]
# As the page calls the services, by their names in botocore's events.
SERVICES = {"dynamodb": "DynamoDB", "s3": "S3", "sfn": "Step Functions", "sns": "SNS", "secrets-manager": "Secrets Manager", "sqs": "SQS"}


class Meter:
    """Answers as `aws` does, and counts; `step` names the step that runs now."""

    def __init__(self, aws: MemoryAws, step: Callable[[], str]) -> None:
        self._aws, self._step = aws, step
        # Calls by step and operation; units by "table" or "table/index".
        self.calls: Counter[tuple[str, str]] = Counter()
        self.writes: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        # The items that transactions checked and did not write.
        self.checked: set[str] = set()
        self._in_transaction = False
        for table in aws.dynamodb.tables.values():
            self._watch(table)

    def clear(self) -> None:
        """Forget all counts."""
        self.checked.clear()
        for counter in (self.calls, self.writes, self.reads):
            counter.clear()

    def answer(self, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
        """Answer one request."""
        self.calls[self._step(), f"{SERVICES[service]} {operation}"] += 1
        if service != "dynamodb":
            return self._aws.answer(service, operation, request)
        asked = parameters(request)
        self._in_transaction = operation == "TransactWriteItems"
        self._count_reads(operation, asked)
        return self._aws.answer(service, operation, request)

    def _watch(self, table: Table) -> None:
        before = table.watch

        def wrote(key: str, old: Item | None, new: Item | None) -> None:
            before(key, old, new)
            for index, units in write_units(table.keys, table.indexes, old, new, in_transaction=self._in_transaction).items():
                if units:
                    self.writes[f"{table.name}/{index}" if index else table.name] += units

        table.watch = wrote

    def _count_reads(self, operation: str, asked: Json) -> None:
        tables = self._aws.dynamodb.tables
        match operation:
            case "GetItem":
                self._read(tables[asked["TableName"]], [asked["Key"]], consistent=asked.get("ConsistentRead", False))
            case "BatchGetItem":
                for name, wanted in asked["RequestItems"].items():
                    self._read(tables[name], wanted["Keys"], consistent=wanted.get("ConsistentRead", False))
            case "TransactGetItems":
                for part in asked["TransactItems"]:
                    self._read(tables[part["Get"]["TableName"]], [part["Get"]["Key"]], consistent=True, factor=TRANSACTION)
            case "Query":
                self._query(tables[asked["TableName"]], asked)
            case "TransactWriteItems":
                self._check(asked)

    def _read(self, table: Table, keys: list[Json], *, consistent: bool, factor: int = 1) -> None:
        items = [table.current(key_of(table, key)) for key in keys]
        self.reads[table.name] += factor * read_units(items, consistent=consistent)  # type: ignore[assignment]  # halves

    def _query(self, table: Table, asked: Json) -> None:
        """Count a query by the items that it answers, whole ones or none."""
        answer = self._aws.dynamodb.answer("Query", {**asked})
        name = f"{table.name}/{asked['IndexName']}" if "IndexName" in asked else table.name
        self.reads[name] += query_units(answer.get("Items", ()), consistent=asked.get("ConsistentRead", False))  # type: ignore[assignment]

    def _check(self, asked: Json) -> None:
        """Count the conditions on items that a transaction does not write: each costs as much as a write of its item."""
        for part in asked["TransactItems"]:
            if check := part.get("ConditionCheck"):
                table = self._aws.dynamodb.tables[check["TableName"]]
                key = key_of(table, check["Key"])
                item = table.current(key)
                self.checked.add(key)
                self.writes[f"{table.name} (checked)"] += TRANSACTION * table_units(item, item)

    @property
    def operations(self) -> dict[str, int]:
        """The calls by operation."""
        return by_operation(self.calls)


def by_operation(calls: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """Return the calls by operation alone."""
    found: Counter[str] = Counter()
    for (_, operation), count in calls.items():
        found[operation] += count
    return dict(found)
