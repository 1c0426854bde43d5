"""Download of a finished video from the upstream's link: without the key, and complete or not at all."""

import hashlib
from dataclasses import dataclass
from typing import IO
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from cliprelay.errors import BadVideo, DeadLink, OutOfTime
from cliprelay.net.guard import Guard
from cliprelay.net.sessions import Deadline, deadline
from cliprelay.net.urls import LONGEST_LINK, AddressRefused

CONNECT_SECONDS, READ_SECONDS = 10, 30
PIECE = 1 << 16
# Storage services redirect at most once, between regions.
MOST_REDIRECTS = 3


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
                    return self._copy(self._open(session, url), file, limit)
            except AddressRefused:
                raise DeadLink("address_refused") from None
            except (requests.RequestException, HTTPError, OSError, ValueError):
                # Their texts contain the whole signed link.
                is_late = limit.over or limit.left <= 0
                raise (OutOfTime("out_of_time") if is_late else BadVideo("download_broken")) from None

    def _open(self, session: requests.Session, url: str) -> requests.Response:
        for _ in range(1 + MOST_REDIRECTS):
            response = session.get(
                self._guard.check(url, longest=LONGEST_LINK),
                # Compression would hide the length to compare.
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
        if limit.over:  # without a length, a cut body looks complete
            raise OutOfTime("out_of_time")
        if size == 0 or (announced is not None and announced != str(size)):
            raise BadVideo("cut" if size else "empty")
        file.flush()
        return Downloaded(size, digest.hexdigest(), _is_framed(response))


def _is_framed(response: requests.Response) -> bool:
    """Return whether the body has a length or chunks; otherwise it ends with the connection, cut or not."""
    return "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "").lower()
