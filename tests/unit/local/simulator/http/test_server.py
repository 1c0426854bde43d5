"""The simulator over real sockets: connections are kept alive, cut, slowed, dropped and reset."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread, active_count
from typing import Any

import pytest
import requests

from local.simulator.routes.router import CREATE, POLL
from local.simulator.service import Simulator
from tests.support.simulator_client import KEY, any_order, any_picture

HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """Run a simulator so fast that every task has ended by its first poll."""
    with Simulator(KEY, cheap=True, time_scale=1e-4, queue=0.0, run=1.0, seed=1, rate_limit=0) as simulator:
        yield simulator


def create(simulator: Simulator, sims: str = "", **changes: Any) -> requests.Response:
    order = any_order(resolution="480p", duration=4, generate_audio=False, **changes)
    order["prompt"] += f" [sim {sims}]"
    return requests.post(simulator.url + CREATE, json=order, headers=HEADERS, timeout=10, allow_redirects=False)


def poll(simulator: Simulator, task_id: str) -> requests.Response:
    return requests.get(simulator.url + POLL, {"task_id": task_id}, headers=HEADERS, timeout=10, allow_redirects=False)


def video_url(simulator: Simulator, sims: str = "") -> str:
    task_id = create(simulator, sims).json()["id"]
    while not (videos := poll(simulator, task_id).json()["videos"]):
        time.sleep(0.001)
    return str(videos[0]["video_url"])


def test_an_order_becomes_a_video_in_the_ledger(simulator: Simulator) -> None:
    url = video_url(simulator)
    assert url.startswith(f"{simulator.url}/media/")
    video = requests.get(url, timeout=10)
    assert len(video.content) == int(video.headers["Content-Length"])
    ledger = requests.get(f"{simulator.url}/_ledger", timeout=10).json()
    entry = ledger["entries"][-1]
    assert entry == simulator.ledger()[-1]
    assert (entry["duration"], entry["resolution"], entry["audio"], entry["tier"]) == (4, "480p", False, "default")
    assert (entry["tokens"], entry["usd"], entry["charged"]) == (864 * 496 * 97 // 1024, 0.048713, True)
    assert entry["fields"] == ["duration", "generate_audio", "image", "prompt", "resolution"]
    assert ledger["posts"] >= ledger["accepted"] == len(ledger["entries"])


def port(simulator: Simulator) -> int:
    return int(simulator.url.rpartition(":")[2])


def raw(simulator: Simulator, request: str) -> bytes:
    """Return everything until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port(simulator)), timeout=10) as connection:
        connection.sendall(request.encode())
        return connection.makefile("rb").read()


def test_head_returns_the_length_without_the_body(simulator: Simulator) -> None:
    url = video_url(simulator)
    size = len(requests.get(url, timeout=10).content)
    target = url.removeprefix(simulator.url)
    answer = raw(simulator, f"HEAD {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert f"Content-Length: {size}\r\n".encode() in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", CREATE), ("POST", POLL), ("POST", "/v3/async/other"), ("PUT", "/_ledger"), ("PUT", "/_faults")],
)
def test_an_unknown_route_is_a_404_without_an_envelope(simulator: Simulator, method: str, path: str) -> None:
    answer = requests.request(method, simulator.url + path, data=b"{}", headers=HEADERS, timeout=10)
    assert (answer.status_code, answer.text) == (404, "route not found")


def test_a_connection_serves_several_requests(simulator: Simulator) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port(simulator), timeout=10)) as connection:
        connection.request("POST", CREATE, b"{}")
        assert connection.getresponse().read().startswith(b'{"code": 401')
        used = connection.sock
        connection.request("GET", "/_ledger")
        assert connection.getresponse().status == 200
        assert connection.sock is used


@pytest.mark.parametrize("word", ["drop", "drop-after-accept", "reset", "reset-after-accept"])
def test_a_dropped_create_has_no_response(simulator: Simulator, word: str) -> None:
    before = len(simulator.ledger())
    with pytest.raises(requests.ConnectionError) as caught:
        create(simulator, f"create={word}")
    assert ("Connection reset by peer" in str(caught.value)) is word.startswith("reset")
    assert len(simulator.ledger()) - before == word.endswith("accept")


def test_a_scripted_reset_does_not_wait_for_the_body(simulator: Simulator) -> None:
    assert requests.post(f"{simulator.url}/_faults", json=["create=reset"], timeout=10).status_code == 200
    with socket.create_connection(("127.0.0.1", port(simulator)), timeout=10) as connection:
        connection.sendall(f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


@pytest.mark.parametrize("word", ["cut", "cut-chunked"])
def test_a_cut_download_is_incomplete(simulator: Simulator, word: str) -> None:
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        requests.get(video_url(simulator, f"video={word}:1000"), timeout=10)


def test_a_cut_without_a_length_appears_complete(simulator: Simulator) -> None:
    answer = requests.get(video_url(simulator, "video=cut-close:1000"), timeout=10)
    assert "Content-Length" not in answer.headers
    assert len(answer.content) == 1000


def test_a_chunked_download_is_whole(simulator: Simulator) -> None:
    url = video_url(simulator, "video=chunked")
    chunked, plain = requests.get(url, timeout=10), requests.get(url, timeout=10)
    assert chunked.headers["Transfer-Encoding"] == "chunked"
    assert chunked.content == plain.content


@pytest.mark.parametrize("word", ["huge:2", "endless:2"])
def test_a_huge_response_has_the_requested_size(simulator: Simulator, word: str) -> None:
    assert len(requests.get(video_url(simulator, f"video={word}"), timeout=10).content) == 2_000_000


def test_a_gzip_bomb_expands_in_an_unprotected_client(simulator: Simulator) -> None:
    assert len(create(simulator, "create=gzip-bomb:3").content) > 3_000_000


def test_a_slow_response_arrives_in_pieces() -> None:
    paced: list[float] = []
    with Simulator(KEY, cheap=True) as simulator:
        assert simulator._server is not None
        simulator._server.pause = paced.append
        answer = create(simulator, "create=drip:100")
        assert len(answer.content) == len(json.dumps(answer.json()))
    assert paced == [0.1] * 5  # 46 bytes, ten at a time


def test_a_followed_redirect_is_recorded_with_its_key(simulator: Simulator) -> None:
    away = create(simulator, "create=302").headers["Location"]
    requests.get(simulator.url + away, headers=HEADERS, timeout=10)
    assert simulator.summary()["strays"][-1] == {"method": "GET", "path": "/_elsewhere", "authorization": True}


def test_a_body_without_a_length_or_too_large_is_rejected_unread(simulator: Simulator) -> None:
    for header, status in (("Transfer-Encoding: chunked", 411), ("Content-Length: 100000001", 413), ("Content-Length: -1", 411)):
        answer = raw(simulator, f"POST {CREATE} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n")
        assert answer.startswith(f"HTTP/1.1 {status}".encode())


def test_a_client_that_disconnects_within_its_body_pays_nothing(simulator: Simulator) -> None:
    before = len(simulator.ledger())
    body = json.dumps(any_order()).encode()
    with socket.create_connection(("127.0.0.1", port(simulator)), timeout=10) as connection:
        head = f"POST {CREATE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body) + 1}"
        connection.sendall(f"{head}\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode() + body)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert len(simulator.ledger()) == before


def test_simultaneous_creates_are_paid_under_separate_ids(simulator: Simulator) -> None:
    ids: list[str] = []
    clients = [Thread(target=lambda: ids.append(create(simulator).json()["id"])) for _ in range(32)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert len(set(ids)) == 32
    assert set(ids) <= {entry["task_id"] for entry in simulator.ledger()}


@pytest.mark.parametrize("word", ["hang", "hang-after-accept"])
def test_stopping_ends_delayed_responses_and_removes_threads_and_files(word: str) -> None:
    threads = active_count()
    simulator = Simulator(KEY, cheap=True).start()
    folder = simulator._folder
    ended: list[object] = []

    def hang() -> None:
        try:
            create(simulator, f"create={word}:3600")
        except requests.ConnectionError as broken:
            ended.append(broken)

    client = Thread(target=hang)
    client.start()
    while not simulator.summary()["posts" if word == "hang" else "accepted"]:
        time.sleep(0.001)
    simulator.stop()
    simulator.stop()
    client.join(10)
    assert not client.is_alive()
    assert ended
    for _ in range(2000):
        if active_count() > threads:
            time.sleep(0.001)
    assert active_count() <= threads  # a delayed response would hold its thread for an hour
    assert not folder.exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(simulator.url, timeout=10)
    assert len(simulator.ledger()) == (word == "hang-after-accept")


def test_a_kept_alive_connection_ends_with_the_simulator() -> None:
    with Simulator(KEY) as simulator, closing(http.client.HTTPConnection("127.0.0.1", port(simulator))) as connection:
        connection.timeout = 10
        connection.request("GET", "/_ledger")
        connection.getresponse().read()
        simulator.stop()
        assert connection.sock.recv(1) == b""


def test_stopping_during_an_encoding_removes_its_file() -> None:
    simulator = Simulator(KEY, time_scale=1e-4, queue=0.0, run=0.0).start()
    folder = simulator._folder
    task_id = create(simulator).json()["id"]
    url = poll(simulator, task_id).json()["videos"][0]["video_url"]

    def download() -> None:
        with suppress(requests.ConnectionError):
            requests.get(url, timeout=10)

    client = Thread(target=download)
    client.start()
    while not list(folder.glob("video-*")):
        time.sleep(0.001)
    simulator.stop()
    client.join(10)
    assert not folder.exists()


def test_a_local_image_is_fetched_when_the_video_is_encoded(tmp_path: Path) -> None:
    (tmp_path / "red.png").write_bytes(any_picture(640, 640, colour="red"))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as render_frames:
        Thread(target=render_frames.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{render_frames.server_address[1]}"
        with Simulator(KEY, time_scale=1e-4, fetch_at="create") as simulator:
            assert create(simulator, image=f"{url}/red.png").status_code == 200
            assert create(simulator, image=f"{url}/blue.png").json()["reason"] == "INVALID_REQUEST_BODY"
            assert simulator.ledger()[0]["width"] == 640
        render_frames.shutdown()
