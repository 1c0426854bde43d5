"""Download of a finished video from the upstream's link: without the key, and complete or not at all."""

import hashlib
import re
from dataclasses import dataclass
from typing import IO

import requests
from urllib3.exceptions import HTTPError

from cliprelay.errors import BadVideo, DeadLink, OutOfTime
from cliprelay.net.body import PIECE, pieces
from cliprelay.net.deadline import Deadline, deadline
from cliprelay.net.guard import Guard
from cliprelay.net.response import Framing, framing_of
from cliprelay.net.urls import LONGEST_LINK, AddressRefused, normalised, redirect_target

CONNECT_SECONDS, READ_SECONDS = 10, 30
# Storage services redirect at most once, between regions.
MOST_REDIRECTS = 3
# 201 and 203 come from proxies that rename a 200. A 206 serves, too, if its range is the whole file.
_SERVED = (200, 201, 203, 206)
_RANGE = re.compile(r"bytes[ \t]+(\d{1,19})-(\d{1,19})/(\d{1,19}|\*)")


@dataclass(frozen=True)
class Downloaded:
    """A downloaded file: length in bytes, and SHA-256 in hex.

    `framed` says whether the transfer itself showed where the file ends: by a length that was reached, or by a last chunk.
    """

    bytes: int
    sha256: str
    framed: bool


class Downloader:
    """Downloads videos of up to `limit` bytes from URLs that the guard allows."""

    def __init__(self, guard: Guard, limit: int) -> None:
        self._guard, self._limit = guard, limit

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        """Write what the link serves to `file`, without a look at its content; raises DeadLink, BadVideo, or OutOfTime after `seconds`."""
        with deadline(seconds) as limit:
            try:
                with self._guard.session() as session:
                    return self._copy(self._open(session, normalised(url)), file)
            except AddressRefused:
                raise DeadLink("address_refused") from None
            except (requests.RequestException, HTTPError, OSError, ValueError):
                # Their texts contain the whole signed link.
                raise (OutOfTime("out_of_time") if _is_late(limit) else BadVideo("download_broken")) from None

    def _open(self, session: requests.Session, url: str) -> requests.Response:
        for _ in range(1 + MOST_REDIRECTS):
            response = session.get(
                self._guard.check(url, longest=LONGEST_LINK),
                headers={"Accept-Encoding": "identity", "User-Agent": "ClipRelay"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            if not response.is_redirect:
                return response
            url = redirect_target(url, response.headers["Location"])
            response.close()
        raise DeadLink("too_many_redirects")

    def _copy(self, response: requests.Response, file: IO[bytes]) -> Downloaded:
        if response.status_code not in _SERVED:
            raise DeadLink(f"http_{response.status_code}")
        total = _announced(response)
        size, digest = 0, hashlib.sha256()
        for piece in pieces(response, PIECE):
            size += len(piece)
            if size > self._limit:
                raise BadVideo("over_the_size_cap")
            digest.update(piece)
            file.write(piece)
        if size == 0:
            raise DeadLink("http_206") if response.status_code == 206 else BadVideo("empty")
        if total is not None and total != response.raw.tell():
            raise BadVideo("cut")
        file.flush()
        return Downloaded(size, digest.hexdigest(), _is_framed(response, total))


def _is_late(limit: Deadline) -> bool:
    return limit.over or limit.left <= 0


def _announced(response: requests.Response) -> int | None:
    """Return the bytes of the whole file if a 206 says that it sends them all, None if nothing says so; raises DeadLink for a part."""
    said = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip().lower()) if response.status_code == 206 else None
    if said is None:
        return None
    sent = int(said[2]) + 1
    if int(said[1]) != 0 or said[3] not in ("*", str(sent)):
        raise DeadLink("http_206")
    return sent if said[3] != "*" else None


def _is_framed(response: requests.Response, total: int | None) -> bool:
    if response.status_code == 206:
        return total is not None
    return framing_of(response) in (Framing.LENGTH, Framing.CHUNKS)
