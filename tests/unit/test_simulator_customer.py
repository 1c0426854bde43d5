"""A customer who knocks at the simulator's doors without HTTP, at a time of its own; other test modules use it too."""

import base64
import io
import json
from typing import Any

import av

from local.simulator import Simulator
from local.simulator.calls import Call
from local.simulator.doors import CREATE, POLL, answer
from local.simulator.replies import Reply

KEY = "sk-any"


def any_picture(width: int = 640, height: int = 360, codec: str = "png", colour: str = "") -> bytes:
    """A real file: a test card, or one plain colour."""
    graph = av.filter.Graph()
    pixels = {"mjpeg": "yuvj420p", "gif": "rgb8", "bmp": "bgr24", "libwebp": "yuv420p"}.get(codec, "rgb24")
    source = graph.add("color", color=colour or "gray", size=f"{width}x{height}", rate="1", duration="1")
    graph.link_nodes(source, graph.add("format", pixels), graph.add("buffersink")).configure()
    file = io.BytesIO()
    muxer = {"gif": "gif", "libwebp": "webp"}.get(codec, "image2pipe")
    with av.open(file, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        container.mux(stream.encode(graph.vpull()))
        container.mux(stream.encode(None))
    return file.getvalue()


def data_uri(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def any_order(**changes: Any) -> dict[str, Any]:
    """Without a picture of its own it costs nothing to make; None drops a field."""
    order = {"image": "https://pictures.example.test/a.png", "prompt": "A lighthouse at dusk.", **changes}
    return {name: value for name, value in order.items() if value is not None}


class Customer:
    """Owns the clock: nothing happens until `wait`."""

    def __init__(self, **options: Any) -> None:
        self.now = 1_800_000_000.0
        settings = {"cheap": True, "seed": 1, "queue": 2.0, "run": 20.0, **options}
        self.simulator = Simulator(KEY, clock=lambda: self.now, **settings)
        self.platform = self.simulator._platform
        self.slept: list[float] = []
        self.platform.pause = self.slept.append

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def call(self, method: str, target: str, body: bytes = b"", **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return answer(self.platform, Call(method, target, named, lambda: body))

    def create(self, sims: str = "", **changes: Any) -> Reply:
        """POST an order; `sims` is a directive for its prompt."""
        order = any_order(**changes)
        if sims:
            order["prompt"] += f" [sim {sims}]"
        body = json.dumps(order).encode()
        return self.call("POST", CREATE, body, Authorization=f"Bearer {KEY}", Content_Type="application/json")

    def created(self, sims: str = "", **changes: Any) -> str:
        """The id of an order that is accepted."""
        return str(said(self.create(sims, **changes))["id"])

    def poll(self, task_id: str) -> Reply:
        return self.call("GET", f"{POLL}?task_id={task_id}", Authorization=f"Bearer {KEY}", Host="sim.test:80")

    def finished(self, sims: str = "", **changes: Any) -> str:
        """The target of the video URL of an order that went well."""
        task_id = self.created(sims, **changes)
        self.wait(60)
        url = said(self.poll(task_id))["videos"][0]["video_url"]
        return str(url).removeprefix("http://sim.test:80")

    def paid(self) -> int:
        return len(self.simulator.ledger())


def said(reply: Reply) -> Any:
    """The reply's JSON."""
    return json.loads(content(reply))


def content(reply: Reply) -> bytes:
    return b"".join(reply.body.chunks())


def test_a_task_queues_runs_and_succeeds_as_its_clock_goes_on() -> None:
    customer = Customer()
    task_id = customer.created()
    told = []
    for _ in range(5):
        told.append(said(customer.poll(task_id))["task"])
        customer.wait(6)
    assert [task["status"].removeprefix("TASK_STATUS_") for task in told] == ["QUEUED", *["PROCESSING"] * 3, "SUCCEED"]
    assert [task["progress_percent"] for task in told] == [0, 20, 50, 80, 100]
    assert [task["eta"] for task in told] == [0, 16, 10, 4, 0]


def test_the_finished_film_is_an_mp4_at_the_address_by_which_the_customer_came() -> None:
    customer = Customer()
    film = customer.call("GET", customer.finished())
    assert film.status == 200
    assert film.headers["Content-Type"] == "video/mp4"
    assert content(film)[4:8] == b"ftyp"


def test_a_full_answer_has_the_documented_types() -> None:
    customer = Customer()
    task_id = customer.created(seed=158881667)
    customer.wait(60)
    result = said(customer.poll(task_id))
    assert set(result) == {"extra", "task", "images", "videos", "audios"}
    assert result["extra"]["seed"] == "158881667"
    assert result["extra"]["debug_info"]["submit_time_ms"] == "1800000000000"
    assert result["extra"]["debug_info"]["complete_time_ms"] == "1800000022000"
    assert result["videos"][0]["video_url_ttl"] == "3600"
    assert result["videos"][0]["video_type"] == "mp4"


def test_a_sparse_answer_holds_the_task_alone_until_there_is_a_video() -> None:
    customer = Customer(body="sparse")
    task_id = customer.created()
    assert set(said(customer.poll(task_id))) == {"task"}
    customer.wait(60)
    assert set(said(customer.poll(task_id))) == {"task", "videos"}
