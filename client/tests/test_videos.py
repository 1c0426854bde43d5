"""Wait, list, download, cancel and delete, with a server of today and an older one."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from client.tests.conftest import JumpingClock
from client.tests.fake_server import FILM, FakeServer, problem, reset, unreachable
from cliprelay_client import (
    AsyncClient,
    Client,
    LocalFault,
    NotFound,
    ServerTooOld,
    StillRunning,
    Unavailable,
    Unreachable,
    UsageError,
    VideoFailed,
    VideoUnconfirmed,
)
from cliprelay_client.api import downloads


def test_create_wait_download_reads_as_one_line(client: Client, picture: Path, tmp_path: Path) -> None:
    target = tmp_path / "beach \N{WATER WAVE}.mp4"
    written = client.videos.create(image=picture, prompt="sea").wait().download(target)
    assert written == target
    assert target.read_bytes() == FILM
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_waiting_asks_the_server_to_wait_and_shows_each_look(client: Client, server: FakeServer, clock: JumpingClock) -> None:
    server.walk = ["queued", "running", "running", "succeeded"]
    seen: list[str] = []
    video = client.videos.create(prompt="sea").wait(on_update=lambda each: seen.append(each.status))
    assert seen == ["queued", "running", "running", "succeeded"]
    assert {each.headers.get("prefer") for each in server.requests if each.method == "GET"} == {"wait=25"}
    assert clock.slept == [1.0, 1.3, pytest.approx(1.69)], "this server answers at once, so it is asked ever less often"
    assert str(video.cost_usd) == "0.0487"


def test_waiting_survives_an_outage(client: Client, server: FakeServer) -> None:
    video = client.videos.create(prompt="sea")
    server.before = [unreachable, reset, lambda request: problem(502, "", "")]
    assert video.wait().status == "succeeded"


@pytest.mark.parametrize(("status", "error"), [("failed", VideoFailed), ("expired", VideoFailed), ("unconfirmed", VideoUnconfirmed)])
def test_a_video_without_a_file_is_an_error_with_the_video(
    client: Client, server: FakeServer, status: str, error: type[VideoFailed | VideoUnconfirmed]
) -> None:
    server.walk = [status]
    with pytest.raises(error) as raised:
        client.videos.create(prompt="sea").wait()
    assert raised.value.video.status == status


def test_a_canceled_video_whose_costs_are_open_is_not_waited_for(client: Client, server: FakeServer) -> None:
    open_costs = {"id": f"vid_{0:026d}", "status": "canceled", "billed": "possibly"}
    server.before = [None, lambda request: httpx.Response(200, json=open_costs)]
    with pytest.raises(VideoFailed, match="was canceled; billed: possibly") as raised:
        client.videos.create(prompt="sea").wait()
    assert not raised.value.video.has_ended


def test_a_status_of_a_newer_server_is_waited_through(client: Client, server: FakeServer) -> None:
    server.walk = ["polishing", "succeeded"]
    assert client.videos.create(prompt="sea").wait().status == "succeeded"


def test_a_time_limit_ends_the_waiting_and_not_the_video(client: Client, server: FakeServer) -> None:
    server.walk = ["running"] * 100
    with pytest.raises(StillRunning, match="it goes on"):
        client.videos.create(prompt="sea").wait(timeout=30)


@pytest.mark.parametrize("is_old", [False, True])
def test_waiting_for_many_yields_each_once(client: Client, server: FakeServer, is_old: bool) -> None:
    server.is_old, server.walk = is_old, ["running", "succeeded"]
    ids = [client.videos.create(prompt="sea", key=f"{number}").id for number in range(120)]
    server.videos[ids[7]]["walk"] = ["failed"]
    before = len(server.requests)
    ended = {video.id: video.status for video in client.videos.wait_many([*ids, ids[0]])}
    assert ended == {each: "failed" if each == ids[7] else "succeeded" for each in ids}
    assert len(server.requests) - before == (1 + 120 + 119 if is_old else 4)


def test_a_video_that_is_gone_does_not_end_the_waiting_for_others(client: Client) -> None:
    kept, gone = client.videos.create(prompt="sea").id, f"vid_{9:026d}"
    assert {video.id: video.status for video in client.videos.wait_many([gone, kept])} == {kept: "succeeded", gone: "not_found"}


def test_the_list_is_read_page_by_page(client: Client) -> None:
    ids = [client.videos.create(prompt="sea", key=f"{number}").id for number in range(205)]
    assert [video.id for video in client.videos.iterate()] == ids[::-1]


def test_an_id_cannot_become_another_path(client: Client, server: FakeServer) -> None:
    with pytest.raises(UsageError, match="is not an id"):
        client.videos.get("../webhook")
    assert server.requests == []


@pytest.mark.parametrize("act", [lambda v: v.cancel(), lambda v: v.delete(), lambda v: v._videos.list(ids=v.id)])
def test_an_older_server_is_named_as_such(client: Client, server: FakeServer, act: Any) -> None:
    server.is_old = True
    with pytest.raises(ServerTooOld, match="update the"):
        act(client.videos.create(prompt="sea"))
    with pytest.raises(ServerTooOld):
        client.usage()


def test_cancel_delete_and_usage_of_this_version(client: Client, server: FakeServer) -> None:
    video = client.videos.create(prompt="sea")
    assert video.cancel().raw["billed"] == "no"
    video.delete()
    assert client.usage(by="day", from_="2026-11-01")["data"][0]["videos"] == 1
    assert str(server.requests[-1].url).endswith("/v1/usage?by=day&from=2026-11-01")
    with pytest.raises(NotFound):
        client.videos.get(f"vid_{9:026d}")


# Downloads


def made(client: Client) -> Any:
    return client.videos.create(prompt="sea").wait()


def test_a_download_goes_on_where_it_broke(client: Client, server: FakeServer, tmp_path: Path) -> None:
    video = made(client)
    server.breaks = [1000, 500, 2000]
    video.download(tmp_path / "a.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == FILM
    ranges = [each.headers.get("range") for each in server.requests if each.url.host == "storage.example.com"]
    assert ranges == [None, "bytes=1000-", "bytes=1500-", "bytes=3500-"]


def test_a_later_process_goes_on_with_what_has_arrived(client: Client, server: FakeServer, tmp_path: Path) -> None:
    video = made(client)
    server.breaks = [1000] + [0] * 20
    with pytest.raises(Unreachable, match="download it again later"):
        video.download(tmp_path / "a.mp4")
    assert not (tmp_path / "a.mp4").exists()
    server.breaks = []
    client.videos.download(video.id, tmp_path / "a.mp4")
    assert server.requests[-1].headers["range"] == "bytes=1000-"
    assert (tmp_path / "a.mp4").read_bytes() == FILM


def test_a_link_that_expires_on_the_way_is_replaced(client: Client, server: FakeServer, tmp_path: Path) -> None:
    video = made(client)
    server.breaks, server.expired_links = [1000], 2
    assert video.download(tmp_path / "a.mp4").read_bytes() == FILM


def test_a_damaged_file_never_gets_the_name(client: Client, server: FakeServer, tmp_path: Path) -> None:
    video = made(client)
    server.film = FILM[:-1] + b"\0"
    with pytest.raises(Unreachable, match="damaged"):
        video.download(tmp_path / "a.mp4")
    assert list(tmp_path.glob("*a.mp4*")) == []


def test_a_file_that_is_there_is_kept(client: Client, server: FakeServer, tmp_path: Path) -> None:
    video = made(client)
    target = video.download(tmp_path)
    assert target.name == f"{video.id}.mp4"
    before = len(server.requests)
    assert video.download(target) == target
    assert len(server.requests) == before
    target.write_bytes(b"mine")
    with pytest.raises(UsageError, match="another file"):
        video.download(target)
    assert target.read_bytes() == b"mine"
    assert video.download(target, overwrite=True).read_bytes() == FILM


def test_a_file_without_a_length_is_of_another_version(client: Client, tmp_path: Path) -> None:
    video = client.videos.create(prompt="sea").wait()
    video.raw["video"] = {"size": 5}
    with pytest.raises(Unavailable, match="install the client of the server's version"):
        video.download(tmp_path / "sea.mp4")
    assert not list(tmp_path.glob("*.mp4"))


def test_a_video_as_it_was_ordered_is_read_again_before_its_download(client: Client, tmp_path: Path) -> None:
    video = client.videos.create(prompt="sea")
    client.videos.wait(video.id)
    assert video.download(tmp_path / "a.mp4").read_bytes() == FILM


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_said_and_leaves_nothing(client: Client, tmp_path: Path) -> None:
    video = made(client)
    part = downloads.PartialFile(tmp_path / "a.mp4", video.sha256 or "", video.bytes or 0)
    part.path.symlink_to("/dev/full")
    with pytest.raises(LocalFault, match="The disk is full"):
        part.take(206, {"content-range": "bytes 0-9/10"}, b"any")
    assert list(tmp_path.glob("*a.mp4*")) == []


def test_a_folder_that_is_missing_is_said_before_anything_is_fetched(client: Client, server: FakeServer, tmp_path: Path) -> None:
    video = made(client)
    before = len(server.requests)
    with pytest.raises(UsageError, match="no folder"):
        video.download(tmp_path / "gone" / "a.mp4")
    assert len(server.requests) == before


def test_a_name_of_255_bytes_can_be_downloaded_to(client: Client, tmp_path: Path) -> None:
    assert made(client).download(tmp_path / (chr(0x1F30A) * 62 + ".mp4")).read_bytes() == FILM


# The same with asyncio


def test_the_asynchronous_client_does_the_same(async_client: AsyncClient, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    import anyio

    async def journey() -> list[str]:
        async with async_client as client:
            server.after = [reset]
            video = await client.videos.create(picture, "sea", key="content")
            again = await client.videos.create(picture, "sea", key="content")
            assert (video.id, server.paid) == (again.id, 1)
            done = await video.wait()
            server.breaks = [1000]
            assert (await done.download(tmp_path / "a.mp4")).read_bytes() == FILM
            server.walk = ["unconfirmed"]
            other = await client.videos.create(picture, "another")
            with pytest.raises(VideoUnconfirmed):
                await other.wait()
            assert (await client.videos.quote(picture, "sea")).is_exact
            assert [each.id async for each in client.videos.iterate()] == [other.id, video.id]
            with pytest.raises(NotFound):
                await client.videos.get(f"vid_{9:026d}")
            return [each.status async for each in client.videos.wait_many([video, other])]

    assert sorted(anyio.run(journey)) == ["succeeded", "unconfirmed"]


def test_both_clients_have_the_same_names() -> None:
    from cliprelay_client.api import async_client, client

    for name in ("Videos", "Client", "Video"):
        ours, theirs = getattr(client, name), getattr(async_client, f"Async{name}")
        assert {each for each in dir(ours) if not each.startswith("_")} == {each for each in dir(theirs) if not each.startswith("_")}


def test_a_server_is_not_given_the_key_that_is_stored_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cliprelay_client.api.settings import Settings, settings, store

    path = tmp_path / "config.json"
    store(path, Settings("https://one.example.com", "clr_one"))
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings(environment={"CLIPRELAY_CONFIG": str(path)}) == Settings("https://one.example.com", "clr_one")
    with pytest.raises(UsageError, match="No API key"):
        settings("https://two.example.com", environment={"CLIPRELAY_CONFIG": str(path)})


@pytest.mark.parametrize(("url", "key"), [("clips.example.com", "clr_a"), ("https://", "clr_a"), ("https://a.example.com", "clr_a\n b")])
def test_a_base_url_or_key_that_is_none_is_one_sentence(url: str, key: str) -> None:
    with pytest.raises(UsageError):
        Client(url, key, http=httpx.Client())
