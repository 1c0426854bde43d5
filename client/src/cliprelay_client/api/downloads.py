"""Download a video: resume, check length and SHA-256, and rename into place only when it is whole."""

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from cliprelay_client.api.core import Core
from cliprelay_client.api.errors import ApiError, ClipRelayError, LocalFault, Unreachable, UsageError
from cliprelay_client.api.records import Shown, get, path
from cliprelay_client.api.steps import Lost, Pause, Reply, Send, Show, Step
from cliprelay_client.api.video import VideoData, id_of

# Each gets a fresh address; one that brings bytes does not count.
FRUITLESS = 6
# A whole file with another SHA-256: once may be the way, twice is the source.
DAMAGED = 2
READ_SECONDS = 60.0


class PartialFile:
    """The file while it is not whole, next to the final one and hidden."""

    def __init__(self, target: Path, sha256: str, size: int) -> None:
        self.target, self._sha256, self.size = target, sha256, size
        self.path = target.with_name(f".{_shortened(target.name)}.{sha256[:12] or 'unknown'}.part")
        self.progress = 0

    @property
    def length(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def take(self, status: int, headers: Mapping[str, str], piece: bytes) -> None:
        """Append a piece; an answer that begins elsewhere than the file ends starts the file again."""
        if self.progress == 0:
            begins = re.match(r"bytes (\d+)-", headers.get("content-range", "")) if status == 206 else None
            if not begins or int(begins[1]) != self.length:
                if begins:
                    raise Lost("the server sent another part than asked for", sent=True)
                self.discard()
        try:
            with self.path.open("ab") as file:
                file.write(piece)
        except OSError as error:
            raise self._fault(error) from None
        self.progress += len(piece)

    def finish(self) -> None:
        """Check the file, and give it its name; raise LocalFault if it is damaged."""
        try:
            with self.path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
            if digest != self._sha256 and self._sha256:
                self.discard()
                raise Damaged
            self.path.replace(self.target)
        except OSError as error:
            raise self._fault(error) from None

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)

    def _fault(self, error: OSError) -> LocalFault:
        """A full disk gets its space back; in every other case what has arrived is used next time."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            with contextlib.suppress(OSError):
                self.discard()
            return LocalFault(f"The disk is full: {self.target} was not saved. The video is kept by the server; download it again later.")
        return LocalFault(f"{self.target} cannot be written: {error.strerror or error}.")


class Damaged(Exception):
    """The file is not the one that the server described."""


def _shortened(name: str) -> str:
    """File systems allow 255 bytes, and the partial file needs some of them."""
    return name.encode()[:200].decode(errors="ignore")


def target_of(given: str | os.PathLike[str], video_id: str) -> Path:
    """Return the file to write: in a folder, it is named after the video."""
    target = Path(given)
    if target.is_dir() or str(given).endswith(os.sep):
        target = target / f"{video_id}.mp4"
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.")
    return target


def download_of(core: Core, video: str | VideoData, given: str | os.PathLike[str], *, overwrite: bool) -> Generator[Step, Any, Path]:
    """Download the file of a video; one that was not finished at last sight is read again."""
    is_known = isinstance(video, VideoData) and video.raw.get("video")
    shown = video.raw if isinstance(video, VideoData) and is_known else (yield from get(core, id_of(video)))
    return (yield from download(core, shown, given, overwrite=overwrite))


def download(core: Core, shown: Shown, given: str | os.PathLike[str], *, overwrite: bool = False) -> Generator[Step, Any, Path]:
    """Download the file of a succeeded video; show how many bytes there are."""
    facts = shown.get("video")
    if not facts:
        raise UsageError(f"{shown['id']} has no file: it is {'deleted' if shown.get('deleted_at') else shown.get('status')}.")
    if not isinstance(facts.get("bytes"), int):
        raise core.unlike()
    target, size, sha256 = target_of(given, shown["id"]), int(facts["bytes"]), str(facts.get("sha256", ""))
    if target.exists():
        if is_whole(target, size, sha256):
            return target
        if not overwrite:
            raise UsageError(f"{target} exists and is another file; choose another name, or overwrite it (--force, overwrite=True).")
    part = PartialFile(target, sha256, size)
    yield from _fetch(core, shown["id"], part)
    return target


def is_whole(target: Path, size: int, sha256: str) -> bool:
    """Whether a file is the video already."""
    try:
        if target.stat().st_size != size:
            return False
        with target.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _fetch(core: Core, video_id: str, part: PartialFile) -> Generator[Step, Any, None]:
    fruitless, damaged, reason = 0, 0, "the connection broke"
    while fruitless < FRUITLESS and damaged < DAMAGED:
        if part.length > part.size:
            part.discard()
        if part.length == part.size and part.size:
            try:
                return part.finish()
            except Damaged:
                damaged, reason = damaged + 1, "what arrives is damaged"
                continue
        if fruitless:
            yield Pause(min(0.5 * 2**fruitless, 20.0))
        address = yield from _address(core, video_id)
        before, part.progress = part.length, 0
        try:
            reply = yield Send("GET", address, _headers(core, part), read_seconds=READ_SECONDS, sink=part.take)
            reason = _why(reply)
        except Lost as lost:
            reason = str(lost)
        yield Show(part.length)
        fruitless = 0 if part.length > before else fruitless + 1
    raise Unreachable(f"{video_id} could not be downloaded: {reason}. The video is kept by the server; download it again later.")


def _headers(core: Core, part: PartialFile) -> dict[str, str]:
    headers = {"User-Agent": core.user_agent, "Accept-Encoding": "identity"}
    return {**headers, "Range": f"bytes={part.length}-"} if part.length else headers


def _why(reply: Reply) -> str:
    return "the connection broke" if reply.status in (200, 206) else f"the storage answered {reply.status}"


def _address(core: Core, video_id: str) -> Generator[Step, Any, str]:
    """Return a fresh presigned URL; the storage must not see the API key."""
    headers = {"Authorization": f"Bearer {core.api_key}", "User-Agent": core.user_agent}
    asked = Send("GET", f"{core.base_url}{path(video_id, 'content')}", headers, sink=_refuse)
    reply = yield from core.insist(asked)
    location = reply.headers.get("location", "")
    if not location:
        raise ApiError(f"{core.host} names no file of {video_id}.", status=reply.status, body={})
    return urljoin(asked.url, location)


def _refuse(status: int, headers: Mapping[str, str], piece: bytes) -> None:
    raise ClipRelayError(f"The server answered {status} where it redirects to the file.")
