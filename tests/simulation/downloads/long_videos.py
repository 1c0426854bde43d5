"""A server of videos as long as one likes, whose bytes exist only while they are sent."""

import hashlib
import re
import struct
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.support.mp4_files import TYPE_BOX, index, sample_table, track, visual_entry

# The 64-bit form, because a video may be longer than 32 bits can say.
_MEDIA_HEADER = 16
_PIECE = bytes(range(256)) * 1_024


def pieces(size: int) -> Iterator[bytes]:
    """A whole MP4 of that many bytes: type, index, and one box of media, which is one picture of a format that nobody knows."""
    front = len(TYPE_BOX) + len(_index(0, 0)) + _MEDIA_HEADER
    left = size - front
    yield TYPE_BOX + _index(left, front) + struct.pack(">I4sQ", 1, b"mdat", _MEDIA_HEADER + left)
    while left > 0:
        yield _PIECE[:left]
        left -= len(_PIECE)


def _index(media: int, offset: int) -> bytes:
    return index(track(sample_table([max(0, media)], offset, visual_entry(b"noise"[:4]))))


def sha256_of(size: int) -> str:
    """Of the video of that many bytes, in hex."""
    digest = hashlib.sha256()
    for piece in pieces(size):
        digest.update(piece)
    return digest.hexdigest()


class LongVideos(ThreadingHTTPServer):
    """Serves /<bytes>.mp4."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _LongVideo)
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def server_close(self) -> None:
        """End the thread, too: one that serves a closed socket never rests."""
        self.shutdown()
        super().server_close()

    def link(self, size: int) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{size}.mp4"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves a video that is too long does what it should."""


class _LongVideo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        match = re.fullmatch(r"/(\d+)\.mp4", self.path)
        size = int(match[1]) if match else 0
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        for piece in pieces(size):
            self.wfile.write(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing."""
