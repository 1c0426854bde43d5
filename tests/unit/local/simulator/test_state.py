"""What is kept for a task, and for how long."""

from typing import Any

import pytest

from tests.support.simulator_client import any_picture, content, data_uri
from tests.support.simulator_runs import SimulatorRuns

SMALL: dict[str, Any] = {"resolution": "480p", "duration": 4, "generate_audio": False}
DAY = 86_400
WEEK = 7 * DAY


def rows(runs: SimulatorRuns, table: str) -> int:
    with runs.database.transaction() as connection:
        return int(connection.execute(f"SELECT count(*) FROM simulator_{table}").fetchone()[0])  # noqa: S608 - constants


def test_an_image_is_kept_until_its_video_is_on_disk(runs: SimulatorRuns) -> None:
    link = runs.start(cheap=False).finished(image=data_uri(any_picture()), **SMALL)
    assert len(runs.names("picture-*")) == 1
    runs.start(cheap=False)
    assert len(runs.names("picture-*")) == 1
    runs.client.request("GET", link)
    assert (runs.names("picture-*"), len(runs.names("video-*.mp4"))) == ([], 1)


def test_equal_images_share_a_file_until_the_last_video_is_on_disk(runs: SimulatorRuns) -> None:
    links = [runs.start(cheap=False).finished(image=data_uri(any_picture()), **SMALL) for _ in range(2)]
    for left, link in ((1, links[0]), (0, links[1])):
        runs.client.request("GET", link)
        assert len(runs.names("picture-*")) == left


def test_a_second_download_does_not_release_an_image_again(runs: SimulatorRuns) -> None:
    one, _ = (runs.start(cheap=False).finished(image=data_uri(any_picture()), **SMALL) for _ in range(2))
    for _ in range(2):
        runs.client.request("GET", one)
    assert len(runs.names("picture-*")) == 1


@pytest.mark.parametrize("words", ["outcome=fail", "outcome=never", "outcome=expired:status"])
def test_a_task_that_makes_no_video_keeps_no_image(runs: SimulatorRuns, words: str) -> None:
    runs.start(cheap=False).created(words, image=data_uri(any_picture()))
    assert runs.names("*") == []


def test_a_create_without_balance_keeps_no_image(runs: SimulatorRuns) -> None:
    assert runs.start(cheap=False, balance=0.0).create(image=data_uri(any_picture())).status == 403
    assert runs.names("*") == []


def test_a_video_that_was_downloaded_is_never_another_one(runs: SimulatorRuns) -> None:
    """Without its file and its image, another one would be encoded."""
    link = runs.start(cheap=False).finished(image=data_uri(any_picture()), **SMALL)
    runs.client.request("GET", link)
    for path in runs.files.glob("video-*.mp4"):
        path.unlink()
    assert runs.start(cheap=False).request("GET", link).status == 404
    assert runs.names("*") == []
    assert runs.client.simulator.summary()["downloads_refused"] == 1


def test_a_lost_file_is_encoded_again_if_the_bytes_are_the_same(runs: SimulatorRuns) -> None:
    link = runs.start(cheap=False).finished(**SMALL)
    video = content(runs.client.request("GET", link))
    for path in runs.files.glob("video-*.mp4"):
        path.unlink()
    assert content(runs.start(cheap=False).request("GET", link)) == video


def test_files_go_when_a_video_can_no_longer_be_downloaded(runs: SimulatorRuns) -> None:
    runs.start(cheap=False).finished(image=data_uri(any_picture()), **SMALL)
    runs.client.request("GET", runs.client.finished(**SMALL))
    assert len(runs.names("*")) == 2
    runs.client.wait(DAY - 120)
    runs.client.created("outcome=fail")
    assert len(runs.names("*")) == 2
    runs.client.wait(240)
    runs.client.created("outcome=fail")
    assert runs.names("*") == []


def test_a_task_past_its_retention_leaves_only_its_entry_in_the_ledger(runs: SimulatorRuns) -> None:
    runs.start().create("create=long-id poll=404:2")
    runs.client.create("create=503::2 outcome=never")
    runs.client.create("outcome=never")
    task_id = runs.client.simulator.ledger()[0]["task_id"]
    runs.client.poll(task_id)
    assert (rows(runs, "tasks"), rows(runs, "aliases"), rows(runs, "faults"), rows(runs, "prompts")) == (2, 1, 2, 1)
    runs.client.wait(WEEK + 1)
    entries = runs.client.simulator.ledger()
    runs.client.create("create=balance")  # any create
    assert (rows(runs, "tasks"), rows(runs, "aliases"), rows(runs, "faults")) == (0, 0, 1)
    assert runs.start().simulator.ledger() == entries
    assert runs.client.poll(task_id).status == 404


def test_a_task_is_kept_while_its_video_can_be_downloaded(runs: SimulatorRuns) -> None:
    link = runs.start(retention=100.0).finished(**SMALL)
    runs.client.wait(200)
    runs.client.created()
    assert runs.client.request("GET", link).status == 200


def test_files_of_a_killed_run_that_belong_to_no_task_are_deleted(runs: SimulatorRuns) -> None:
    runs.client = runs.start()
    for name in ("picture-00", "video-00.mp4", "video-00.mp4.1f.part"):
        (runs.files / name).write_bytes(b"x")
    runs.start()
    assert runs.names("*") == []


def test_ids_that_were_drawn_before_are_drawn_again(runs: SimulatorRuns) -> None:
    first = runs.start().created()
    with runs.database.transaction() as connection:  # the same number again, hence the same draw
        connection.execute("UPDATE simulator_ledger SET number = 0")
        connection.execute("UPDATE simulator_tasks SET number = 0")
        connection.execute("INSERT INTO simulator_tasks SELECT 'other', 1, task, '', NULL, 0, NULL, 0 FROM simulator_tasks")
    assert runs.client.created() != first
    assert runs.client.poll(first).status == 200
