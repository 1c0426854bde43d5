"""A client that calls the simulator without HTTP, on its own clock."""

import base64
import io
import json
from typing import Any

import av

from local.simulator.http.request import Request
from local.simulator.http.response import Response
from local.simulator.routes.router import CREATE, POLL, answer
from local.simulator.service import Simulator

KEY = "sk-any"


def any_picture(width: int = 640, height: int = 360, codec: str = "png", colour: str = "") -> bytes:
    """Return an image file of one plain color."""
    graph = av.filter.Graph()
    pixels = {"mjpeg": "yuvj420p", "gif": "rgb8", "bmp": "bgr24", "libwebp": "yuv420p"}.get(codec, "rgb24")
    source = graph.add("color", color=colour or "gray", size=f"{width}x{height}", rate="1", duration="1")
    graph.link_nodes(source, graph.add("format", pixels), graph.add("buffersink")).configure()
    file = io.BytesIO()
    muxer = {"gif": "gif", "libwebp": "webp"}.get(codec, "image2pipe")
    with av.open(file, "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=1)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        container.mux(stream.encode(graph.vpull()))  # type: ignore[arg-type]
        container.mux(stream.encode(None))
    return file.getvalue()


def data_uri(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def any_order(**changes: Any) -> dict[str, Any]:
    """Return an order with an image URL; None removes a field."""
    order = {"image": "https://pictures.example.test/a.png", "prompt": "A lighthouse at dusk.", **changes}
    return {name: value for name, value in order.items() if value is not None}


class SimulatorClient:
    """Owns the clock, which advances only through `wait`."""

    def __init__(self, **options: Any) -> None:
        self.now = 1_800_000_000.0
        settings = {"cheap": True, "seed": 1, "queue": 2.0, "run": 20.0, **options}
        self.simulator = Simulator(KEY, clock=lambda: self.now, **settings)
        self.state = self.simulator._state
        self.slept: list[float] = []
        self.state.pause = self.slept.append

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def request(self, method: str, target: str, body: bytes = b"", **headers: str) -> Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return answer(self.state, Request(method, target, named, lambda: body))

    def create(self, sims: str = "", **changes: Any) -> Response:
        """POST an order, with the directives `sims` in its prompt."""
        order = any_order(**changes)
        if sims:
            order["prompt"] += f" [sim {sims}]"
        body = json.dumps(order).encode()
        return self.request("POST", CREATE, body, Authorization=f"Bearer {KEY}", Content_Type="application/json")

    def created(self, sims: str = "", **changes: Any) -> str:
        """Return the id of an accepted order."""
        return str(read_json(self.create(sims, **changes))["id"])

    def poll(self, task_id: str) -> Response:
        return self.request("GET", f"{POLL}?task_id={task_id}", Authorization=f"Bearer {KEY}", Host="sim.test:80")

    def finished(self, sims: str = "", **changes: Any) -> str:
        """Return the target of the video URL of a successful order."""
        task_id = self.created(sims, **changes)
        self.wait(60)
        url = read_json(self.poll(task_id))["videos"][0]["video_url"]
        return str(url).removeprefix("http://sim.test:80")

    def paid(self) -> int:
        return len(self.simulator.ledger())


def read_json(response: Response) -> Any:
    """Return the response's JSON."""
    return json.loads(content(response))


def content(response: Response) -> bytes:
    return b"".join(response.body.chunks())
