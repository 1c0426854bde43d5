"""An order is paid once, whatever breaks between the call and its answer."""

import os
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from client.tests.conftest import JumpingClock, connect
from client.tests.fake_server import PNG, FakeServer, busy, complaint, problem, reset, unreachable
from cliprelay_client import Client, InvalidOrder, LocalFault, ServerTooOld, Unauthorized, Unavailable, Unreachable, UsageError


def journal(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "state").glob("*.jsonl"))


def test_every_order_has_a_key_that_was_saved_before_it_was_sent(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    seen: list[str] = []

    def look(request: httpx.Request) -> httpx.Response | None:
        (file,) = journal(tmp_path)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert request.headers["idempotency-key"] in file.read_text()
        seen.append(request.headers["idempotency-key"])
        return None

    server.before = [look, look]
    first, second = (client.videos.create(picture, "sea") for _ in range(2))
    assert first.id != second.id
    assert len(set(seen)) == 2
    assert journal(tmp_path) == []


@pytest.mark.parametrize("fault", [reset, unreachable, busy, lambda request: problem(500, "internal", "Unexpected error.")])
def test_an_order_whose_answer_is_lost_is_repeated_under_the_same_key(
    client: Client, server: FakeServer, picture: Path, fault: object
) -> None:
    server.after = [fault, fault]  # type: ignore[list-item]
    video = client.videos.create(picture, "sea")
    assert server.paid == 1
    assert video.replayed
    assert len({each.headers["idempotency-key"] for each in server.requests}) == 1


def test_retry_after_is_honoured(client: Client, server: FakeServer, clock: JumpingClock, picture: Path) -> None:
    server.before, heard = [busy], list[Exception]()
    client.core.on_repeat = heard.append
    client.videos.create(picture, "sea")
    assert clock.slept == [7.0]
    assert [type(error) for error in heard] == [Unavailable]


def test_a_call_that_a_crash_cut_off_is_repeated_by_the_next_process(
    client: Client, server: FakeServer, clock: JumpingClock, picture: Path, tmp_path: Path
) -> None:
    def die(request: httpx.Request) -> httpx.Response | None:
        raise KeyboardInterrupt

    server.after = [die]
    with pytest.raises(KeyboardInterrupt):
        client.videos.create(picture, "sea")
    assert len(journal(tmp_path)) == 1
    video = connect(server, clock).videos.create(PNG, "sea", metadata={"run": "2"})
    assert (server.paid, video.replayed) == (1, True)
    assert journal(tmp_path) == []


def test_after_all_patience_the_error_says_that_the_same_call_pays_at_most_once(
    client: Client, server: FakeServer, picture: Path, tmp_path: Path
) -> None:
    server.after = [reset] * 100
    with pytest.raises(Unreachable, match="the same call sends it again under the same key, which pays at most once"):
        client.videos.create(picture, "sea")
    assert len(journal(tmp_path)) == 1
    server.after = []
    assert client.videos.create(picture, "sea").replayed
    assert server.paid == 1


def test_what_surely_never_arrived_leaves_nothing_open(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    server.before = [unreachable] * 100
    with pytest.raises(Unreachable, match=r"connection refused; check the base URL and the network\. Nothing was ordered"):
        client.videos.create(picture, "sea")
    assert journal(tmp_path) == []


def test_two_living_callers_do_not_share_a_key(client: Client, picture: Path) -> None:
    first, second = (client.journal.claim("a" * 64) for _ in range(2))
    assert first.key != second.key
    first.release()
    third = client.journal.claim("a" * 64)
    assert (third.key, third.resumed) == (first.key, True)


def test_a_torn_journal_file_holds_no_key(client: Client, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / f"{'a' * 40}-0.jsonl").write_text('{"key": "cli-')
    assert not client.journal.claim("a" * 64).resumed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_stops_the_order(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o500)
    with pytest.raises(LocalFault, match="Nothing was ordered"):
        client.videos.create(picture, "sea")
    assert server.paid == 0


def test_a_state_folder_that_is_a_file_stops_the_order(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(LocalFault, match="Nothing was ordered"):
        client.videos.create(picture, "sea")
    assert server.paid == 0


def test_the_same_content_is_the_same_video(client: Client, server: FakeServer, picture: Path) -> None:
    first = client.videos.create(picture, "sea", key="content", duration=4)
    second = client.videos.create(PNG, "sea", key="content", duration=4, metadata={"run": "2"})
    other = client.videos.create(picture, "sea", key="content", duration=5)
    assert first.id == second.id != other.id
    assert second.replayed
    assert server.paid == 2


def test_a_key_of_the_callers_own_is_sent_as_it_is_and_guarded(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    client.videos.create(picture, "sea", key="order-4711")
    assert list(server.keys) == ["order-4711"]
    assert not (tmp_path / "state").exists()
    with pytest.raises(InvalidOrder) as refused:
        client.videos.create(picture, "another", key="order-4711")
    assert (refused.value.code, refused.value.video_id) == ("idempotency_key_reused", f"vid_{0:026d}")
    with pytest.raises(UsageError, match="comma"):
        client.videos.create(picture, "sea", key="a,b")


def test_a_large_picture_is_uploaded_and_is_the_same_order(client: Client, server: FakeServer) -> None:
    large = PNG + bytes(600_000)
    first = client.videos.create(large, "sea", key="content")
    assert server.uploads == [large]
    assert client.videos.create(large, "sea", key="content").id == first.id
    assert server.paid == 1


def test_a_refusal_lists_all_complaints_and_ends_the_intent(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidOrder, match=r"prompt: is not liked \(accepted: something else\)") as refused:
        client.videos.create(picture, "refuse me")
    assert [each["field"] for each in refused.value.complaints] == ["prompt"]
    assert journal(tmp_path) == []


def test_a_wrong_key_is_one_sentence(server: FakeServer, clock: JumpingClock, client: Client, picture: Path) -> None:
    client.core.api_key = "clr_wrong"
    with pytest.raises(Unauthorized, match="rejects the API key; set the right one"):
        client.videos.create(picture, "sea")
    assert server.calls("POST", "/v1/videos") == 1


def test_an_older_server_says_that_it_has_no_limit_of_the_price(client: Client, server: FakeServer, picture: Path, tmp_path: Path) -> None:
    server.is_old = True
    with pytest.raises(ServerTooOld, match="nothing was ordered"):
        client.videos.create(picture, "sea", max_cost_usd="0.10")
    assert server.paid == 0
    assert journal(tmp_path) == []


@pytest.mark.parametrize("answer", [httpx.Response(200, text="<html>Sign in</html>"), httpx.Response(200, json={"ok": True})])
def test_something_else_that_answers_is_not_believed(client: Client, server: FakeServer, picture: Path, answer: httpx.Response) -> None:
    server.before = [lambda request: answer]
    with pytest.raises(Unavailable, match="does not answer like ClipRelay"):
        client.videos.create(picture, "sea")


@pytest.mark.parametrize("answer", [{"usd": "0.05"}, {"object": "quote", "usd": {}}, {"price": 1}])
def test_a_quote_without_a_price_is_of_another_version(client: Client, server: FakeServer, picture: Path, answer: dict[str, Any]) -> None:
    server.before = [lambda request: httpx.Response(200, json=answer)]
    with pytest.raises(Unavailable, match="install the client of the server's version"):
        client.videos.quote(picture, "sea")


def test_an_upload_without_a_form_is_of_another_version(client: Client, server: FakeServer) -> None:
    server.before = [lambda request: httpx.Response(201, json={"put_url": "https://storage.example.com"})]
    with pytest.raises(Unavailable, match="install the client of the server's version"):
        client.videos.create(PNG + bytes(600_000), "sea")
    assert server.paid == 0


def test_a_redirect_names_the_right_address(client: Client, server: FakeServer, picture: Path) -> None:
    server.before = [lambda request: httpx.Response(301, headers={"Location": "https://new.example.com/v1/videos"})]
    with pytest.raises(Exception, match=r"redirects to new\.example\.com"):
        client.videos.create(picture, "sea")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "gone.png", "There is no file"),
        (lambda folder: folder, "is a folder"),
        (lambda folder: b"", "is empty"),
        (lambda folder: b"%PDF-1.7", "is not a picture"),
        (lambda folder: PNG + bytes(30_000_000), "larger than 30 MB"),
        (lambda folder: (folder / "text").open("w+"), "binary mode"),
    ],
)
def test_a_picture_that_is_none_is_found_before_anything_is_sent(
    client: Client, server: FakeServer, tmp_path: Path, make: object, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        client.videos.create(make(tmp_path), "sea")  # type: ignore[operator]
    assert server.requests == []


def test_no_message_of_an_error_advises_another_order(client: Client, server: FakeServer, picture: Path) -> None:
    source = "".join(path.read_text() for path in (Path(__file__).parents[1] / "src").rglob("*.py"))
    assert "order it again" not in source.lower()
    assert "order again" not in source.lower()


def test_a_complaint_about_another_field_stays_what_it_is(client: Client, server: FakeServer, picture: Path) -> None:
    server.before = [lambda request: complaint("max_cost_usd", "must be more than 0")]
    with pytest.raises(InvalidOrder):
        client.videos.create(picture, "sea", max_cost_usd=0)
