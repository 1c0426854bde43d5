"""Serve moto over HTTP, behind the checks that moto lacks."""

import logging
import socket
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from local.aws.connection import Handler
from local.aws.dynamodb.endpoint import with_tables
from local.aws.dynamodb.service import DynamoDB
from local.aws.messaging import Messaging
from local.aws.moto.durable_calls import xml_error
from local.aws.s3.app import with_s3
from local.aws.s3.presigned import App, Environ, require_presigned
from local.aws.s3.store.store import ObjectStore
from local.state.database import StorageError

# How soon the server notices a stop; the default of half a second is noticeable at every Ctrl-C.
POLL_SECONDS = 0.05


class AwsServer:
    """Binds its address on creation, because other parts need it; serves between start and stop."""

    def __init__(self, host: str, port: int, objects: ObjectStore) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._app: App = _moto()
        self._objects = objects
        self._socket = socket.create_server((host, port), backlog=128)
        self.host, self.port = host, self._socket.getsockname()[1]
        # When given a socket, werkzeug does not print its own advice about a port in use.
        self._server: BaseWSGIServer = make_server(
            host, self.port, self._call, threaded=True, request_handler=Handler, fd=self._socket.fileno()
        )
        self._server.daemon_threads = True  # type: ignore[attr-defined]  # it is a ThreadingMixIn
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_SECONDS,), name="aws", daemon=True)

    @property
    def url(self) -> str:
        """The endpoint's URL on this machine."""
        return f"http://{'127.0.0.1' if self.host in ('0.0.0.0', '') else self.host}:{self.port}"  # noqa: S104

    def _call(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        return self._app(environ, start_response)

    def start(self, messaging: Messaging, tables: DynamoDB | None) -> None:
        """Serve; without `tables`, moto answers for DynamoDB."""
        app = with_s3(without_moto_api(self._app), self._objects)
        self._app = with_sns_links(require_presigned(app, lambda: datetime.now(UTC)), messaging)
        if tables:
            self._app = with_tables(self._app, tables)
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        self._socket.close()


def _moto() -> App:
    """Return moto's services; a service's name is searched for among some four hundred patterns only once."""
    moto = DomainDispatcherApplication(create_backend_app)
    moto.get_backend_for_host = lru_cache(maxsize=256)(moto.get_backend_for_host)  # type: ignore[method-assign]
    return moto


def without_moto_api(app: App) -> App:
    """Block moto's control pages, which could delete everything with one POST."""

    def guard(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/moto-api"):
            return _respond(start_response, "404 Not Found", b"", "text/plain")
        return app(environ, start_response)

    return guard


def with_sns_links(app: App, messaging: Messaging) -> App:
    """Serve the links in SNS messages, which are opened without a signature."""

    def route(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET" and "HTTP_AUTHORIZATION" not in environ:
            certificate = messaging.certificate(environ["PATH_INFO"])
            if certificate:
                return _respond(start_response, "200 OK", certificate, "application/x-pem-file")
            try:
                answer = messaging.answer(environ["QUERY_STRING"]) if environ["PATH_INFO"] == "/" else None
            except StorageError as error:
                return _respond(start_response, "500 Internal Server Error", xml_error("InternalError", str(error)).encode(), "text/xml")
            if answer:
                return _respond(start_response, "200 OK", answer.encode(), "text/xml")
        return app(environ, start_response)

    return route


def _respond(start_response: Any, status: str, body: bytes, content_type: str) -> list[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
