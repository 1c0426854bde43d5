"""Malformed raw requests: each gets a 4xx in JSON, and the service continues."""

import json
import socket
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.local_service import LocalService

ORDER = b"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

RAW = {
    "a large field": (b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 10_240 + b"\r\n\r\n", 431),
    "a path out of the API": (b"GET /v1/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "the same, encoded": (b"GET /v1/videos/%2e%2e%2f%2e%2e%2fetc%2fpasswd%00 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "bytes that are no text": (b"GET /v1/videos/%ff%c0%af HTTP/1.1\r\nHost: x\r\n\r\n", 401),
    "a field in a path": (b"GET /v1/links/a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a field in a key": (b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\rX-Tenant: local\r\n\r\n", 400),
    "two keys": (b"GET /v1/videos HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n", 401),
    "a method that this path does not take": (b"PATCH /v1/videos HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    "a method that nothing takes": (b"TRACE /v1/videos HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    "a length and chunks": (ORDER + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (ORDER + b"Content-Length: 2\r\nContent-Length: 50\r\n\r\n{}", 400),
    "a body beyond the gateway's limit": (ORDER + b"Content-Length: 99999999\r\n\r\n{", 413),
    "chunks beyond it": (ORDER + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n{", 413),
}


def _answer(service: LocalService, raw: bytes) -> tuple[bytes, bytes]:
    """Return the first response's header section, and the rest."""
    parts = urlsplit(service.api)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=60) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("name", RAW)
def test_a_malformed_raw_request_is_rejected(local_service: LocalService, name: str) -> None:
    raw, status = RAW[name]
    head, body = _answer(local_service, raw)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    said = json.loads(body)
    assert said.get("status", status) == status
    assert "code" in said or set(said) == {"message"}
    assert b"Traceback" not in body
    assert b"set-cookie" not in head.lower()
    assert requests.get(f"{local_service.api}/health", timeout=60).status_code == 200
