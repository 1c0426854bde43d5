"""Where films are made: on the first download, once, and kept on disk until the simulator stops."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from threading import BoundedSemaphore, Lock

from av.video.frame import VideoFrame

from local.simulator.contract.images import Picture, fetcher
from local.simulator.contract.options import Options
from local.simulator.contract.pricing import frames, nearest_ratio
from local.simulator.contract.validation import Order
from local.simulator.http.response import Body, FilePart, Text
from local.simulator.media.encoder import encode
from local.simulator.media.frames import card, decode
from local.simulator.media.scenes import Scene
from local.simulator.tasks.task import Task

# Each encoding keeps one core busy; more at a time would only starve the server.
_ENCODERS = 2


@dataclass(frozen=True)
class Film:
    body: Body
    sha256: str


class Studio:
    def __init__(self, folder: Path, options: Options, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._folder = folder
        self._cheap = options.cheap
        self._fetch = fetcher(options.fetch)
        self._encoders = BoundedSemaphore(_ENCODERS)
        self._films: dict[str, Film] = {}
        self._stock: dict[tuple[int, int, int, bool], bytes] = {}
        self._stock_lock = Lock()

    def keep(self, order: Order) -> Order:
        """The same order without its pictures' bytes in memory."""
        last = self._shelve(order.last_image) if order.last_image else None
        first = self._shelve(order.image) if order.image else None
        return replace(order, image=first, last_image=last)

    def _shelve(self, picture: Picture) -> Picture:
        if not picture.data or self._cheap:
            return replace(picture, data=b"")
        path = self._folder / f"picture-{sha256(picture.data).hexdigest()}"
        path.write_bytes(picture.data)
        return replace(picture, data=b"", path=path)

    def film(self, task: Task) -> Film:
        """Takes seconds the first time; others who ask for the same film wait for it."""
        if self._cheap:
            return self._print(task)
        with task.lock:
            if task.id not in self._films:
                self._films[task.id] = self._shoot(task)
            return self._films[task.id]

    def close(self) -> None:
        """Returns when no encoding writes any more; `stopped` must be true by then."""
        for _ in range(_ENCODERS):
            self._encoders.acquire()

    def _shoot(self, task: Task) -> Film:
        path = self._folder / f"film-{task.id}.mp4"
        with self._encoders:
            encode(self._scene(task), path, self._stopped)
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        return Film(FilePart(path, 0, path.stat().st_size), digest)

    def _scene(self, task: Task) -> Scene:
        order = task.order
        width, height = order.size
        first = self._frame(order.image) if order.image else card(width, height)
        if order.image and order.ratio == "adaptive":  # now that the picture is at hand
            width, height = order.model.geometry[order.resolution][nearest_ratio(order.resolution, first.width, first.height, order.model)]
        return Scene(
            width=width,
            height=height,
            frames=frames(order.duration),
            first=first,
            last=self._frame(order.last_image) if order.last_image else None,
            audio=order.generate_audio,
            watermark=order.watermark,
            camera_fixed=order.camera_fixed,
            seed=task.seed,
            take=task.id,
        )

    def _frame(self, picture: Picture) -> VideoFrame:
        try:
            return decode(self._bytes(picture))
        except (OSError, ValueError):
            # The URL is out of reach, or the picture breaks off behind its header.
            return card(1280, 720)

    def _bytes(self, picture: Picture) -> bytes:
        if picture.path:
            return picture.path.read_bytes()
        if self._fetch is None:
            raise OSError("image URLs are not fetched")
        return self._fetch(picture.url)

    def _print(self, task: Task) -> Film:
        """A copy from stock that only a box with the task's id makes its own."""
        name = task.id.encode()
        content = self._from_stock(task.order) + (8 + len(name)).to_bytes(4, "big") + b"free" + name
        return Film(Text(content), sha256(content).hexdigest())

    def _from_stock(self, order: Order) -> bytes:
        width, height = order.size
        key = (width, height, frames(order.duration), order.generate_audio)
        with self._stock_lock:
            if key not in self._stock:
                path = self._folder / "stock.mp4"
                still = Scene(*key[:3], first=card(width, height, "color"), audio=order.generate_audio, still=True)
                encode(still, path)
                self._stock[key] = path.read_bytes()
            return self._stock[key]
