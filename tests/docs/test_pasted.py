"""The shell blocks of the README and of docs/ work as they are pasted, from top to bottom, one terminal for each page."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.documents import TEXTS, Block, example, fenced
from tests.support.local_service import eventually
from tests.support.shell_blocks import RUN, serves, treatment
from tests.support.terminal import Server, Terminals

README = TEXTS["README.md"]
ANSWER = example(README, "video")
READY = {"serve": "Press Ctrl-C to stop.", "receiver": "-d '{", "simulator": "faults: --help"}
# In this order: README starts the service that the others use, and the receiver gets the events of the orders of api.md.
PAGES = ("README.md", "docs/webhooks.md", "docs/api.md", "docs/money.md", "docs/local.md")
# The page names this port; the test takes a free one.
PORT = "9000"


class Newcomer:
    """Pastes the pages one after the other and keeps what each block printed."""

    def __init__(self, folder: Path) -> None:
        self.terminals, self.servers, self.printed = Terminals(folder), dict[str, Server](), dict[str, list[str]]()
        self.folder = folder

    def read(self, page: str) -> None:
        """Do what a page says: write its files, start its servers, paste its other blocks."""
        port, waiting = str(_free_port()), list[Block]()
        for block in fenced(page):
            name = re.search(r"`([\w.-]+)`:$", block.before)
            if block.language == "json" and name:
                (self.folder / name[1]).write_text(block.text)
            if treatment(block) == RUN:
                waiting = [*waiting, block] if not self._serve(block, port) else waiting
        self.printed[page] = self.terminals.paste([block.text.replace(PORT, port) for block in waiting]) if waiting else []

    def _serve(self, block: Block, port: str) -> bool:
        kind = serves(block)
        if kind == "serve" and "serve" in self.servers:
            return True  # the same service, described on another page
        if kind:
            self.servers[kind] = self.terminals.serve(block.text.replace(PORT, port), lambda said: READY[kind] in said)
        return bool(kind)

    def document(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    """Read every page that has blocks to run."""
    newcomer = Newcomer(tmp_path_factory.mktemp("newcomer"))
    try:
        for page in PAGES:
            newcomer.read(page)
            if page == "docs/webhooks.md":
                (command,) = re.findall(r"^  (curl .*)$", newcomer.servers["receiver"].output, re.MULTILINE)
                newcomer.printed["receiver"] = newcomer.terminals.paste([command])
        yield newcomer
    finally:
        newcomer.terminals.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def test_every_page_with_a_block_to_run_is_read() -> None:
    assert {page for page in TEXTS if any(treatment(block) == RUN for block in fenced(page))} == set(PAGES)


def test_the_readmes_request_brings_the_video_that_the_readme_shows(newcomer: Newcomer) -> None:
    made, printed = newcomer.printed["README.md"]
    assert made.strip() == "demo/lighthouse.mp4"
    assert (newcomer.folder / made.strip()).stat().st_size > 0
    video = json.loads(printed)
    assert video["status"] == "succeeded"
    assert video["request"] == ANSWER["request"]
    assert video.keys() == ANSWER.keys()
    assert video["video"].keys() == ANSWER["video"].keys()
    assert (newcomer.folder / "demo" / "video.mp4").stat().st_size == video["video"]["bytes"]


def test_the_requests_of_the_api_page_are_answered_as_it_says(newcomer: Newcomer) -> None:
    _, ordered, uploaded, canceled, quoted = newcomer.printed["docs/api.md"]
    assert json.loads(ordered)["status"] == "succeeded"
    assert (newcomer.folder / "video.mp4").stat().st_size == json.loads(ordered)["video"]["bytes"]
    assert json.loads(uploaded)["status"] == "queued"
    assert json.loads(canceled)["status"] == "canceled"
    quotes = [json.loads(line) for line in quoted.splitlines() if line]
    shown = example(TEXTS["docs/api.md"], "quote")
    assert [quote.get("model") for quote in quotes] == [shown["model"], None, "seedance-v1.5-pro-t2v"]
    assert {**quotes[0], "warnings": []} == shown
    assert [warning["code"] for warning in quotes[0]["warnings"]] == ["image_not_probed"]


def test_the_receiver_gets_the_events_once_its_own_request_is_pasted(newcomer: Newcomer) -> None:
    assert json.loads(newcomer.printed["receiver"][0])["enabled"] is True
    video_id = newcomer.document("video.json")["id"]
    receiver = newcomer.servers["receiver"]
    eventually(lambda: video_id in receiver.output)
    assert "video.succeeded  v1 and v1a verified" in receiver.output


def test_the_simulator_shows_the_payment_that_its_502_hid(newcomer: Newcomer) -> None:
    (printed,) = newcomer.printed["docs/local.md"]
    ledger = json.loads(printed[printed.index('{"entries"') :])
    assert "502" in printed or "Bad Gateway" in printed, printed
    assert len(ledger["entries"]) == 1


def test_every_answer_of_the_api_ends_its_line(newcomer: Newcomer) -> None:
    ordered, _, canceled, quoted = newcomer.printed["docs/api.md"][1:]
    for printed in (newcomer.printed["README.md"][1], *newcomer.printed["receiver"], ordered, canceled, quoted):
        assert [line for line in printed.strip().splitlines() if not line.endswith(("}", "]"))] == []
    assert quoted.count("}\n") == 3


def test_ctrl_c_ends_every_server_with_one_sentence(newcomer: Newcomer) -> None:
    assert sorted(newcomer.servers) == ["receiver", "serve", "simulator"]
    for server in newcomer.servers.values():
        assert server.interrupt() == 130
        assert re.fullmatch(r"Stopped\.|simulator stopped; 1 tasks were accepted", server.output.splitlines()[-1])
        assert "Traceback" not in server.output
    assert not (newcomer.folder / "ready.json").exists()
