"""Fetching a finished video from the link that the upstream gave: without our key, whole, or not at all."""

import hashlib
from dataclasses import dataclass
from typing import IO
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from cliprelay.errors import BadVideo, DeadLink, OutOfTime
from cliprelay.media.mp4 import is_whole_mp4
from cliprelay.net.guard import Guard
from cliprelay.net.sessions import Deadline, deadline
from cliprelay.net.urls import LONGEST_LINK, AddressRefused

CONNECT_SECONDS, READ_SECONDS = 10, 30
PIECE = 1 << 16
# Storage services redirect once, between regions, if at all.
MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Downloaded:
    """A verified file: its length in bytes and the SHA-256 of its content, in hex."""

    bytes: int
    sha256: str


class Downloader:
    """Fetches videos up to `limit` bytes from addresses that the guard allows."""

    def __init__(self, guard: Guard, limit: int) -> None:
        self._guard, self._limit = guard, limit

    def fetch(self, url: str, file: IO[bytes], *, seconds: float) -> Downloaded:
        """Write the video to `file` and verify it; raises DeadLink, BadVideo, or OutOfTime after `seconds`."""
        with deadline(seconds) as limit:
            try:
                with self._guard.session() as session:
                    response = self._open(session, url)
                    got = self._copy(response, file, limit)
            except AddressRefused:
                raise DeadLink("address_refused") from None
            except (requests.RequestException, HTTPError, OSError, ValueError):
                # Their text would print the whole signed link.
                is_late = limit.over or limit.left <= 0
                raise (OutOfTime("out_of_time") if is_late else BadVideo("download_broken")) from None
        if not is_whole_mp4(file, got.bytes, end_is_known=_is_framed(response)):
            raise BadVideo("not_an_mp4")
        return got

    def _open(self, session: requests.Session, url: str) -> requests.Response:
        for _ in range(1 + MOST_REDIRECTS):
            response = session.get(
                self._guard.check(url, longest=LONGEST_LINK),
                # A compressed transfer would hide the length that we compare.
                headers={"Accept-Encoding": "identity", "User-Agent": "ClipRelay"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            )
            if not response.is_redirect:
                return response
            url = urljoin(url, response.headers["Location"])
            response.close()
        raise DeadLink("too_many_redirects")

    def _copy(self, response: requests.Response, file: IO[bytes], limit: Deadline) -> Downloaded:
        if response.status_code != 200:
            raise DeadLink(f"http_{response.status_code}")
        announced = response.headers.get("Content-Length")
        size, digest = 0, hashlib.sha256()
        for piece in response.iter_content(PIECE):
            size += len(piece)
            if size > self._limit:
                raise BadVideo("over_the_size_cap")
            if limit.over:
                raise OutOfTime("out_of_time")
            digest.update(piece)
            file.write(piece)
        if limit.over:  # a body without a length looks whole when it was cut
            raise OutOfTime("out_of_time")
        if size == 0 or (announced is not None and announced != str(size)):
            raise BadVideo("cut" if size else "empty")
        file.flush()
        return Downloaded(size, digest.hexdigest())


def _is_framed(response: requests.Response) -> bool:
    """Whether the body had a length or chunks; without either it ends where the connection does, cut or not."""
    return "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "").lower()
