"""What the simulator has answered is still true after it was killed and started again."""

import json
import re
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from local.simulator.service import Simulator
from local.state.database import Database
from tests.support.simulator_client import SimulatorClient, any_order, any_picture, content, data_uri, read_json
from tests.support.simulator_runs import SimulatorRuns

SMALL: dict[str, Any] = {"resolution": "480p", "duration": 4, "generate_audio": False}


@pytest.mark.parametrize(
    "words",
    ["", "create=drop-after-accept", "create=reset-after-accept", "create=502-after-accept", "create=html", "create=hang-after-accept"],
)
def test_a_create_is_charged_on_disk_before_its_answer_or_fault(runs: SimulatorRuns, words: str) -> None:
    runs.start().create(words)
    (entry,) = runs.client.simulator.ledger()
    summary = runs.start().simulator.summary()
    assert summary["entries"] == [entry]
    assert (summary["posts"], summary["accepted"]) == (1, 1)


@pytest.mark.parametrize("words", ["", "outcome=moderated", "outcome=never", "outcome=expired:status", "queue=9 run=40 body=sparse ttl=60"])
@pytest.mark.parametrize("image", ["https://pictures.example.test/a.png", data_uri(any_picture())], ids=["url", "data"])
def test_a_poll_is_answered_as_before(runs: SimulatorRuns, words: str, image: str) -> None:
    task_id = runs.start(cheap=False).created(words, image=image)
    for seconds in (0, 15, 60):
        runs.client.wait(seconds)
        before = read_json(runs.client.poll(task_id))
        runs.start(cheap=False)
        assert read_json(runs.client.poll(task_id)) == before


def test_refusals_and_followed_redirects_are_counted_before_the_answer(runs: SimulatorRuns) -> None:
    runs.start().create("create=balance")
    runs.client.create("create=typo")
    runs.client.request("GET", "/_elsewhere")
    summary = runs.start().simulator.summary()
    assert summary["refused"] == {"fault balance": 1, "INVALID_REQUEST_BODY": 1}
    assert [stray["path"] for stray in summary["strays"]] == ["/_elsewhere"]
    assert (summary["posts"], summary["accepted"]) == (2, 0)


def test_a_create_whose_connection_is_reset_is_counted_before_that(runs: SimulatorRuns) -> None:
    runs.start().simulator.script("create=reset")
    runs.client.create()
    assert runs.start().simulator.summary()["posts"] == 1


def test_a_kill_loses_no_more_than_the_polls_of_one_second(runs: SimulatorRuns) -> None:
    task_id = runs.start().created()
    runs.client.poll(task_id)
    runs.client.wait(1)
    for _ in range(3):
        runs.client.poll(task_id)
    assert runs.client.simulator.ledger()[0]["polls"] == 4  # which writes them
    runs.client.poll(task_id)
    assert runs.start().simulator.ledger()[0]["polls"] == 4


def test_an_orderly_stop_loses_no_poll(runs: SimulatorRuns) -> None:
    task_id = runs.start().created()
    runs.client.poll(task_id)
    runs.client.simulator.stop()
    assert runs.start().simulator.summary()["polls"] == 1


@pytest.mark.parametrize("cheap", [True, False])
def test_a_link_leads_to_the_same_bytes_until_it_expires(runs: SimulatorRuns, cheap: bool) -> None:
    link = runs.start(cheap=cheap).finished(**SMALL)
    video = content(runs.client.request("GET", link))
    runs.start(cheap=not cheap)  # the task remains as it was accepted
    assert content(runs.client.request("GET", link)) == video
    runs.client.wait(3600)
    assert runs.client.request("GET", link).status == 403


def test_a_link_from_before_any_download_leads_to_a_video_too(runs: SimulatorRuns) -> None:
    link = runs.start(cheap=False).finished(image=data_uri(any_picture()), **SMALL)
    assert content(runs.start(cheap=False).request("GET", link))[4:8] == b"ftyp"


def test_a_task_keeps_the_times_and_the_charge_with_which_it_was_accepted(runs: SimulatorRuns) -> None:
    task_id = runs.start(time_scale=1.0, charge="success").created("outcome=fail")
    runs.start(time_scale=0.01, queue=500.0, run=500.0, charge="accept", retention=1.0)
    runs.client.wait(21.9)
    assert read_json(runs.client.poll(task_id))["task"]["status"] == "TASK_STATUS_PROCESSING"
    runs.client.wait(0.1)
    assert read_json(runs.client.poll(task_id))["task"]["status"] == "TASK_STATUS_FAILED"
    assert runs.client.simulator.ledger()[0]["charged"] is False


def test_links_signed_once_stay_the_same(runs: SimulatorRuns) -> None:
    link = runs.start(sign="once").finished()
    task_id = runs.client.simulator.ledger()[0]["task_id"]
    runs.start(sign="once").wait(100)
    assert link in read_json(runs.client.poll(task_id))["videos"][0]["video_url"]


def test_a_reported_end_stays_reported(runs: SimulatorRuns) -> None:
    runs.start().finished()
    task_id = runs.client.simulator.ledger()[0]["task_id"]
    runs.start().simulator.script({"all": "poll=back"})
    assert read_json(runs.client.poll(task_id))["task"]["status"] == "TASK_STATUS_PROCESSING"


@pytest.mark.parametrize("words", ["create=evil-id", "create=long-id", "create=number-id"])
def test_an_unusual_id_is_still_valid_in_a_poll(runs: SimulatorRuns, words: str) -> None:
    alias = str(read_json(runs.start().create(words))["id"]).replace("/", "%2F").replace("?", "%3F").replace("&", "%26")
    assert runs.start().poll(alias).status == 200


def test_the_same_id_is_that_of_the_task_before_the_restart(runs: SimulatorRuns) -> None:
    first = runs.start().created()
    assert runs.start().created("create=same-id") == first


def test_faults_of_a_prompt_and_of_a_task_continue_to_be_counted(runs: SimulatorRuns) -> None:
    words = "create=503::2 poll=404:2"
    assert runs.start(rate_limit=0).create(words).status == 503
    assert runs.start(rate_limit=0).create(words).status == 503
    task_id = runs.start(rate_limit=0).created(words)
    assert runs.client.poll(task_id).status == 404
    assert [runs.start().poll(task_id).status for _ in range(2)] == [404, 200]


def test_a_fault_with_seconds_continues_from_when_its_prompt_was_first_seen(runs: SimulatorRuns) -> None:
    assert runs.start().create("create=503::10s").status == 503
    runs.start().wait(9)
    assert runs.client.create("create=503::10s").status == 503
    runs.client.wait(1)
    assert runs.start().create("create=503::10s").status == 200


def test_a_script_waits_and_an_outage_lasts_across_a_restart(runs: SimulatorRuns) -> None:
    runs.start().simulator.script("create=429", "create=403", {"all": "poll=500"})
    assert runs.client.create().status == 429
    assert read_json(runs.start().request("GET", "/_faults")) == {"next": ["create=403"], "all": "poll=500"}
    assert [runs.client.create().status for _ in range(2)] == [403, 200]
    assert runs.client.poll(runs.client.simulator.ledger()[0]["task_id"]).status == 500
    runs.client.simulator.clear_script()
    assert read_json(runs.start().request("GET", "/_faults")) == {"next": [], "all": ""}


def test_a_seed_gives_the_same_tasks_with_and_without_a_restart(runs: SimulatorRuns) -> None:
    whole = SimulatorClient(seed=7)
    expected = [whole.created() for _ in range(3)]
    assert [runs.start(seed=7).created() for _ in range(3)] == expected


def test_ids_of_in_memory_runs_have_not_changed() -> None:
    """Recorded before tasks were stored."""
    client = SimulatorClient(seed=1)
    assert [client.created() for _ in range(2)] == RECORDED


RECORDED = ["a269bcfa-491f-4a1e-9703-1cc6604f281a", "e90685df-58c2-41e6-9426-99c40130ee95"]


def test_a_key_is_drawn_once_and_a_given_one_is_valid(runs: SimulatorRuns) -> None:
    def key(given: str | None) -> str:
        runs.start()
        return Simulator(given, database=runs.database, folder=runs.files).key

    drawn = key(None)
    assert re.fullmatch(r"simulator-[0-9a-f]{16}", drawn)
    assert [key(None), key("sk-mine"), key(None)] == [drawn, "sk-mine", drawn]


def test_a_rotated_key_stays_valid(runs: SimulatorRuns) -> None:
    runs.start().simulator.key = "sk-new"
    runs.start()
    assert Simulator(None, database=runs.database, folder=runs.files).key == "sk-new"


def _serve(folder: Path) -> str:
    """Start and stop once; return the address."""
    with closing(Database(folder / "state.sqlite")) as database, Simulator("k", database=database, folder=folder) as simulator:
        return simulator.url


def test_the_port_is_the_same_again_because_links_name_it(tmp_path: Path) -> None:
    assert _serve(tmp_path) == _serve(tmp_path)


def test_another_port_is_taken_when_somebody_else_has_the_old_one(tmp_path: Path) -> None:
    old = _serve(tmp_path)
    with socket.create_server(("127.0.0.1", int(old.rpartition(":")[2]))):
        assert _serve(tmp_path) != old


def test_two_simulators_in_memory_know_nothing_of_each_other() -> None:
    one, other = SimulatorClient(), SimulatorClient()
    assert other.poll(one.created()).status == 404


def _fill(runs: SimulatorRuns, pages: int) -> None:
    with runs.database.transaction() as connection:
        ((used,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {used + pages}")


def test_a_create_on_a_full_disk_is_refused_uncharged_and_accepted_when_there_is_space(runs: SimulatorRuns) -> None:
    client = runs.start(rate_limit=0)
    _fill(runs, pages=0)
    statuses = [client.create().status for _ in range(60)]
    refused = client.create()
    assert statuses == sorted(statuses)  # once full, always full
    assert (refused.status, read_json(refused)["reason"]) == (503, "SERVICE_NOT_AVAILABLE")
    accepted = client.paid()  # the ledger can be read
    assert accepted == statuses.count(200)
    assert read_json(client.poll(client.state.ledger.last_id))["task"]["status"] == "TASK_STATUS_QUEUED"
    _fill(runs, pages=1000)
    assert client.create().status == 200
    summary = runs.start().simulator.summary()
    assert (summary["accepted"], summary["posts"]) == (accepted + 1, 62)
    assert summary["refused"] == {"SERVICE_NOT_AVAILABLE": 61 - accepted}


def test_an_order_whose_image_finds_no_space_is_refused_and_leaves_nothing(runs: SimulatorRuns, small_files: Any) -> None:
    order = any_order(image=data_uri(any_picture(codec="bmp"), "bmp"))
    runs.start(cheap=False)
    with small_files(100_000):
        refused = runs.client.create(**order)
    assert (refused.status, read_json(refused)["reason"]) == (503, "SERVICE_NOT_AVAILABLE")
    assert (runs.client.paid(), runs.names("*")) == (0, [])
    assert runs.client.create(**order).status == 200


def test_a_video_that_finds_no_space_is_an_error_of_the_store_and_is_encoded_later(runs: SimulatorRuns, small_files: Any) -> None:
    link = runs.start(cheap=False).finished(**SMALL)
    with small_files(20_000):
        failed = runs.client.request("GET", link)
    assert (failed.status, b"<Code>InternalError</Code>" in content(failed)) == (500, True)
    assert runs.names("*") == []
    assert runs.client.request("GET", link).status == 200


def test_a_script_that_finds_no_space_is_refused_as_a_whole(runs: SimulatorRuns) -> None:
    runs.start()
    _fill(runs, pages=0)
    script = json.dumps(["create=429", " " * 100_000]).encode()
    assert runs.client.request("POST", "/_faults", script).status == 503
    assert read_json(runs.client.request("GET", "/_faults")) == {"next": [], "all": ""}
    _fill(runs, pages=1000)
    assert runs.client.request("POST", "/_faults", script).status == 200
