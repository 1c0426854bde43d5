"""Read the body of a request in pieces, with or without the framing of aws-chunked.

The framing: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html; signatures of chunks are not checked.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from local.aws.s3.errors import S3Error, bad_request
from local.aws.s3.store.files import PIECE

# S3's limit for one request: 5 GB.
MAX_BYTES = 5 << 30
# A document has at most 10,000 parts with checksums, or 1,000 keys of 1,024 characters that are written as references.
MAX_DOCUMENT = 8 << 20
# The head of a chunk or a trailer; a signature has 64 characters.
_LINE = 8192


class Body:
    """The bytes of one request; `trailers` are known after them."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self.trailers: dict[str, str] = {}
        self._stream = environ["wsgi.input"]
        self._is_framed = _is_framed(environ)
        # None: the server knows the end, because the body is sent with Transfer-Encoding: chunked.
        self._rest = None if environ.get("wsgi.input_terminated") else _number(environ.get("CONTENT_LENGTH") or "0")
        announced = environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH")
        self._announced = None if announced is None else _number(announced)

    @property
    def length(self) -> int | None:
        """The announced number of bytes."""
        return self._announced if self._is_framed else self._rest

    def pieces(self) -> Iterator[bytes]:
        """Yield the content; raise S3Error if it is shorter or longer than announced, or too large."""
        total = 0
        if (self.length or 0) > MAX_BYTES:
            raise _too_large(self.length or 0)
        for piece in self._unframed() if self._is_framed else self._exactly(self._rest):
            total += len(piece)
            if total > MAX_BYTES:
                raise _too_large(total)
            yield piece
        if self._is_framed and self._announced not in (None, total):
            raise _incomplete()

    def read(self) -> bytes:
        """Return the content of a small body as a whole."""
        data = b""
        for piece in self.pieces():
            data += piece
            if len(data) > MAX_DOCUMENT:
                raise _too_large(len(data), MAX_DOCUMENT)
        return data

    def raw(self) -> bytes:
        """Return a small body as it was sent."""
        if (self._rest or 0) > MAX_DOCUMENT:
            raise _too_large(self._rest or 0, MAX_DOCUMENT)
        return b"".join(self._exactly(self._rest))

    def drain(self) -> None:
        """Read what is left, so that the client sees the response rather than a broken connection."""
        if (self._rest or 0) <= MAX_BYTES:
            with contextlib.suppress(S3Error):
                for _ in self._exactly(self._rest):
                    pass

    def _exactly(self, count: int | None) -> Iterator[bytes]:
        """Yield `count` bytes of the stream, or all."""
        while count is None or count > 0:
            piece = self._read(PIECE if count is None else min(PIECE, count))
            if not piece:
                if count is None:
                    return
                raise _incomplete()
            count = None if count is None else count - len(piece)
            yield piece

    def _unframed(self) -> Iterator[bytes]:
        while size := _hex(self._line()):
            yield from self._exactly(size)
            if self._line():
                raise _malformed()
        while line := self._line():
            name, _, value = line.partition(b":")
            self.trailers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()

    def _line(self) -> bytes:
        with _disconnection_as_error():
            line: bytes = self._stream.readline(_LINE if self._rest is None else min(_LINE, self._rest))
        self._count(line)
        return line.rstrip(b"\r\n")

    def _read(self, most: int) -> bytes:
        with _disconnection_as_error():
            piece: bytes = self._stream.read(most if self._rest is None else min(most, self._rest))
        self._count(piece)
        return piece

    def _count(self, data: bytes) -> None:
        if self._rest is not None:
            self._rest -= len(data)


@contextlib.contextmanager
def _disconnection_as_error() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise _incomplete() from None


def _is_framed(environ: Mapping[str, Any]) -> bool:
    encoding, digest = environ.get("HTTP_CONTENT_ENCODING", ""), environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
    return "aws-chunked" in encoding or digest.startswith("STREAMING-")


def _hex(line: bytes) -> int:
    """Return the size of a chunk from its head."""
    if not line:
        raise _incomplete()
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError:
        raise _malformed() from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise bad_request("InvalidArgument", "The length of the body is not a number.")
    return int(text)


def _incomplete() -> S3Error:
    return bad_request("IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")


def _malformed() -> S3Error:
    return bad_request("InvalidRequest", "The framing of the aws-chunked body is not well-formed.")


def _too_large(size: int, most: int = MAX_BYTES) -> S3Error:
    return bad_request("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", ProposedSize=size, MaxSizeAllowed=most)
