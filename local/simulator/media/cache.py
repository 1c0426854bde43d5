"""Encode each video on its first download and keep it on disk for as long as it can be downloaded."""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from threading import BoundedSemaphore, Condition, Lock

from av.video.frame import VideoFrame

from local.simulator.contract.images import Picture, fetcher
from local.simulator.contract.options import Options
from local.simulator.contract.pricing import frames, nearest_ratio
from local.simulator.contract.validation import Order
from local.simulator.http.response import Body, FileBody, MemoryBody
from local.simulator.media.encoder import encode
from local.simulator.media.frames import decode, draw_card
from local.simulator.media.pictures import PictureFiles
from local.simulator.media.scenes import Scene
from local.simulator.media.whole_file import delete_unfinished, whole_file
from local.simulator.tasks.task import Task

# Each encoder uses one core; more would starve the server.
_ENCODERS = 2
# Below this time scale, tasks end faster than two encoders can follow at full quality.
_HURRIED_SCALE = 0.1


class LostVideo(Exception):
    """The file of a video that was already downloaded is gone, and a new one would be another video."""


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
        self._pictures = PictureFiles(folder)
        self._encoding: set[str] = set()
        self._turn = Condition()
        self._stock: dict[str, bytes] = {}
        self._stock_lock = Lock()

    def restore(self, films: Collection[str], pictures: Iterable[str]) -> None:
        """Take over the files of an earlier run; delete those of other tasks."""
        delete_unfinished(self._folder)
        self._pictures.restore(pictures)
        for path in self._folder.glob("video-*.mp4"):
            if path.stem.removeprefix("video-") not in films:
                path.unlink()

    def store_images(self, order: Order) -> Order:
        """Return the order with its image data on disk instead of in memory; release_images undoes it."""
        first = self._store_image(order.image)
        try:
            return replace(order, image=first, last_image=self._store_image(order.last_image))
        except BaseException:
            self.release_images([first.file] if first and first.file else [])
            raise

    def release_images(self, names: Iterable[str]) -> None:
        """Delete the images that no other order needs."""
        self._pictures.release(names)

    def _store_image(self, picture: Picture | None) -> Picture | None:
        if picture is None:
            return None
        stored = self._pictures.store(picture.data) if picture.data and not self._cheap else ""
        return replace(picture, data=b"", file=stored)

    def get(self, task: Task) -> CachedVideo:
        """Return the task's video, encoding it on first use; concurrent callers wait.

        Raises LostVideo if the video would differ from the one that was downloaded, and OSError if the disk is full.
        """
        video = self._copy_stock(task) if task.cheap else self._stored(task)
        if task.video_sha256 not in ("", video.sha256):
            self.delete(task.id)
            raise LostVideo
        return video

    def delete(self, task_id: str) -> None:
        self._path(task_id).unlink(missing_ok=True)

    def close(self) -> None:
        """Wait until no encoder is writing; `stopped` must already return true."""
        for _ in range(_ENCODERS):
            self._encoders.acquire()

    def _path(self, task_id: str) -> Path:
        return self._folder / f"video-{task_id}.mp4"

    def _stored(self, task: Task) -> CachedVideo:
        path = self._path(task.id)
        with self._one_at_a_time(task.id):
            if not path.exists():
                with self._encoders, whole_file(path) as new:
                    encode(self._scene(task), new, self._stopped)
                known = ""
            else:
                known = task.video_sha256
        return CachedVideo(FileBody(path, 0, path.stat().st_size), known or _digest(path))

    @contextmanager
    def _one_at_a_time(self, task_id: str) -> Iterator[None]:
        with self._turn:
            self._turn.wait_for(lambda: task_id not in self._encoding)
            self._encoding.add(task_id)
        try:
            yield
        finally:
            with self._turn:
                self._encoding.remove(task_id)
                self._turn.notify_all()

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
            hurried=task.scale < _HURRIED_SCALE,
        )

    def _frame(self, picture: Picture) -> VideoFrame:
        try:
            return decode(self._bytes(picture))
        except (OSError, ValueError):
            # The URL is unreachable, or the image is truncated after its header.
            return draw_card(1280, 720)

    def _bytes(self, picture: Picture) -> bytes:
        if picture.file:
            return self._pictures.read(picture.file)
        if self._fetch is None:
            raise OSError("image URLs are not fetched")
        return self._fetch(picture.url)

    def _copy_stock(self, task: Task) -> CachedVideo:
        """Return a stock video, made unique by a box with the task's id."""
        name = task.id.encode()
        content = self._stock_video(task.order) + (8 + len(name)).to_bytes(4, "big") + b"free" + name
        return CachedVideo(MemoryBody(content), sha256(content).hexdigest())

    def _stock_video(self, order: Order) -> bytes:
        """Return a video of the order's form; its file stays, so that a copy of it is the same after an update of the encoder."""
        width, height = order.size
        shape = (width, height, frames(order.duration))
        name = "stock-{}x{}-{}-{}.mp4".format(*shape, "sound" if order.generate_audio else "silent")
        with self._stock_lock:
            if name not in self._stock:
                path = self._folder / name
                if not path.exists():
                    still = Scene(*shape, first=draw_card(width, height, "color"), audio=order.generate_audio, still=True)
                    with whole_file(path) as new:
                        encode(still, new)
                self._stock[name] = path.read_bytes()
            return self._stock[name]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
