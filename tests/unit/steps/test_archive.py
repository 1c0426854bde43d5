"""Archive stores one complete copy in our bucket and returns every failed link to Poll."""

import hashlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.media.bucket import MediaBucket
from cliprelay.media.download import Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.steps.archive import RESERVE, STARTS_WITHIN, archive
from cliprelay.video.record import Video
from cliprelay.video.states import TERMINAL, Status
from cliprelay.video.table import DUE, KEEPER_MARGIN
from cliprelay.workflow.contract import Event, Result
from cliprelay.workflow.decisions import FIRST_COPY
from tests.support.makers import NOW, Meddled, any_mp4, any_video, http_answer, twice
from tests.support.mp4_files import mp4_box

if TYPE_CHECKING:
    from tests.support.loopback import Loopback
    from tests.support.world import World

Serve = Callable[..., "Loopback"]
VIDEO = any_mp4(bytes(100_000))
SHA256 = hashlib.sha256(VIDEO).hexdigest()
KEY = f"videos/acme/{any_video().id}.mp4"


def _finished(url: str | None, **changes: Any) -> Video:
    return any_video(**({"status": Status.ARCHIVING, "claim": "a", "upstream_id": "task-1", "upstream_url": url, "waited": 40} | changes))


def _archive(
    world: "World", *, run: int = 1, store: Any = None, table: Any = None, seconds_left: float = 900, event: Event | None = None
) -> Result:
    return archive(
        event or Event(video_id=any_video().id, run=run),
        videos=table or world.videos,
        store=store or world.store,
        downloader=Downloader(Guard(AddressRules.LOOPBACK), 10_000_000),
        clock=world.clock,
        seconds_left=seconds_left,
    )


def _now(world: "World") -> Video:
    return world.read(any_video().id)


def test_a_finished_video_is_copied_and_succeeds(world: "World", loopback: Serve) -> None:
    world.put(_finished(loopback(http_answer(200, VIDEO)).url))
    assert _archive(world) == {"video_id": any_video().id, "run": 1, "status": "succeeded", "next": "notify"}
    video = _now(world)
    assert (video.object_key, video.bytes, video.sha256, video.progress) == (KEY, len(VIDEO), SHA256, 100)
    assert world.s3.get_object(Bucket=world.bucket, Key=KEY)["Body"].read() == VIDEO


@pytest.mark.parametrize(("poster_of", "is_due"), [("succeeded", True), ("none", False), (None, False)])
def test_a_poster_is_due_if_the_execution_has_a_step_for_it(world: "World", loopback: Serve, poster_of: str | None, is_due: bool) -> None:
    world.put(_finished(loopback(http_answer(200, VIDEO)).url))
    event = Event(video_id=any_video().id, run=1)
    _archive(world, event=Event(**event, poster_of=poster_of) if poster_of else event)
    assert (_now(world).poster_due, "poster_due" in world.item(any_video().id)) == (is_due, is_due)


def test_the_record_says_whether_the_file_has_a_manifest(world: "World", loopback: Serve) -> None:
    box = mp4_box(b"uuid", bytes.fromhex("D8FEC3D61B0E483C92975828877EC481") + bytes(4) + b"manifest\0")
    for data, has_one in ((VIDEO, False), (VIDEO + box, True)):
        world.s3.delete_object(Bucket=world.bucket, Key=KEY)
        world.put(_finished(loopback(http_answer(200, data)).url))
        _archive(world)
        assert _now(world).c2pa is has_one
        assert world.s3.get_object(Bucket=world.bucket, Key=KEY)["Body"].read() == data
        # An Archive that died before it wrote the record has left it with the file.
        world.put(_finished(None, copying_since=1))
        _archive(world)
        assert (_now(world).status, _now(world).c2pa) == (Status.SUCCEEDED, has_one)


def test_a_copy_keeps_the_sweep_away_for_as_long_as_it_may_take(world: "World") -> None:
    world.put(_finished(None))
    with pytest.raises(ClientError):
        _archive(world, store=_denied(world))
    assert _now(world).due_at == int(NOW.timestamp()) + 900 + KEEPER_MARGIN.total_seconds()


@pytest.mark.parametrize("since", [None, int(NOW.timestamp())], ids=["first attempt", "first attempt, noted by Poll"])
def test_a_copy_that_fails_again_and_again_is_seen_by_the_sweep(world: "World", since: int | None) -> None:
    due_at = since and since + int((FIRST_COPY + KEEPER_MARGIN).total_seconds())
    world.put(_finished(None, copying_since=since, due=DUE, due_at=due_at))
    for _ in range(60):
        with pytest.raises(ClientError):
            _archive(world, store=_denied(world))
        world.clock.advance(61)
    assert list(world.videos.due(DUE, world.clock())) == [any_video().id]
    world.videos.note_failing(_now(world), world.clock())
    assert (_now(world).failing_since, world.videos.stuck()) == (int(NOW.timestamp()), [any_video().id])


def test_a_copy_that_ends_by_itself_keeps_the_sweep_away_from_the_next(world: "World", loopback: Serve) -> None:
    for _ in range(3):
        world.put(_finished(loopback(http_answer(404, b"")).url))
        begun = world.clock().timestamp()
        _archive(world)
        assert (_now(world).due_at or 0) > begun + KEEPER_MARGIN.total_seconds()
        assert _now(world).copying_since is None
        world.clock.advance(3_600)


def _denied(world: "World") -> MediaBucket:
    def deny(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "403"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "HeadObject")  # type: ignore[typeddict-item]

    return MediaBucket(Meddled(world.s3, head_object=deny), world.bucket)  # type: ignore[arg-type]


def test_the_upstream_link_is_removed_once_the_video_is_archived(world: "World", loopback: Serve) -> None:
    world.put(_finished(loopback(http_answer(200, VIDEO)).url))
    _archive(world)
    assert _now(world).upstream_url is None


def test_an_archived_video_gets_a_durable_link(world: "World", loopback: Serve) -> None:
    links = []
    for _ in range(2):
        world.put(_finished(loopback(http_answer(200, VIDEO)).url))
        _archive(world)
        links.append(_now(world).link)
    assert all(links)
    assert links[0] != links[1]


def test_an_existing_durable_link_does_not_change(world: "World", loopback: Serve) -> None:
    world.put(_finished(loopback(http_answer(200, VIDEO)).url, link="A" * 43))
    _archive(world)
    assert _now(world).link == "A" * 43


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(403),
        http_answer(404),
        http_answer(200, VIDEO[:-1], Content_Length=str(len(VIDEO))),
        lambda connection: None,
    ],
    ids=["expired", "gone", "cut", "closed"],
)
def test_a_failed_download_returns_to_poll_for_a_fresh_link(world: "World", loopback: Serve, answer: Any) -> None:
    world.put(_finished(loopback(answer).url))
    result = _archive(world)
    assert (result["next"], result["status"], result["wait"]) == ("wait", "archiving", 5)
    assert (_now(world).upstream_url, _now(world).copies, _now(world).waited) == (None, 1, 45)
    assert world.objects() == []


def test_consecutive_failed_copies_wait_longer_each_time(world: "World", loopback: Serve) -> None:
    dead = loopback(http_answer(403)).url
    waits = []
    for copies in range(8):
        world.put(_finished(dead, copies=copies))
        waits.append(_archive(world)["wait"])
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]


def test_a_video_without_a_link_returns_to_poll_for_one(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    world.put(_finished(None))
    assert _archive(world)["next"] == "wait"
    assert [record.code for record in caplog.records if record.message == "not copied"] == ["no_link"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("seconds_left", [RESERVE + 0.2, 0, -0.7])
def test_a_copy_that_runs_out_of_time_returns_to_poll_and_leaves_no_partial_object(
    world: "World", loopback: Serve, seconds_left: float
) -> None:
    world.put(_finished(loopback(lambda connection: connection.recv(1)).url))
    assert _archive(world, seconds_left=seconds_left)["next"] == "wait"
    assert world.objects() == []


def test_a_video_is_not_due_for_the_sweep_while_it_is_copied(world: "World", loopback: Serve) -> None:
    seen: list[int] = []

    def serve(connection: Any) -> None:
        seen.append(_now(world).due_at or 0)
        http_answer(200, VIDEO)(connection)

    world.put(_finished(loopback(serve).url))
    _archive(world, seconds_left=900)
    assert seen[0] >= NOW.timestamp() + 900


def test_a_file_stored_by_an_earlier_run_is_used_without_another_download(world: "World", loopback: Serve) -> None:
    server = loopback(http_answer(200, VIDEO))
    world.put(_finished(server.url))
    _archive(world)
    world.put(_finished(server.url, copying_since=int(NOW.timestamp())))
    world.clock.advance(STARTS_WITHIN.total_seconds() + 1)
    assert _archive(world)["status"] == "succeeded"
    assert _now(world).sha256 == SHA256
    assert server.connections == 1


@pytest.mark.parametrize("link", [None, "dead"])
def test_a_file_stored_by_an_earlier_run_is_used_when_no_link_serves_it_any_more(world: "World", loopback: Serve, link: str | None) -> None:
    world.put(_finished(loopback(http_answer(200, VIDEO)).url))
    _archive(world)
    world.put(_finished(link and loopback(http_answer(403)).url))
    assert _archive(world)["status"] == "succeeded"
    assert _now(world).sha256 == SHA256


def test_two_concurrent_copies_store_one_object_and_agree_on_it(world: "World", loopback: Serve) -> None:
    server = loopback(http_answer(200, VIDEO))
    world.put(_finished(server.url))
    calls: list[Result] = []

    def overtaken(real: Any, **kwargs: Any) -> Any:
        """Between looking and storing, the other copy does the whole work."""
        if not calls:
            calls.append({"video_id": "", "run": 1, "next": "done"})
            calls.append(_archive(world))
        return real(**kwargs)

    client: Any = Meddled(world.s3, put_object=overtaken)
    result = _archive(world, store=MediaBucket(client, world.bucket))
    assert result == calls[1]
    assert world.objects() == [KEY]
    assert _now(world).event_id is not None


def test_a_repeated_write_leaves_the_same_video(world: "World", loopback: Serve) -> None:
    world.put(_finished(loopback(http_answer(200, VIDEO)).url))
    client: Any = Meddled(world.s3, put_object=twice)
    table = world.videos_over(Meddled(world.dynamodb, update_item=twice))
    assert _archive(world, store=MediaBucket(client, world.bucket), table=table)["next"] == "notify"
    assert (_now(world).status, _now(world).sha256) == (Status.SUCCEEDED, SHA256)


def test_an_unavailable_bucket_raises_and_ends_nothing(world: "World", loopback: Serve) -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")

    world.put(_finished(loopback(http_answer(200, VIDEO)).url))
    client: Any = Meddled(world.s3, put_object=fail)
    with pytest.raises(ClientError):
        _archive(world, store=MediaBucket(client, world.bucket))
    assert _now(world).status is Status.ARCHIVING


def test_a_stale_run_or_a_missing_video_ends_the_execution_at_once(world: "World") -> None:
    done = {"video_id": any_video().id, "run": 1, "next": "done"}
    assert _archive(world) == done
    world.put(_finished("http://127.0.0.1:1/", run=2))
    assert _archive(world) == done


@pytest.mark.parametrize(
    ("status", "then"), [(Status.QUEUED, "submit"), (Status.RUNNING, "wait"), *((status, "notify") for status in sorted(TERMINAL))]
)
def test_a_video_in_any_other_state_continues_from_it(world: "World", status: Status, then: str) -> None:
    world.put(any_video(status=status, upstream_id="task-1", event_id="evt_1"))
    assert _archive(world)["next"] == then
    assert world.objects() == []


def test_the_result_and_the_log_never_contain_the_upstream_link(world: "World", loopback: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="cliprelay")
    world.put(_finished(loopback(http_answer(403)).url + "/v.mp4?X-Amz-Signature=abcdef"))
    result = _archive(world)
    assert "abcdef" not in str(result) + "".join(str(vars(line)) for line in caplog.records)
    assert [vars(line)["code"] for line in caplog.records if "code" in vars(line)] == ["http_403"]
