"""moto's SNS, SQS and Secrets Manager over a database, in this process; a restart leaves nothing of them but the files."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local.aws.messaging import Messaging
from local.aws.moto.patches import Patches
from local.state.database import Database
from tests.support.moto_world import moto

ENDPOINT = "http://127.0.0.1:4566"
_CLIENT = Config(retries={"total_max_attempts": 1})


@cache
def client(service: str) -> Any:
    """Return a client for all runs; creating one takes longer than most tests."""
    session = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")  # noqa: S106 - moto checks none
    return session.client(service, config=_CLIENT)  # type: ignore[call-overload]  # the stubs know only written names


class MessagingProcess:
    """One run of the three services over the files of a folder."""

    def __init__(self, folder: Path, time_scale: float = 0.0) -> None:
        self.mail, self.path = folder / "mail", folder / "state.sqlite"
        self.mail.mkdir(exist_ok=True)
        self.printed: queue.Queue[tuple[str, str]] = queue.Queue()
        # What functions were invoked with, and the errors that the next invocations end with.
        self.invocations: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.errors: list[str] = []
        self.during_invocation: Callable[[], None] = lambda: None
        self.database = Database(self.path)
        self.messaging = Messaging(self.database, self.mail, ENDPOINT, time_scale, lambda *line: self.printed.put(line), self._invoke)
        self.sns, self.sqs, self.secrets = (client(service) for service in ("sns", "sqs", "secretsmanager"))

    def _invoke(self, name: str, event: Any) -> str | None:
        self.invocations.put((name, event))
        self.during_invocation()
        return self.errors.pop(0) if self.errors else None

    def limit_disk(self, pages: int | None) -> None:
        """Let the database grow by no more than this many pages; None makes space again."""
        with self.database.transaction() as connection:
            ((present,),) = connection.execute("PRAGMA page_count")
            connection.execute(f"PRAGMA max_page_count = {1_000_000 if pages is None else present + pages}")

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        """Create a queue and return its URL and ARN."""
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


@contextmanager
def running(folder: Path, *, delivers: bool = True, time_scale: float = 0.0) -> Iterator[MessagingProcess]:
    """Run the services inside the block; afterwards moto has forgotten them, as after a crash."""
    process, patches = MessagingProcess(folder, time_scale), Patches()
    with moto():
        forget_messaging()
        try:
            patches.replace(process.messaging.replacements())
            process.messaging.load()
            if delivers:
                process.messaging.start()
            yield process
        finally:
            process.messaging.stop()
            process.database.close()
            patches.restore_names()
            forget_messaging()


def forget_messaging() -> None:
    """Let moto forget what it holds of the three services."""
    backends: tuple[Any, ...] = (sns_backends, sqs_backends, secretsmanager_backends)
    for each in backends:
        each.clear()


class Receiver:
    """An HTTP endpoint that responds with given statuses, then with 200."""

    def __init__(self) -> None:
        self.posts: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                receiver.posts.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *given: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def next(self) -> tuple[dict[str, str], str]:
        return self.posts.get(timeout=30)
