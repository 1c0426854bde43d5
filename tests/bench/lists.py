"""A filtered list with one match: how many requests a client makes until it sees it, and what they ask of DynamoDB."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cliprelay import ids
from cliprelay.aws.items import typed
from cliprelay.video.record import iso
from cliprelay.video.states import Status
from cliprelay.video.table import record
from tests.bench.rows import Row
from tests.bench.stage import Stage, stage
from tests.simulation.actors.clients import tenant_of
from tests.simulation.runtime import deployment
from tests.support.makers import any_video

VIDEOS = 10_000
# A client that gives up would never see the match.
MOST_REQUESTS = 1_000


@dataclass(frozen=True)
class Listed:
    """What a client did until it saw the match: its requests, the empty pages among them, and their calls by operation."""

    requests: int
    empty: int
    calls: dict[str, int]


def fill(here: Stage, videos: int) -> str:
    """Record so many videos of one tenant, of which only the oldest is unconfirmed; return its id."""
    table, now = here.aws.dynamodb.tables[deployment.VIDEOS], datetime.fromtimestamp(here.now(), UTC)
    oldest = ""
    for age in range(videos):
        made = now - timedelta(seconds=age + 1)
        status = Status.UNCONFIRMED if age == videos - 1 else Status.SUCCEEDED
        oldest = ids.video_id(made)
        item = record(any_video(id=oldest, tenant=tenant_of(0), status=status, created_at=iso(made), updated_at=iso(made)))
        table.write(oldest, typed(item), None)
    return oldest


def find(here: Stage, wanted: str) -> Listed:
    """List by status, page after page, until the match is there."""
    here.ask("GET", f"/v1/videos/{wanted}")
    here.meter.clear()
    empty, after, query = 0, "", {"status": "unconfirmed", "limit": "20"}
    for requests in range(1, MOST_REQUESTS):
        page = json.loads(here.ask("GET", "/v1/videos", query=query | ({"after": after} if after else {}))["body"])
        if wanted in {video["id"] for video in page["data"]}:
            return Listed(requests, empty, here.meter.operations)
        empty, after = empty + (not page["data"]), page["next"]
    raise AssertionError(f"not found after {MOST_REQUESTS} requests")


def filtered(videos: int = VIDEOS) -> Listed:
    """Return what it takes to find one video among so many."""
    with stage() as here:
        here.settle()
        return find(here, fill(here, videos))


def measure(videos: int = VIDEOS) -> Iterator[Row]:
    """Count the requests and the queries."""
    found = filtered(videos)
    yield Row("lists", f"filtered list, one match in {videos:,}: requests", "1 request", found.requests, 2, anchor_figure=1)
    yield Row("lists", f"filtered list, one match in {videos:,}: queries", "1 query", found.calls["DynamoDB Query"], anchor_figure=1)
