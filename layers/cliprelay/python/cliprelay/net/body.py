"""The body of a response, whatever its server says about its encoding."""

import zlib
from collections.abc import Iterator

import requests

PIECE = 1 << 16
# zlib reads a gzip header with this window size.
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
# Nobody compresses more often, so the remaining names are ignored.
_MOST_ENCODINGS = 4
_NAMES = frozenset({"gzip", "x-gzip", "deflate"})


def raw_pieces(response: requests.Response, size: int = PIECE) -> Iterator[bytes]:
    """Yield the bytes of the body as sent, at most `size` at a time; raises if the server breaks off or the deadline is over."""
    while piece := response.raw.read(size, decode_content=False):
        yield piece


def pieces(response: requests.Response, size: int = PIECE) -> Iterator[bytes]:
    """Do as `raw_pieces`, and decompress what is named compressed and really is; raises ValueError if that breaks off.

    We ask for no compression, so a name without compressed data is only a wrong name.
    """
    found = raw_pieces(response, size)
    for _ in range(min(len(_encodings(response)), _MOST_ENCODINGS)):
        found = _decoded(found, size)
    return found


def _encodings(response: requests.Response) -> list[str]:
    named = ",".join(response.headers.get(name, "") for name in ("Content-Encoding", "Transfer-Encoding"))
    return [name for name in (each.strip().lower() for each in named.split(",")) if name in _NAMES]


def _decoded(source: Iterator[bytes], size: int) -> Iterator[bytes]:
    first = b""
    for piece in source:
        first += piece
        if len(first) >= len(_GZIP_MAGIC):
            break
    if _is_compressed(first):
        yield from _decompressed(first, source, size)
        return
    if first:
        yield first
    yield from source


def _is_compressed(first: bytes) -> bool:
    # A zlib header is a multiple of 31 (RFC 1950, 2.2). No text and no MP4 begins like either.
    return first.startswith(_GZIP_MAGIC) or (len(first) > 1 and first[0] & 0x8F == 0x08 and int.from_bytes(first[:2], "big") % 31 == 0)


def _decompressed(data: bytes, source: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Decompress gzip members or a zlib stream, at most `size` bytes at a time; what follows them is ignored, as gzip does."""
    window = _GZIP if data.startswith(_GZIP_MAGIC) else zlib.MAX_WBITS
    while True:
        stream = zlib.decompressobj(window)
        while not stream.eof:
            piece = _inflated(stream, data, size)
            data = stream.unconsumed_tail
            if piece:
                yield piece
            elif not data and not stream.eof:
                data = next(source, b"")
                if not data:
                    raise ValueError("the compressed data breaks off")
        data = stream.unused_data
        while len(data) < len(_GZIP_MAGIC) and (more := next(source, b"")):
            data += more
        if not data.startswith(_GZIP_MAGIC):
            break
    for _ in source:
        pass  # to see whether it ends as announced


def _inflated(stream: "zlib._Decompress", data: bytes, size: int) -> bytes:
    try:
        return stream.decompress(data, size)
    except zlib.error:
        raise ValueError("the compressed data is damaged") from None
