"""A look at an image behind a client's address: a few ranged GETs through the address guard, never the whole file."""

from typing import Protocol
from urllib.parse import urljoin

import requests
from urllib3.exceptions import HTTPError

from cliprelay.images.errors import Complaint, ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.reader import Blocks, Reader
from cliprelay.net.urls import AddressRefused

CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0
# Nearly every header lies in the first block; a TIFF may have its directory at its end, a photograph its size behind a thumbnail.
BLOCK, MOST_BLOCKS = 65_536, 4
# Storage services redirect once, between regions; picture services once or twice more.
MOST_REDIRECTS = 3

_UNREACHABLE = "it could not be fetched"


class Guard(Protocol):
    """What is needed of the address guard."""

    def session(self) -> requests.Session:
        """A session that raises AddressRefused before it connects to an address that the rules do not allow, redirected or not."""


def probe_remote(url: str, guard: Guard, limits: ImageLimits = SEEDANCE_1_5) -> Probed:
    """What the image is; raises ImageRefused with every complaint, or ImageUnread with a reason fit for the client.

    Reads at most MOST_BLOCKS blocks; `deadline` around it bounds its time.
    """
    try:
        with guard.session() as session:
            remote = _Remote(session, url)
            fetch = Blocks(remote.load, block=BLOCK, most=MOST_BLOCKS)
            fetch(0, 1)  # tells the size, too
            return probe(Reader(fetch, remote.size, has_end=False), limits)
    except AddressRefused as refusal:
        raise ImageRefused(Complaint("image_address", str(refusal))) from None
    except (requests.RequestException, HTTPError, OSError):
        # Their text would print the whole address.
        raise ImageUnread(_UNREACHABLE) from None


class _Remote:
    """One file at an address, or where that redirects to; what a server sends unasked is kept as far as it is of use."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session, self._url = session, url
        self.size: int | None = None
        self._unasked: bytes | None = None  # the file's beginning, from a server that knows no ranges

    def load(self, offset: int, length: int) -> bytes:
        """The bytes there, fewer where the file ends; raises ImageUnread."""
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
        """RFC 9110, section 14.4: bytes 0-65535/123456, or * for a length that is not known."""
        unit, _, place = response.headers.get("Content-Range", "").partition(" ")
        span, _, total = place.partition("/")
        first = span.partition("-")[0]
        if unit != "bytes" or not _is_number(first) or int(first) != offset:
            raise ImageUnread("its server answers with another part than it was asked for")
        self.size = int(total) if _is_number(total) else self.size
        return _read(response, length)

    def _beginning(self, response: requests.Response) -> bytes:
        """All that a server sends which ignores the range, up to the cap."""
        if response.status_code != 200:
            raise ImageUnread(f"its server answers {response.status_code}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise ImageUnread("its server sends it in a compressed form that was not asked for")
        announced = response.headers.get("Content-Length", "")
        self.size = int(announced) if _is_number(announced) else None
        return _read(response, BLOCK * MOST_BLOCKS)

    def _piece(self, offset: int, length: int, beginning: bytes) -> bytes:
        is_whole = len(beginning) == self.size if self.size is not None else len(beginning) < BLOCK * MOST_BLOCKS
        if offset + length > len(beginning) and not is_whole:
            raise ImageUnread("its header lies deep in the file, and its server sends no parts")
        return beginning[offset : offset + length]


def _read(response: requests.Response, most: int) -> bytes:
    data = bytearray()
    for piece in response.iter_content(1 << 14):
        data += piece[: most - len(data)]
        if len(data) == most:
            break
    return bytes(data)


def _is_number(text: str) -> bool:
    # The longest length that any file system has is of 19 digits.
    return text.isascii() and text.isdigit() and len(text) < 20
