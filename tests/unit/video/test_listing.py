"""Lists by age and by state: what they show, what they read, and what they read while an index is missing or not complete."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.video.listing import ASK_AGAIN, ASK_INCOMPLETE, LISTED_AT, SWEEP, Listing, listing_of
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import VideoTable
from tests.support.makers import NOW, TENANT, Meddled, OwnedClock, any_video
from tests.support.memory_aws.account import table as memory_table
from tests.support.world import World

if TYPE_CHECKING:
    from tests.support.memory_aws.table import Index

CURSORS = 20
INDEXES = ("by_tenant", "by_owner", "by_status")
# As they stand in a deployment: the present tables, then after each of the three steps, and while a step fills an index.
DEPLOYMENTS = {
    "before": ("by_tenant",),
    "full": ("by_tenant", "by_status"),
    "both": INDEXES,
    "lean": ("by_owner", "by_status"),
}


def _id(number: int) -> str:
    return f"vid_{number:026d}"


class Reads:
    """A client that counts its calls, and the records and index entries that they read."""

    def __init__(self, world: World) -> None:
        self.calls: Counter[str] = Counter()
        self.records = self.entries = 0
        self.client = Meddled(world.dynamodb, query=self._query, batch_get_item=self._batch, get_item=self._get)

    def _query(self, real: Any, **request: Any) -> Any:
        self.calls[request["IndexName"]] += 1
        answer = real(**request)
        self.entries += answer["ScannedCount"]
        return answer

    def _batch(self, real: Any, **request: Any) -> Any:
        self.calls["BatchGetItem"] += 1
        self.records += sum(len(each["Keys"]) for each in request["RequestItems"].values())
        return real(**request)

    def _get(self, real: Any, **request: Any) -> Any:
        self.calls["GetItem"] += 1
        return real(**request)


@pytest.fixture(name="full")
def world_with_every_index(clock: OwnedClock, request: pytest.FixtureRequest) -> World:
    return World(clock, f"listing-{abs(hash(request.node.nodeid))}", tenant_index="both")


def _deployed(world: World, *present: str, filling: str | None = None) -> None:
    """Leave a table the indexes of a deployment."""
    indexes: dict[str, Index] = memory_table(world.videos_table).indexes
    for name in INDEXES:
        if name in indexes:
            indexes[name].is_backfilling = name == filling
        if name not in present:
            indexes.pop(name, None)


def _complete(world: World) -> None:
    world.dynamodb.put_item(TableName=world.videos_table, Item={"id": {"S": SWEEP}, LISTED_AT: {"N": "1"}})


def _over(world: World, client: Any = None) -> VideoTable:
    """A function that has just started, so that it knows nothing of the indexes."""
    return world.videos_over(client or world.dynamodb)


def _walk(videos: VideoTable, status: Status | None, limit: int, *, newest_first: bool = True) -> list[str]:
    return [video.id for page in _pages(videos, status, limit, newest_first) for video in page]


def _pages(videos: VideoTable, status: Status | None, limit: int, newest_first: bool) -> Iterator[list[Video]]:
    after = None
    for _ in range(CURSORS):
        page, after = videos.page(TENANT, after=after, newest_first=newest_first, limit=limit, status=status)
        yield page
        if after is None:
            return
    raise AssertionError("the list does not end")


def _fill(world: World) -> None:
    for number in range(1, 13):
        world.put(any_video(id=_id(number), status=Status.FAILED if number % 3 == 0 else Status.QUEUED))
    world.put(any_video(id=_id(99), tenant="other", status=Status.FAILED))


FAILED = [_id(number) for number in (12, 9, 6, 3)]


@pytest.mark.parametrize("limit", [1, 2, 4, 50])
@pytest.mark.parametrize("complete", [True, False], ids=["complete", "incomplete"])
@pytest.mark.parametrize("deployment", DEPLOYMENTS)
def test_lists_are_the_same_in_every_deployment(full: World, deployment: str, complete: bool, limit: int) -> None:
    _fill(full)
    _deployed(full, *DEPLOYMENTS[deployment])
    if complete:
        _complete(full)
    assert _walk(_over(full), None, limit) == [_id(number) for number in range(12, 0, -1)]
    assert _walk(_over(full), Status.FAILED, limit) == FAILED
    assert _walk(_over(full), Status.FAILED, limit, newest_first=False) == FAILED[::-1]
    assert _walk(_over(full), Status.EXPIRED, limit) == []


@pytest.mark.parametrize("filling", ["by_owner", "by_status"])
def test_an_index_that_is_being_filled_is_not_read_for_a_while(full: World, filling: str) -> None:
    _fill(full)
    _deployed(full, *INDEXES, filling=filling)
    _complete(full)
    reads, clock = Reads(full), full.clock
    videos = _over(full, reads.client)
    videos._listing.seconds = clock.seconds
    for _ in range(3):
        assert _walk(videos, Status.FAILED, 50) == FAILED
        assert len(_walk(videos, None, 50)) == 12
    assert reads.calls[filling] == 1
    _deployed(full, *INDEXES)
    clock.advance(ASK_AGAIN)
    assert _walk(videos, Status.FAILED, 50) == FAILED
    assert len(_walk(videos, None, 50)) == 12
    assert reads.calls[filling] > 1


def test_a_page_read_before_a_deployment_is_continued_after_it(full: World) -> None:
    _fill(full)
    _deployed(full, "by_tenant")
    first, after = _over(full).page(TENANT, after=None, newest_first=True, limit=2, status=Status.FAILED)
    for name in ("by_status", "by_owner"):
        memory_table(full.videos_table).build(_description(name))
    _deployed(full, "by_status", "by_owner")
    _complete(full)
    rest, end = _over(full).page(TENANT, after=after, newest_first=True, limit=50, status=Status.FAILED)
    assert ([video.id for video in [*first, *rest]], end) == (FAILED, None)


def _description(name: str) -> "Index":
    from tests.support.memory_aws.session import table_of
    from tests.support.world import template_resources

    return table_of(template_resources("both")["VideosTable"], "any", lambda: 0.0).indexes[name]


def test_any_other_refusal_is_raised(world: World) -> None:
    def refuse(real: Any, **request: Any) -> Any:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": "Query condition missed key schema element"}}, "Query")

    with pytest.raises(ClientError, match="missed key schema"):
        _over(world, Meddled(world.dynamodb, query=refuse)).page(TENANT, after=None, newest_first=True, limit=1)


def test_one_match_in_ten_thousand_costs_six_calls_and_reads_one_record(world: World) -> None:
    world.put_many(any_video(id=_id(number), status=Status.EXPIRED if number == 17 else Status.SUCCEEDED) for number in range(10_000))
    _complete(world)
    reads = Reads(world)
    assert _walk(_over(world, reads.client), Status.EXPIRED, 20) == [_id(17)]
    # Whether the index is complete, four keys of it, and the record. A function that is warm asks the first once in five minutes.
    assert reads.calls == {"GetItem": 1, "by_status": 4, "BatchGetItem": 1}
    assert (reads.records, reads.entries) == (1, 1)


def test_a_page_of_all_videos_is_one_query_and_one_batch(world: World) -> None:
    world.put_many(any_video(id=_id(number)) for number in range(200))
    reads = Reads(world)
    page, after = _over(world, reads.client).page(TENANT, after=None, newest_first=True, limit=100)
    assert ([page[0].id, page[-1].id], after) == ([_id(199), _id(100)], _id(100))
    assert reads.calls == {"by_owner": 1, "BatchGetItem": 1}
    assert (reads.records, reads.entries) == (100, 101)


def test_a_full_page_of_a_state_reads_no_more_records_than_it_shows(world: World) -> None:
    world.put_many(any_video(id=_id(number), status=Status.SUCCEEDED) for number in range(500))
    _complete(world)
    reads = Reads(world)
    page, _ = _over(world, reads.client).page(TENANT, after=None, newest_first=True, limit=21, status=Status.SUCCEEDED)
    assert [video.id for video in page] == [_id(number) for number in range(499, 478, -1)]
    assert (reads.records, reads.calls["by_status"]) == (21, 4)


def test_a_video_that_has_moved_since_the_index_was_written_is_not_shown(world: World) -> None:
    moved = world.put(any_video(id=_id(1)))
    world.put(any_video(id=_id(2)))
    _complete(world)
    memory_table(world.videos_table).lag = lambda: 60.0  # the index stays behind
    world.videos.move(moved, Status.CANCELED, NOW)
    assert _walk(_over(world), Status.QUEUED, 50) == [_id(2)]


def test_a_record_that_is_gone_is_not_shown(world: World) -> None:
    world.put(any_video(id=_id(1)))
    world.put(any_video(id=_id(2)))
    memory_table(world.videos_table).lag = lambda: 60.0
    world.dynamodb.delete_item(TableName=world.videos_table, Key={"id": {"S": _id(1)}})
    assert _walk(_over(world), None, 50) == [_id(2)]


def test_keys_that_a_batch_leaves_are_read_too(world: World) -> None:
    def leave_some(real: Any, **request: Any) -> Any:
        (name, wanted), *_ = request["RequestItems"].items()
        answer = real(RequestItems={name: {**wanted, "Keys": wanted["Keys"][:1]}})
        return {**answer, "UnprocessedKeys": {name: {**wanted, "Keys": wanted["Keys"][1:]}}}

    world.put_many(any_video(id=_id(number)) for number in range(5))
    assert len(_walk(_over(world, Meddled(world.dynamodb, batch_get_item=leave_some)), None, 50)) == 5


def test_a_function_that_knows_the_index_as_incomplete_asks_again_soon(world: World) -> None:
    reads, clock = Reads(world), world.clock
    listing = Listing(_over(world, reads.client)._table, seconds=clock.seconds)
    wanted: dict[str, Any] = {"after": None, "newest_first": True, "limit": 5, "status": Status.FAILED}
    for _ in range(3):
        listing.page(TENANT, **wanted)
    assert (reads.calls["GetItem"], reads.calls["by_status"]) == (1, 0)
    _complete(world)
    clock.advance(ASK_INCOMPLETE)
    listing.page(TENANT, **wanted)
    assert (reads.calls["GetItem"], reads.calls["by_status"]) == (2, 4)


@pytest.mark.parametrize("target", [Status.FAILED, Status.CANCELED])
def test_every_move_lists_the_video_by_its_new_state(world: World, target: Status) -> None:
    video = any_video()
    world.videos.accept(video, None, NOW)
    assert world.item(video.id)["listing"] == listing_of(TENANT, Status.QUEUED, video.id)
    world.videos.move(video, target, NOW)
    assert world.item(video.id)["listing"] == listing_of(TENANT, target, video.id)


def test_queued_videos_are_counted_over_all_keys_up_to_a_limit(world: World) -> None:
    world.put_many(any_video(id=_id(number)) for number in range(30))
    assert (world.videos.count_queued(TENANT, 1_000), world.videos.count_queued(TENANT, 7)) == (30, 7)
    assert world.videos.count_queued("other", 7) == 0


def test_without_the_index_the_queued_videos_of_earlier_versions_are_counted(full: World) -> None:
    full.put(any_video(id=_id(1), queued_by=TENANT))
    _deployed(full, "by_tenant")
    assert _over(full).count_queued(TENANT, 10) == 1


def test_a_move_takes_a_record_of_an_earlier_version_out_of_its_queue(world: World) -> None:
    video = world.put(any_video(queued_by=TENANT))
    assert world.videos.move(video, Status.CANCELED, NOW).video.queued_by is None
