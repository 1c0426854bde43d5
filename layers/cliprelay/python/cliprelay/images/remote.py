"""Probe of an image at a client's URL: a few range requests through the address guard, never the whole file."""

import re
from collections.abc import Iterator
from typing import Protocol

import requests
from urllib3.exceptions import HTTPError

from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.reader import Reader
from cliprelay.net.body import pieces, raw_pieces
from cliprelay.net.response import Framing, framing_of
from cliprelay.net.urls import AddressRefused, redirect_target

CONNECT_SECONDS, READ_SECONDS = 2.0, 3.0
# Nearly every header is in the first block; a TIFF's directory may be at the end, a photograph's size after a thumbnail.
BLOCK, MOST_BLOCKS = 65_536, 4
# A server may send fewer bytes than requested; the rest is requested again, this often in all.
MOST_PARTS = 16
# Storage services redirect once, between regions; image services once or twice more.
MOST_REDIRECTS = 3

_PIECE = 1 << 14
# 201 and 203 come from proxies that rename a 200.
_WHOLE = (200, 201, 203)
# bytes 0-65535/123456, or * for an unknown length (RFC 9110, 14.4). No file system supports a length of more than 19 digits.
_RANGE = re.compile(r"bytes (\d{1,19})-\d{0,19}/(\d{1,19}|\*)")
# Complaints that a file cut short causes, too.
_OF_A_PART = frozenset({"image_truncated", "image_broken", "image_header"})
# A format cannot be told from fewer bytes.
_MAGIC = 16


class SessionSource(Protocol):
    """The part of the address guard used here."""

    def session(self) -> requests.Session:
        """Return a session that raises AddressRefused before it connects to a forbidden address, redirected or not."""


def probe_remote(url: str, guard: SessionSource, limits: ImageLimits = SEEDANCE_1_5) -> Probed:
    """Return the header data; raises ImageRefused with every complaint, or ImageUnread with a reason to show to the client.

    Reads at most MOST_BLOCKS blocks; call it inside `deadline` to limit the time. What a server does is never a complaint about the
    image, and only a file that was surely read to its end is called truncated.
    """
    with guard.session() as session:
        remote = _Remote(session, url)
        remote.fetch(0, 1)  # also sets the size
        try:
            return probe(Reader(remote.fetch, remote.size, has_end=remote.is_complete), limits)
        except ImageRefused as refusal:
            raise _certain(refusal, remote) from None


def _certain(refusal: ImageRefused, remote: "_Remote") -> ImageRefused | ImageUnread:
    """Return the refusal without the complaints that only a missing rest of the file may have caused."""
    if not remote.may_go_on:
        return refusal
    doubtful = _OF_A_PART | ({"image_format"} if len(remote.fetch(0, _MAGIC)) < _MAGIC else set())
    certain = [complaint for complaint in refusal.complaints if complaint.code not in doubtful]
    return ImageRefused(*certain) if certain else ImageUnread("its server sent only a part of it")


class _Remote:
    """A file at a URL or its redirect target, read in blocks, each only as far as needed.

    If the server ignores ranges, the beginning of its answer is reused.
    """

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session, self._url = session, url
        self._is_redirected = False
        self._blocks: dict[int, bytes] = {}
        self._parts = 0
        self._end: int | None = None  # nothing is to be had from here on
        self._unasked: bytes | None = None  # the file's beginning, from a server without ranges
        self.size: int | None = None
        self.may_go_on = False  # whether the file may be longer than what the server sent

    @property
    def is_complete(self) -> bool:
        """Return whether the whole file has arrived, so that its end costs nothing."""
        return self.size is not None and len(self._unasked or self._blocks.get(0, b"")) >= self.size

    def fetch(self, offset: int, length: int) -> bytes:
        """Return the bytes, fewer at the end of the file or if `may_go_on`; raises ImageRefused for the client's URL, or ImageUnread."""
        data = b""
        while len(data) < length and (more := self._in_block(offset + len(data), length - len(data))):
            data += more
        return data

    def _in_block(self, offset: int, length: int) -> bytes:
        """Return the bytes up to the end of their block, loading what is not known yet."""
        number, begin = divmod(offset, BLOCK)
        end = min(begin + length, BLOCK)
        if self._unasked is None and number not in self._blocks and len(self._blocks) == MOST_BLOCKS:
            raise ImageUnread("its header is too far into the file")
        block = self._blocks.get(number, b"")
        while self._unasked is None and len(block) < end and not self._ends_at(number * BLOCK + len(block)):
            block += self._load(number * BLOCK + len(block), BLOCK - len(block))
            self._blocks[number] = block
        return block[begin:end] if self._unasked is None else self._piece(offset, end - begin, self._unasked)

    def _ends_at(self, position: int) -> bool:
        ends = [each for each in (self._end, self.size) if each is not None]
        return bool(ends) and position >= min(ends)

    def _load(self, offset: int, length: int) -> bytes:
        """Request what is at `offset`; nothing if the server has no more to give."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise ImageUnread("its server sends it in too many small parts")
        try:
            with self._open(offset, length) as response:
                part = self._answered(response, offset, length)
        except AddressRefused as refusal:
            if not self._is_redirected:
                raise ImageRefused(ImageComplaint("image_address", str(refusal))) from None
            raise ImageUnread("it redirects to an address that cannot be opened") from None
        except (requests.RequestException, HTTPError, OSError, ValueError):
            # Any error of a foreign server; their texts contain the whole URL.
            raise ImageUnread("it could not be fetched") from None
        if not part and self._unasked is None:
            self._end = offset
            self.may_go_on = self.size is None or offset < self.size
        return part

    def _open(self, offset: int, length: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": "ClipRelay", "Range": f"bytes={offset}-{offset + length - 1}"}
        for _ in range(1 + MOST_REDIRECTS):
            time_outs = (CONNECT_SECONDS, READ_SECONDS)
            response = self._session.get(self._url, headers=headers, timeout=time_outs, allow_redirects=False, stream=True)
            if not response.is_redirect:
                return response
            response.close()
            self._is_redirected = True
            self._url = redirect_target(self._url, response.headers["Location"])
        raise ImageUnread(f"it redirects more than {MOST_REDIRECTS} times")

    def _answered(self, response: requests.Response, offset: int, length: int) -> bytes:
        if response.status_code == 206:
            return self._part(response, offset, length)
        if response.status_code in _WHOLE:
            self._unasked = self._beginning(response)
            return b""
        if self._continues(offset):
            return b""
        raise ImageUnread(f"its server answered {response.status_code}")

    def _part(self, response: requests.Response, offset: int, length: int) -> bytes:
        said = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if not said or int(said[1]) != offset:
            if self._continues(offset):
                return b""
            raise ImageUnread("its server returned a different range from the requested one")
        self.size = self.size if said[2] == "*" else int(said[2])
        return _read(raw_pieces(response, _PIECE), length)

    def _continues(self, offset: int) -> bool:
        """Whether the request was for the rest of a part that was too short; the server may have no more."""
        return offset % BLOCK != 0

    def _beginning(self, response: requests.Response) -> bytes:
        """Read what a server that ignores ranges sends, up to the cap."""
        is_plain = response.headers.get("Content-Encoding", "identity").strip().lower() == "identity"
        announced = response.headers.get("Content-Length")
        self.size = int(announced) if announced and is_plain else None
        self.may_go_on = framing_of(response) in (Framing.CLOSE, Framing.UNREADABLE)
        return _read(pieces(response, _PIECE), BLOCK * MOST_BLOCKS)

    def _piece(self, offset: int, length: int, beginning: bytes) -> bytes:
        is_whole = len(beginning) == self.size if self.size is not None else len(beginning) < BLOCK * MOST_BLOCKS
        if offset + length > len(beginning) and not is_whole:
            raise ImageUnread("its header is too far into the file, and its server does not support ranges")
        return beginning[offset : offset + length]


def _read(parts: Iterator[bytes], most: int) -> bytes:
    data = bytearray()
    for piece in parts:
        data += piece[: most - len(data)]
        if len(data) == most:
            break
    return bytes(data)
