"""What lies in a state folder can be read while a service runs on it, after a kill, and in part if the file is damaged."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cliprelay.video.states import TERMINAL, Status
from local.aws.s3.store.store import ObjectStore
from local.state.contents import OPEN, STATUSES, _connect, read_contents
from local.state.database import VERSION
from local.state.folder import StateFolder
from local.state.identity import Identity
from local.state.records import Records
from tests.support.makers import NOW
from tests.support.object_stores import put
from tests.support.paths import ROOT

ITEMS: dict[str, list[dict[str, Any]]] = {
    "cliprelay-VideosTable-local": [
        {"id": {"S": "vid_3"}, "status": {"S": "running"}},
        {"id": {"S": "vid_1"}, "status": {"S": "unconfirmed"}},
        {"id": {"S": "vid_2"}, "status": {"S": "succeeded"}},
        {"id": {"S": "vid_4"}, "status": {"S": "queued"}},
        {"id": {"S": "intent_1"}},
    ],
    "cliprelay-KeysTable-local": [{"key_sha256": {"S": "a"}}, {"key_sha256": {"S": "b"}, "revoked_at": {"S": "any"}}],
    "cliprelay-WebhooksTable-local": [
        {"id": {"S": "tenant_acme"}, "url": {"S": "https://any"}},
        {"id": {"S": "tenant_b"}},
        {"id": {"S": "evt_1-1"}, "due": {"S": "due"}},
        {"id": {"S": "evt_2-1"}},
    ],
}


def items_of(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
    yield from ITEMS[table]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFolder]:
    state = StateFolder(tmp_path / "state", tmp_path)
    Identity(state.database, state.path).record("https://api.example.com", NOW)
    state.name_owner("http://127.0.0.1:8787")
    (state.mail / "0001.eml").write_text("any")
    yield state
    state.release()


def test_a_running_service_and_its_folder_are_described(state: StateFolder) -> None:
    found = read_contents(state.path, items_of)
    assert (found.upstream, found.created, found.format) == ("https://api.example.com", NOW.isoformat(timespec="seconds"), VERSION)
    assert (found.service or "").endswith("at http://127.0.0.1:8787)")
    assert found.emails == 1
    assert found.bytes_on_disk > 0
    assert found.problems == []


def test_videos_are_counted_by_status_the_open_ones_first_and_the_paid_ones_named(state: StateFolder) -> None:
    found = read_contents(state.path, items_of)
    assert list(found.videos.items()) == [("unconfirmed", 1), ("running", 1), ("queued", 1), ("succeeded", 1)]
    assert (found.paid_videos, found.open_videos) == (["vid_1", "vid_3"], 3)


def test_every_state_of_the_product_is_known() -> None:
    assert set(STATUSES) == set(Status)
    assert set(OPEN) == set(Status) - TERMINAL


def test_a_state_of_a_newer_version_is_counted_too(state: StateFolder) -> None:
    found = read_contents(state.path, lambda connection, table: [{"id": {"S": "vid_1"}, "status": {"S": "dreaming"}}])
    assert found.videos == {"dreaming": 1}


def test_keys_webhooks_and_deliveries_are_counted(state: StateFolder) -> None:
    found = read_contents(state.path, items_of)
    assert (found.api_keys, found.revoked_api_keys, found.webhooks, found.open_deliveries) == (1, 1, 1, 1)


def test_objects_are_counted_and_those_without_their_whole_file_are_named(state: StateFolder) -> None:
    store = ObjectStore(state.database, state.objects, lambda: NOW)
    store.add_bucket("media")
    stored = [put(store, f"videos/{number}.mp4", b"1234", "media") for number in range(3)]
    (state.objects / stored[1].file).write_bytes(b"12")
    (state.objects / stored[2].file).unlink()
    found = read_contents(state.path, items_of)
    assert (found.objects, found.object_bytes) == (3, 12)
    assert found.missing_objects == ["media/videos/1.mp4", "media/videos/2.mp4"]


def test_a_look_changes_nothing_and_keeps_no_lock(state: StateFolder) -> None:
    files = {path.name: path.read_bytes() for path in state.path.iterdir() if path.is_file() and not path.name.endswith("-shm")}
    read_contents(state.path, items_of)
    assert files == {name: (state.path / name).read_bytes() for name in files}
    Records(state.database, "any").put("a", 1)


def test_the_file_is_opened_for_reading_alone(state: StateFolder) -> None:
    with closing(_connect(state.path / "state.sqlite")) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("CREATE TABLE any (a)")


def test_a_folder_that_nobody_uses_is_read_too(state: StateFolder) -> None:
    state.release()
    found = read_contents(state.path, items_of)
    assert (found.service, found.upstream, found.problems) == (None, "https://api.example.com", [])


def test_what_a_killed_service_has_answered_is_seen(tmp_path: Path) -> None:
    code = (
        "import os; from datetime import datetime; from pathlib import Path; from local.state.folder import StateFolder; "
        f"from local.state.identity import Identity; s = StateFolder(Path({str(tmp_path)!r}), Path()); "
        "Identity(s.database, s.path).record('killed', datetime.now()); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)  # noqa: S603
    assert read_contents(tmp_path, items_of).upstream == "killed"


def test_a_folder_without_a_database_has_mails_at_least(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "0001.eml").write_text("any")
    found = read_contents(tmp_path)
    assert (found.emails, found.format, found.problems) == (1, None, [])


def test_a_newer_format_is_named(state: StateFolder) -> None:
    with state.database.transaction() as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    found = read_contents(state.path, items_of)
    assert found.problems == [f"state.sqlite has format {VERSION + 1}, and this version reads only {VERSION}; use the newer version"]


def test_a_damaged_file_is_read_as_far_as_possible(state: StateFolder) -> None:
    Records(state.database, "any").put_all({str(number): "x" * 1000 for number in range(100)})
    state.release()
    file = state.path / "state.sqlite"
    data = file.read_bytes()
    file.write_bytes(data[: len(data) - 40960] + bytes(40960))
    found = read_contents(state.path, items_of)
    assert found.format == VERSION
    assert found.videos["running"] == 1
    assert any("is damaged" in problem for problem in found.problems)


def test_a_file_that_is_no_database_any_more_is_a_problem_and_no_crash(state: StateFolder) -> None:
    state.release()
    (state.path / "state.sqlite").write_bytes(b"x" * 10000)
    found = read_contents(state.path)
    assert (found.emails, found.format) == (1, None)
    assert any("file is not a database" in problem for problem in found.problems)


def test_an_item_that_cannot_be_read_is_a_problem_of_its_part_alone(state: StateFolder) -> None:
    def broken(connection: sqlite3.Connection, table: str) -> Iterator[dict[str, Any]]:
        yield from ITEMS[table]
        if "Keys" in table:
            raise ValueError("not JSON")

    found = read_contents(state.path, broken)
    assert found.problems == ["state.sqlite: api keys cannot be read (not JSON)"]
    assert replace(found, problems=[]).webhooks == 1
