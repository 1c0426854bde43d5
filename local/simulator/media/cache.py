"""Encode each video on its first download and cache it on disk until the simulator stops."""

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
from local.simulator.http.response import Body, FileBody, MemoryBody
from local.simulator.media.encoder import encode
from local.simulator.media.frames import decode, draw_card
from local.simulator.media.scenes import Scene
from local.simulator.tasks.task import Task

# Each encoder uses one core; more would starve the server.
_ENCODERS = 2


@dataclass(frozen=True)
class CachedVideo:
    body: Body
    sha256: str


class VideoCache:
    def __init__(self, folder: Path, options: Options, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._folder = folder
        self._cheap = options.cheap
        self._fetch = fetcher(options.fetch)
        self._encoders = BoundedSemaphore(_ENCODERS)
        self._videos: dict[str, CachedVideo] = {}
        self._stock: dict[tuple[int, int, int, bool], bytes] = {}
        self._stock_lock = Lock()

    def store_images(self, order: Order) -> Order:
        """Return the order with its image data on disk instead of in memory."""
        last = self._store_image(order.last_image) if order.last_image else None
        first = self._store_image(order.image) if order.image else None
        return replace(order, image=first, last_image=last)

    def _store_image(self, picture: Picture) -> Picture:
        if not picture.data or self._cheap:
            return replace(picture, data=b"")
        path = self._folder / f"picture-{sha256(picture.data).hexdigest()}"
        path.write_bytes(picture.data)
        return replace(picture, data=b"", path=path)

    def get(self, task: Task) -> CachedVideo:
        """Return the task's video, encoding it on first use; concurrent callers wait."""
        if self._cheap:
            return self._copy_stock(task)
        with task.lock:
            if task.id not in self._videos:
                self._videos[task.id] = self._encode(task)
            return self._videos[task.id]

    def close(self) -> None:
        """Wait until no encoder is writing; `stopped` must already return true."""
        for _ in range(_ENCODERS):
            self._encoders.acquire()

    def _encode(self, task: Task) -> CachedVideo:
        path = self._folder / f"video-{task.id}.mp4"
        with self._encoders:
            encode(self._scene(task), path, self._stopped)
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        return CachedVideo(FileBody(path, 0, path.stat().st_size), digest)

    def _scene(self, task: Task) -> Scene:
        order = task.order
        width, height = order.size
        first = self._frame(order.image) if order.image else draw_card(width, height)
        if order.image and order.ratio == "adaptive":  # the image's shape is now known
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
            # The URL is unreachable, or the image is truncated after its header.
            return draw_card(1280, 720)

    def _bytes(self, picture: Picture) -> bytes:
        if picture.path:
            return picture.path.read_bytes()
        if self._fetch is None:
            raise OSError("image URLs are not fetched")
        return self._fetch(picture.url)

    def _copy_stock(self, task: Task) -> CachedVideo:
        """Return a stock video, made unique by a box with the task's id."""
        name = task.id.encode()
        content = self._stock_video(task.order) + (8 + len(name)).to_bytes(4, "big") + b"free" + name
        return CachedVideo(MemoryBody(content), sha256(content).hexdigest())

    def _stock_video(self, order: Order) -> bytes:
        width, height = order.size
        key = (width, height, frames(order.duration), order.generate_audio)
        with self._stock_lock:
            if key not in self._stock:
                path = self._folder / "stock.mp4"
                still = Scene(*key[:3], first=draw_card(width, height, "color"), audio=order.generate_audio, still=True)
                encode(still, path)
                self._stock[key] = path.read_bytes()
            return self._stock[key]
