"""Probe of an image at a client's URL: a few range requests through the address guard, never the whole file."""

from typing import Protocol
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.reader import Blocks, Reader
from cliprelay.net.urls import AddressRefused

CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0
# Nearly every header is in the first block; a TIFF's directory may be at the end, a photograph's size after a thumbnail.
BLOCK, MOST_BLOCKS = 65_536, 4
# Storage services redirect once, between regions; image services once or twice more.
MOST_REDIRECTS = 3

_UNREACHABLE = "it could not be fetched"


class SessionSource(Protocol):
    """The part of the address guard used here."""

    def session(self) -> requests.Session:
        """Return a session that raises AddressRefused before it connects to a forbidden address, redirected or not."""


def probe_remote(url: str, guard: SessionSource, limits: ImageLimits = SEEDANCE_1_5) -> Probed:
    """Return the header data; raises ImageRefused with every complaint, or ImageUnread with a reason to show to the client.

    Reads at most MOST_BLOCKS blocks; call it inside `deadline` to limit the time.
    """
    try:
        with guard.session() as session:
            remote = _Remote(session, url)
            fetch = Blocks(remote.load, block=BLOCK, most=MOST_BLOCKS)
            fetch(0, 1)  # also sets the size
            return probe(Reader(fetch, remote.size, has_end=False), limits)
    except AddressRefused as refusal:
        raise ImageRefused(ImageComplaint("image_address", str(refusal))) from None
    except (requests.RequestException, HTTPError, OSError):
        # Their texts contain the whole URL.
        raise ImageUnread(_UNREACHABLE) from None


class _Remote:
    """A file at a URL or its redirect target; if the server ignores ranges, the beginning of its answer is reused."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session, self._url = session, url
        self.size: int | None = None
        self._unasked: bytes | None = None  # the file's beginning, from a server without ranges

    def load(self, offset: int, length: int) -> bytes:
        """Return the bytes, fewer only at the end of the file; raises ImageUnread."""
        if self._unasked is None:
            with self._open(offset, length) as response:
                if response.status_code == 206:
                    return self._part(response, offset, length)
                self._unasked = self._beginning(response)
        return self._piece(offset, length, self._unasked)

    def _open(self, offset: int, length: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": "ClipRelay", "Range": f"bytes={offset}-{offset + length - 1}"}
        for _ in range(1 + MOST_REDIRECTS):
            time_outs = (CONNECT_SECONDS, READ_SECONDS)
            response = self._session.get(self._url, headers=headers, timeout=time_outs, allow_redirects=False, stream=True)
            if not response.is_redirect:
                return response
            self._url = urljoin(self._url, response.headers["Location"])
            response.close()
        raise ImageUnread(f"it redirects more than {MOST_REDIRECTS} times")

    def _part(self, response: requests.Response, offset: int, length: int) -> bytes:
        """Read a part by RFC 9110, section 14.4: bytes 0-65535/123456, or * for an unknown length."""
        unit, _, place = response.headers.get("Content-Range", "").partition(" ")
        span, _, total = place.partition("/")
        first = span.partition("-")[0]
        if unit != "bytes" or not _is_number(first) or int(first) != offset:
            raise ImageUnread("its server returned a different range from the requested one")
        self.size = int(total) if _is_number(total) else self.size
        return _read(response, length)

    def _beginning(self, response: requests.Response) -> bytes:
        """Read what a server that ignores ranges sends, up to the cap."""
        if response.status_code != 200:
            raise ImageUnread(f"its server answered {response.status_code}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ImageUnread("its server compressed it although that was not requested")
        announced = response.headers.get("Content-Length", "")
        self.size = int(announced) if _is_number(announced) else None
        return _read(response, BLOCK * MOST_BLOCKS)

    def _piece(self, offset: int, length: int, beginning: bytes) -> bytes:
        is_whole = len(beginning) == self.size if self.size is not None else len(beginning) < BLOCK * MOST_BLOCKS
        if offset + length > len(beginning) and not is_whole:
            raise ImageUnread("its header is too far into the file, and its server does not support ranges")
        return beginning[offset : offset + length]


def _read(response: requests.Response, most: int) -> bytes:
    data = bytearray()
    for piece in response.iter_content(1 << 14):
        data += piece[: most - len(data)]
        if len(data) == most:
            break
    return bytes(data)


def _is_number(text: str) -> bool:
    # No file system supports a length of more than 19 digits.
    return text.isascii() and text.isdigit() and len(text) < 20
