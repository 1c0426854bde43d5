"""Archive keeps what it cannot verify, and delivers it once the provider has served the same file again, much later."""

import hashlib
import logging
from typing import IO, TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.errors import BadVideo, DeadLink, DownloadError, OutOfTime
from cliprelay.media.bucket import MediaBucket
from cliprelay.media.download import Downloaded
from cliprelay.steps.archive import archive
from cliprelay.video.kept_copies import APART, MOST_KEPT
from cliprelay.video.record import Video
from cliprelay.video.states import Status
from cliprelay.video.table import REFUSED_OFTEN
from cliprelay.workflow.contract import Event, Result
from tests.support.makers import NOW, Meddled, any_mp4, any_video
from tests.support.mp4_files import TYPE_BOX, mp4_box

if TYPE_CHECKING:
    from tests.support.world import World

ID = any_video().id
EPOCH = int(NOW.timestamp())
# Begins like an MP4 and is none.
ODD = TYPE_BOX + mp4_box(b"moov") + b"nobody can read this"
PAGE = b"<html>Sorry</html>"
URLS = ["https://media.example.com/1.mp4", "https://media.example.com/2.mp4", "https://media.example.com/3.mp4"]

Served = bytes | DownloadError


class Links:
    """A downloader of what the test says; `asked` are the links in their order."""

    def __init__(self, *served: Served, framed: bool = True) -> None:
        self.served, self.framed, self.asked = dict(zip(URLS, served, strict=False)), framed, list[str]()

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        self.asked.append(url)
        content = self.served[url]
        if isinstance(content, DownloadError):
            raise content
        file.write(content)
        return Downloaded(len(content), hashlib.sha256(content).hexdigest(), framed=self.framed)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _key(data: bytes) -> str:
    return f"unverified/acme/{ID}/{_sha256(data)}"


def _finished(**changes: Any) -> Video:
    usual: dict[str, Any] = {"status": Status.ARCHIVING, "claim": "a", "upstream_id": "task-1", "upstream_url": URLS[0], "link_at": EPOCH}
    return any_video(**(usual | changes))


def _archive(world: "World", links: Links, *, store: MediaBucket | None = None) -> Result:
    parts: dict[str, Any] = {"videos": world.videos, "store": store or world.store, "downloader": links, "clock": world.clock}
    return archive(Event(video_id=ID, run=1), **parts, seconds_left=900)


def _again(world: "World", links: Links, after: int) -> Video:
    """The next copy, with a link from a poll answer so many seconds after the first."""
    world.change(ID, upstream_url=URLS[0], link_at=EPOCH + after)
    _archive(world, links)
    return world.read(ID)


def _stored(world: "World", key: str) -> bytes:
    data: bytes = world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read()
    return data


# Kept aside


@pytest.mark.parametrize("data", [ODD, PAGE, any_mp4()[:-1]], ids=["odd", "page", "short"])
def test_a_complete_download_that_fails_a_check_is_kept_aside_and_fetched_again(world: "World", data: bytes) -> None:
    world.put(_finished())
    assert _archive(world, Links(data))["next"] == "wait"
    assert world.objects() == [_key(data)]
    assert _stored(world, _key(data)) == data
    (note,) = world.read(ID).kept_copies
    assert (note.sha256, note.bytes, note.link_at, note.is_framed) == (_sha256(data), len(data), EPOCH, True)
    assert note.has_type is (data != PAGE)


def test_a_refused_copy_clears_its_links_and_their_time(world: "World") -> None:
    world.put(_finished(more_urls=[URLS[1]]))
    _archive(world, Links(ODD, PAGE))
    video = world.read(ID)
    assert (video.upstream_url, video.more_urls, video.link_at) == (None, None, None)


def test_a_link_of_an_older_record_counts_from_its_first_copy(world: "World") -> None:
    world.put(_finished(link_at=None))
    _archive(world, Links(ODD))
    (note,) = world.read(ID).noted_copies
    assert note.link_at == EPOCH
    assert _again(world, Links(ODD), APART - 1).status is Status.ARCHIVING
    assert _again(world, Links(ODD), APART).status is Status.SUCCEEDED


def test_the_same_file_is_kept_once_and_keeps_its_first_time(world: "World") -> None:
    world.put(_finished())
    _archive(world, Links(ODD))
    video = _again(world, Links(ODD), APART - 1)
    assert video.status is Status.ARCHIVING
    assert world.objects() == [_key(ODD)]
    assert [note.link_at for note in video.noted_copies] == [EPOCH]


def test_at_most_three_different_files_are_kept_and_later_ones_are_noted(world: "World") -> None:
    world.put(_finished())
    files = [ODD + bytes([number]) for number in range(MOST_KEPT + 1)]
    _archive(world, Links(files[0]))
    for data in files[1:]:
        _again(world, Links(data), 1)
    assert sorted(world.objects()) == sorted(map(_key, files[:-1]))
    assert [note.is_kept for note in world.read(ID).noted_copies] == [True] * MOST_KEPT + [False]


def test_error_pages_leave_room_for_what_may_be_the_video(world: "World") -> None:
    world.put(_finished())
    _archive(world, Links(PAGE))
    for data in (b"<html>1</html>", b"<html>2</html>", ODD):
        _again(world, Links(data), 1)
    assert sorted(world.objects()) == sorted([_key(PAGE), _key(ODD)])


def test_a_crash_between_bucket_and_record_leaves_the_same_copy_once(world: "World") -> None:
    world.put(_finished())

    def crash(real: Any, **kwargs: Any) -> Any:
        real(**kwargs)
        raise SystemExit

    client: Any = Meddled(world.s3, put_object=crash)
    with pytest.raises(SystemExit):
        _archive(world, Links(ODD), store=MediaBucket(client, world.bucket))
    _archive(world, Links(ODD))
    assert world.objects() == [_key(ODD)]
    assert len(world.read(ID).kept_copies) == 1


def test_a_bucket_that_refuses_the_copy_raises_and_ends_nothing(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")

    world.put(_finished())
    client: Any = Meddled(world.s3, put_object=fail)
    with pytest.raises(ClientError):
        _archive(world, Links(ODD), store=MediaBucket(client, world.bucket))
    assert world.read(ID).status is Status.ARCHIVING


# Delivered


def test_a_file_served_again_by_a_later_link_is_delivered_with_its_doubt(world: "World") -> None:
    world.put(_finished(warnings=[{"code": "flex_is_slow", "message": "any"}]))
    _archive(world, Links(ODD))
    video = _again(world, Links(ODD), APART)
    assert (video.status, video.sha256, video.object_key) == (Status.SUCCEEDED, _sha256(ODD), f"videos/acme/{ID}.mp4")
    assert [warning["code"] for warning in video.warnings] == ["flex_is_slow", "unverified_media"]
    assert "no_picture" in video.warnings[1]["message"]
    assert _stored(world, video.object_key or "") == ODD


def test_a_file_that_was_not_kept_for_lack_of_room_is_delivered_too(world: "World") -> None:
    world.put(_finished())
    _archive(world, Links(ODD + b"0"))
    for number in (b"1", b"2", b"stable"):
        _again(world, Links(ODD + number), 1)
    assert _again(world, Links(ODD + b"stable"), 1 + APART).status is Status.SUCCEEDED


@pytest.mark.parametrize(
    ("data", "framed", "later", "after"),
    [
        (ODD, True, ODD, APART - 1),
        (ODD, True, ODD + b"!", APART),
        (ODD, False, ODD, APART),
        (PAGE, True, PAGE, 10 * APART),
    ],
    ids=["too soon", "another file", "perhaps cut", "a page"],
)
def test_nothing_else_is_delivered_by_repetition(world: "World", data: bytes, framed: bool, later: bytes, after: int) -> None:
    world.put(_finished())
    _archive(world, Links(data, framed=framed))
    assert _again(world, Links(later, framed=framed), after).status is Status.ARCHIVING


def test_two_entries_of_one_answer_confirm_nothing_about_each_other(world: "World") -> None:
    world.put(_finished(more_urls=[URLS[1]]))
    assert _archive(world, Links(ODD, ODD))["status"] == "archiving"


def test_a_link_of_an_unknown_time_confirms_nothing(world: "World") -> None:
    world.put(_finished(link_at=None))
    _archive(world, Links(ODD))
    world.clock.advance(10 * APART)
    world.change(ID, upstream_url=URLS[0], link_at=None)
    assert _archive(world, Links(ODD))["status"] == "archiving"


def test_a_whole_video_is_delivered_without_a_doubt_whatever_came_before(world: "World") -> None:
    world.put(_finished())
    _archive(world, Links(ODD))
    video = _again(world, Links(any_mp4()), APART)
    assert (video.status, video.warnings) == (Status.SUCCEEDED, [])


def test_the_doubt_outlives_a_crash_after_the_file_is_stored(world: "World") -> None:
    world.put(_finished())
    _archive(world, Links(ODD))

    def crash(real: Any, **kwargs: Any) -> Any:
        real(**kwargs)
        raise SystemExit

    world.change(ID, upstream_url=URLS[0], link_at=EPOCH + APART)
    client: Any = Meddled(world.s3, put_object=crash)
    with pytest.raises(SystemExit):
        _archive(world, Links(ODD), store=MediaBucket(client, world.bucket))
    assert _archive(world, Links(ODD))["status"] == "succeeded"
    assert [warning["code"] for warning in world.read(ID).warnings] == ["unverified_media"]


# Several links


def _gone() -> DownloadError:
    return DeadLink("http_403")


@pytest.mark.parametrize("first", [_gone(), BadVideo("cut"), DeadLink("address_refused"), PAGE, ODD])
def test_every_link_of_an_answer_is_tried_before_a_refusal(world: "World", first: Served) -> None:
    world.put(_finished(more_urls=URLS[1:]))
    links = Links(first, _gone(), any_mp4())
    assert _archive(world, links)["status"] == "succeeded"
    assert links.asked == URLS
    assert (world.read(ID).upstream_url, world.read(ID).more_urls, world.read(ID).link_at) == (None, None, None)


def test_each_attempt_begins_with_another_link(world: "World") -> None:
    first: list[str] = []
    for copies in range(4):
        world.put(_finished(more_urls=URLS[1:], copies=copies))
        links = Links(OutOfTime("out_of_time"), OutOfTime("out_of_time"), OutOfTime("out_of_time"))
        _archive(world, links)
        first += links.asked
    assert first == [*URLS, URLS[0]]


def test_refused_links_are_dropped_and_counted_by_their_reason(world: "World") -> None:
    world.put(_finished(more_urls=[URLS[1]], refusals={"http_403": 4}))
    _archive(world, Links(_gone(), BadVideo("cut")))
    video = world.read(ID)
    assert (video.links, video.copies, video.refusals) == ([], 1, {"http_403": 5, "cut": 1})


# Told


def test_the_third_refused_copy_rings_and_a_copy_that_is_taken_ends_it(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="cliprelay.archive")
    world.put(_finished(copies=REFUSED_OFTEN - 2))
    counts: list[int] = []
    for served in (_gone(), _gone(), _gone(), any_mp4()):
        _again(world, Links(served), 1)
        counts.append(world.videos.count_refused())
    assert counts == [0, 1, 1, 0]
    assert [(line.message, vars(line)["code"]) for line in caplog.records] == [("refused repeatedly", "http_403")]
