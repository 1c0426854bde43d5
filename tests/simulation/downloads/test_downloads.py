"""A slice of the long run of downloads, and what it stands on."""

from collections import Counter
from collections.abc import Callable, Iterator
from os import SEEK_CUR
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.media.bucket import MediaBucket
from cliprelay.media.download import Downloader
from cliprelay.media.mp4.check import doubt_about
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from tests.simulation.downloads.faults import MISHAPS, SIZE_CAP
from tests.simulation.downloads.report import report
from tests.simulation.downloads.runs import Result, listening, outside_in_memory, run
from tests.simulation.downloads.server import Gallery
from tests.simulation.downloads.trial import Outside, Trial
from tests.simulation.downloads.video_files import any_video_file, boxes_of, without
from tests.support.memory_aws.responses import http
from tests.support.wire_responses import Behaviour, answer, chunked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.world import World

SEED = 1


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with outside_in_memory() as made, listening():
        yield made


@pytest.mark.parametrize("number", range(2 * len(MISHAPS)), ids=[mishap.name for mishap in MISHAPS] * 2)
def test_a_video_is_ours_whole_or_not_at_all_and_its_owner_is_told_once(outside: Outside, number: int) -> None:
    assert Trial(outside, SEED, number).play().wrongs == []


def test_the_same_holds_with_moto_for_every_mishap_of_the_bucket_and_the_table(moto_world: "World") -> None:
    gallery = Gallery()
    outside = Outside(moto_world, gallery, _in_moto(moto_world), lambda key: None)
    # moto does not compare checksums.
    chosen = [
        mishap for mishap in MISHAPS if (mishap.s3 or mishap.dynamodb or mishap.company > 1) and mishap.name != "S3: damaged on its way"
    ]
    with listening():
        wrongs = [wrong for number, mishap in enumerate(chosen) for wrong in Trial(outside, SEED, number, mishap=mishap).play().wrongs]
    gallery.close()
    assert wrongs == []


def _in_moto(world: "World") -> Callable[[str], list[bytes]]:
    return lambda key: [world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read() for found in world.objects() if found == key]


def test_a_put_that_the_sdk_repeats_sends_the_video_from_its_beginning() -> None:
    sent: list[int] = []

    def break_off_once(request: Any, **_: Any) -> Any:
        sent.append(len(request.body.read(100)))
        if len(sent) == 1:
            return http(500)
        request.body.seek(-sent[-1], SEEK_CUR)
        return None

    def at_once(response: Any, **_: Any) -> int | None:
        return 0 if response and response[0].status_code == 500 else None

    with outside_in_memory() as outside, listening():
        outside.world.s3.meta.events.register_first("before-send.s3.PutObject", break_off_once)
        outside.world.s3.meta.events.register_first("needs-retry.s3.PutObject", at_once)
        trial = Trial(outside, SEED, 0).play()
    assert (trial.wrongs, trial.errors, sent) == ([], [], [100, 100])


def test_no_temporary_file_outlives_its_download(tmp_path: "Path", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run(SEED, range(len(MISHAPS)))
    assert list(tmp_path.iterdir()) == []
    assert result.left_open == 0


def test_the_judge_sees_a_half_video_under_the_final_name(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cliprelay.steps.archive.doubt_about", lambda file, size: None)
    short = next(number for number, mishap in enumerate(MISHAPS) if mishap.name == "no media")
    wrongs = Trial(outside, SEED, short).play().wrongs
    assert wrongs[0].startswith(f"--seed {SEED} --only {short} (no media): after the mishap, its name has held something else")


def test_the_judge_sees_a_video_that_is_stored_twice(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    def unconditional(store: Any, key: str, file: Any, size: int, sha256: str, doubt: str | None, **_: Any) -> Any:
        store._client.put_object(Bucket=store._bucket, Key=key, Body=file.read(), Metadata={"sha256": sha256})
        return store.find_video(key)

    monkeypatch.setattr(MediaBucket, "put_video", unconditional)
    two = next(number for number, mishap in enumerate(MISHAPS) if mishap.name == "two at once")
    assert "something else than the video, once" in Trial(outside, SEED, two).play().wrongs[0]


def test_the_same_seed_makes_the_same_videos(outside: Outside) -> None:
    assert Trial(outside, 7, 3).mp4 == Trial(outside, 7, 3).mp4 != Trial(outside, 8, 3).mp4


@pytest.mark.parametrize("open_end", [False, True])
def test_every_video_is_a_whole_mp4_until_a_box_is_taken_away(tmp_path: "Path", open_end: bool) -> None:
    for seed in range(50):
        mp4 = any_video_file(Random(seed), open_end=open_end)  # noqa: S311 - to be repeated
        assert len(mp4) < SIZE_CAP
        assert b"".join(boxes_of(mp4)) == mp4
        for content, whole in ((mp4, True), (without(mp4, b"moov"), False), (without(mp4, b"mdat"), False)):
            file = tmp_path / "video"
            file.write_bytes(content)
            with file.open("rb") as opened:
                assert (doubt_about(opened, len(content)) is None) is whole


def test_a_video_whose_last_box_has_no_length_is_cut_when_its_pictures_are(tmp_path: "Path") -> None:
    mp4 = any_video_file(Random(1), open_end=True)  # noqa: S311 - to be repeated
    assert not _is_whole(tmp_path / "video", mp4, answer(content=mp4[:-1], length=None))


@pytest.mark.parametrize("how", [answer(), chunked(), answer(length=None)], ids=["with a length", "in chunks", "until closed"])
def test_a_video_whose_last_box_has_no_length_is_whole_when_its_pictures_are(tmp_path: "Path", how: Behaviour) -> None:
    mp4 = any_video_file(Random(1), open_end=True)  # noqa: S311 - to be repeated
    assert _is_whole(tmp_path / "video", mp4, how)


def _is_whole(path: "Path", mp4: bytes, how: Behaviour) -> bool:
    gallery = Gallery()
    url = gallery.hang("any", mp4, how)
    with path.open("w+b") as file:
        got = Downloader(Guard(AddressRules.LOOPBACK), SIZE_CAP).fetch(url, file, seconds=60)
        gallery.close()
        return doubt_about(file, got.bytes) is None


def test_a_report_names_every_mishap_and_what_plays_a_wrong_again() -> None:
    result = Result(SEED, Counter({"cut": 3}), {"cut": Counter({"download_broken": 3})}, ["--seed 1 --only 7 (cut): any"], 2.0, 1_000_000)
    shown = report(result)
    assert "| cut | 3 | download_broken 3 |" in shown
    assert "--seed 1 --only 7" in shown
    assert "1.5 per second" in shown
