"""How many videos a second the hottest key bears, calculated from counts: of an index, and of the item that every claim checks.

A partition of DynamoDB takes 1,000 write units a second, and a table waits for its slowest index.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cliprelay.aws.table import CONFLICTS
from local.aws.dynamodb.values import Item, comparable
from tests.bench.stage import stage
from tests.bench.walk import MINUTE_LONG, Walked
from tests.simulation.actors.clients import api_key
from tests.simulation.runtime import deployment
from tests.support.memory_aws.table import Table

PARTITION_UNITS = 1_000
# Enough to see nearly all of some fifty keys.
ORDERS = 240
TENANTS = 4
# Two transactions on one item within so many seconds conflict: an assumption, which AWS does not publish.
TRANSACTION_SECONDS = 0.008
# Claims fail when more than so many find the item busy at every try.
FAILING = 0.01


@dataclass(frozen=True)
class Spread:
    """The keys that several tenants' videos had: those of each index by tenant, and of the items that claims checked."""

    keys: Mapping[str, Mapping[str, set[object]]]
    checked: set[str]


def spread(orders: int = ORDERS) -> Spread:
    """Order so many videos of several tenants, and note their keys until all are claimed."""
    with stage(seconds=30) as here:
        here.settle()
        keys = _watched(here.aws.dynamodb.tables[deployment.VIDEOS])
        for number in range(orders):
            client = number % TENANTS
            headers = {"idempotency-key": f"order-{number}"}
            here.ask("POST", "/v1/videos", body=MINUTE_LONG.body, headers=headers, key=api_key(client))
        here.timeline.run(lambda: all(walk.execution.status != "RUNNING" for walk in here.workflow.walks.values()))
        return Spread(keys, set(here.meter.checked))


def _watched(table: Table) -> dict[str, dict[str, set[object]]]:
    """Return the keys of each index by tenant, to which every write of the table adds."""
    keys: dict[str, dict[str, set[object]]] = defaultdict(lambda: defaultdict(set))
    before = table.watch

    def wrote(key: str, old: Item | None, new: Item | None) -> None:
        before(key, old, new)
        for index in table.indexes.values():
            if new and "tenant" in new and index.hash_key in new:
                keys[index.name][new["tenant"]["S"]].add(comparable(new[index.hash_key]))

    table.watch = wrote
    return keys


def partitions(walked: Walked, seen: Spread) -> dict[str, float]:
    """Return the videos a second of a deployment with many tenants, and of one tenant, before an index is throttled."""
    units = {name.partition("/")[2]: count for name, count in walked.writes.items() if name.startswith(f"{deployment.VIDEOS}/")}
    tenant, whole = [math.inf], [math.inf]
    for index, of_tenants in seen.keys.items():
        sets = list(of_tenants.values())
        tenant.append(PARTITION_UNITS * min(map(len, sets)) / units[index])
        if len(set.union(*sets)) < sum(map(len, sets)):  # tenants share keys
            whole.append(PARTITION_UNITS * len(set.union(*sets)) / units[index])
    return {"deployment": min(whole), "tenant": min(tenant)}


def claims(seen: Spread) -> dict[str, float]:
    """Return the claims a second before more than one in a hundred fails, because others check the same item at every try."""
    meeting = FAILING ** (1 / (CONFLICTS + 1))
    one = -math.log(1 - meeting) / (2 * TRANSACTION_SECONDS)
    return {"claims": one * len(seen.checked) if seen.checked else math.inf}
