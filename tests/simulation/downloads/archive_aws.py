"""As much of AWS as one Archive needs, over TLS: a table of one record, and a bucket that forgets everything but its checksums."""

import hashlib
import json
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread

from cliprelay.aws.items import typed
from cliprelay.video.record import Video
from cliprelay.video.table import record
from local.aws.errors import AwsError
from tests.support.memory_aws.dynamodb import MemoryDynamoDB
from tests.support.memory_aws.table import Table

TABLE, SPEND, BUCKET = "videos", "spend", "bucket"


@dataclass(frozen=True)
class Put:
    """A whole PutObject: its headers in lower case, and the SHA-256 of its body."""

    path: str
    headers: dict[str, str]
    bytes: int
    sha256: str


class SmallAws(ThreadingHTTPServer):
    """What a client finds at AWS_ENDPOINT_URL; `puts` are the objects that were sent."""

    daemon_threads = True

    def __init__(self, context: SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Service)
        self.puts: list[Put] = []
        tables = {TABLE: Table(TABLE, ("id",), (), lambda: 0.0), SPEND: Table(SPEND, ("pk", "sk"), (), lambda: 0.0)}
        self.dynamodb = MemoryDynamoDB(tables)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def server_close(self) -> None:
        """End the thread, too: one that serves a closed socket never rests."""
        self.shutdown()
        super().server_close()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.server_address[1]}"

    def put_video(self, video: Video) -> None:
        """Lay a record into the table."""
        self.dynamodb.answer("PutItem", {"TableName": TABLE, "Item": typed(record(video))})

    def status_of(self, video_id: str) -> str:
        """The state of a video's record."""
        item = self.dynamodb.answer("GetItem", {"TableName": TABLE, "Key": {"id": {"S": video_id}}})["Item"]
        status: str = item["status"]["S"]
        return status


class _Service(BaseHTTPRequestHandler):
    server: SmallAws
    protocol_version = "HTTP/1.1"
    # Also answers Expect: 100-continue, which botocore sends before the body of a put.

    def do_HEAD(self) -> None:
        self._answer(404)

    def do_PUT(self) -> None:
        digest, length = hashlib.sha256(), int(self.headers["Content-Length"])
        left = length
        while left > 0 and (piece := self.rfile.read(min(left, 1 << 16))):
            digest.update(piece)
            left -= len(piece)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.puts.append(Put(self.path, headers, length - left, digest.hexdigest()))
        self._answer(200)

    def do_POST(self) -> None:
        """DynamoDB."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self._answer(200, self.server.dynamodb.answer(self.headers["X-Amz-Target"].partition(".")[2], body))
        except AwsError as error:
            self._answer(error.status, {"__type": error.code, "message": error.message, **error.fields})

    def _answer(self, status: int, body: object = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nothing."""
