"""The replacements for S3 side by side: moto and the local service's files, both over HTTP, and the memory of the simulation."""

import base64
import hashlib
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local.account import client
from local.aws.connection import Handler
from local.aws.s3.app import with_s3
from local.aws.s3.presigned import App, require_presigned
from local.aws.s3.store.store import ObjectStore
from local.state.database import Database
from tests.support.memory_aws.backends import memory_backend

_NUMBERS = count(1)


@dataclass
class S3:
    """A client of one S3, and a bucket of this test."""

    client: Any
    bucket: str

    @property
    def endpoint(self) -> str:
        return str(self.client.meta.endpoint_url)


def sha256(data: bytes) -> str:
    """Return a checksum as S3 spells it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def moto_app() -> App:
    return DomainDispatcherApplication(create_backend_app)  # type: ignore[no-any-return]


def serve(app: App) -> str:
    """Serve an app until the process ends, and return its address."""
    guarded = require_presigned(app, lambda: datetime.now(UTC))
    server = make_server("127.0.0.1", 0, guarded, threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


@cache
def _address(kind: str) -> str:
    """Start each server once, for the tests of all files."""
    if kind == "moto":
        return serve(moto_app())
    database = Database(None)
    return serve(with_s3(moto_app(), ObjectStore(database, Path(tempfile.mkdtemp()), lambda: datetime.now(UTC))))


def over_http(kind: str) -> S3:
    """Return a new bucket in `moto` or in `files`."""
    s3 = S3(client("s3", _address(kind)), f"{kind}-bucket-{next(_NUMBERS)}")
    s3.client.create_bucket(Bucket=s3.bucket)
    return s3


def _of(kind: str) -> S3:
    if kind == "memory":
        memory = memory_backend()
        return S3(memory.s3, memory.bucket)
    return over_http(kind)


def _fixture(name: str, *kinds: str) -> Callable[..., S3]:
    @pytest.fixture(name=name, params=kinds)
    def chosen(request: pytest.FixtureRequest) -> S3:
        return _of(request.param)

    return chosen


any_s3 = _fixture("s3", "moto", "memory", "files")
# What the memory of the simulation does not model.
http_s3 = _fixture("http_s3", "moto", "files")
# What moto gets wrong or does not check.
files_s3 = _fixture("files_s3", "files")
