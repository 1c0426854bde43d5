"""Values for tests: each maker fills in what is irrelevant to the test."""

import base64
import json
import socket
import struct
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO
from cliprelay.catalog.spec import Spec
from cliprelay.net.urls import CLOUD, Limits
from cliprelay.tenants.api_keys import ApiKeyTable
from cliprelay.upstream.contract import Outcome, Task
from cliprelay.video.record import ImageSource, Video, deadline_after, iso
from cliprelay.video.states import Status
from tests.support.mp4_files import mp4_file, picture

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
GRACE = timedelta(seconds=240)
TENANT = "acme"
# The same in any_png() and any_video().
PICTURE_TYPE = "image/png"


class OwnedClock:
    """A clock that moves only when a test, or a sleeper, moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return self.now.timestamp()


class FixedDatetime(datetime):
    """Stands for `datetime` in a module that reads the time by itself: its now is always NOW."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz or UTC)


class Meddled:
    """An AWS client with some operations replaced; each replacement gets the real operation as its first argument."""

    def __init__(self, client: Any, **operations: Callable[..., Any]) -> None:
        self._client, self._operations = client, operations

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)
        if name not in self._operations:
            return real
        return lambda *args, **kwargs: self._operations[name](real, *args, **kwargs)


def twice(real: Callable[..., Any], **kwargs: Any) -> Any:
    """Write twice, like an SDK after a lost answer, which sends a file from its beginning."""
    real(**kwargs)
    if hasattr(kwargs.get("Body"), "seek"):
        kwargs["Body"].seek(0)
    return real(**kwargs)


def conflict(client: Any, operation: str = "transact_write_items", reason: str = "TransactionConflict") -> Exception:
    """Return DynamoDB's answer to a write that meets a transaction on one of its items, which moto never gives."""
    if operation != "transact_write_items":
        refusal = {"Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing for the item"}}
        alone: Exception = client.exceptions.TransactionConflictException(refusal, operation)
        return alone
    error = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": "None"}, {"Code": reason}]}
    made: Exception = client.exceptions.TransactionCanceledException(error, "TransactWriteItems")
    return made


def one_at_a_time() -> Callable[..., Any]:
    """Serialise the writes of a race, because DynamoDB isolates writes and moto does not."""
    lock = Lock()

    def wait_your_turn(real: Callable[..., Any], **kwargs: Any) -> Any:
        with lock:
            return real(**kwargs)

    return wait_your_turn


def any_settings(**changes: Any) -> dict[str, Any]:
    settings = {
        "prompt": "A slow push-in on the lighthouse at dusk.",
        "ratio": "adaptive",
        "duration": 5,
        "resolution": "720p",
        "fps": 24,
        "watermark": False,
        "camera_fixed": False,
        "generate_audio": True,
        "service_tier": "default",
        "execution_expires_after": 172_800,
    }
    return settings | changes


def any_spec(**changes: Any) -> Spec:
    """What such settings ask for."""
    return IMAGE_TO_VIDEO.spec(any_settings(**changes))


def no_input(key: str) -> bytes:
    """An upstream of a test that stores no input image."""
    raise AssertionError(key)


def any_video(**changes: Any) -> Video:
    settings = changes.pop("settings", None) or any_settings()
    values: dict[str, Any] = {
        "id": "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB",
        "tenant": TENANT,
        "status": Status.QUEUED,
        "run": 1,
        "model": "seedance-v1.5-pro-i2v",
        "settings": settings,
        "image": ImageSource(url="https://assets.example.com/lighthouse.png"),
        "created_at": iso(NOW),
        "updated_at": iso(NOW),
        "deadline": deadline_after(NOW, any_spec(**settings)),
        "base_url": "https://api.example.com",
    }
    return Video(**(values | changes))


def any_task(outcome: Outcome = Outcome.RUNNING, **changes: Any) -> Task:
    return Task(outcome, **changes)


def any_body(**changes: Any) -> dict[str, Any]:
    """Return a valid body for POST /v1/videos; a change to None leaves the field out."""
    body = {"image": "https://assets.example.com/lighthouse.png", "prompt": "A slow push-in on the lighthouse at dusk."}
    return {name: value for name, value in (body | changes).items() if value is not None}


def read_order(body: Mapping[str, Any], addresses: Limits = CLOUD) -> Any:
    """The order in a body, for a deployment with the usual models; raises Refusal."""
    from cliprelay.catalog.registry import Offer  # here, because tests of the light steps use this module too
    from cliprelay.errors import invalid_request
    from cliprelay.orders.invalid_order import InvalidOrder
    from cliprelay.orders.parser import OrderParser

    order = OrderParser(Offer.of(""), addresses).read(body)
    if isinstance(order, InvalidOrder):
        raise invalid_request(order.complaints)
    return order


def any_png(width: int = 512, height: int = 512) -> bytes:
    """Return a grey image that every decoder accepts."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def data_uri(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def any_mp4(media: bytes = b"moving pictures") -> bytes:
    """Return an MP4 with the boxes of a finished file in the usual order; its last byte is the last one of `media`."""
    return mp4_file(picture(media))


_REQUESTS = count(1)


def request_event(
    method: str,
    path: str,
    *,
    body: object = None,
    key: str | None = None,
    query: Mapping[str, str] | str | None = None,
    headers: Mapping[str, str] | None = None,
    arrived: datetime = NOW,
) -> dict[str, Any]:
    """Return a request as the HTTP API passes it on, in payload format 2.0: bytes become base64, and a `body` other than text JSON."""
    raw_query = query if isinstance(query, str) else urlencode(query or {})
    sent = {"host": "abcdefghij.execute-api.us-east-1.amazonaws.com", "user-agent": "tests/1"}
    if key:
        sent["authorization"] = f"Bearer {key}"
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": raw_query,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "abcdefghij",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "tests/1"},
            "requestId": f"JKJaXmPLvHc{next(_REQUESTS)}=",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:06:00:00 +0000",
            "timeEpoch": int(arrived.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if raw_query:
        joined: dict[str, str] = {}
        for name, value in parse_qsl(raw_query, keep_blank_values=True):
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        event["queryStringParameters"] = joined
    if isinstance(body, bytes):
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    elif body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
        sent["content-type"] = "application/json"
    return event | {"headers": sent | {name.lower(): value for name, value in (headers or {}).items()}}


def http_answer(status: int, body: bytes = b"", **headers: str) -> Callable[[socket.socket], None]:
    """Return a behaviour for a loopback server: one answer, then the end; underscores in header names become hyphens."""
    lines = {"Content-Length": str(len(body)), "Connection": "close"} | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    answer = f"HTTP/1.1 {status} Any\r\n{head}\r\n".encode("latin-1") + body
    return lambda connection: connection.sendall(answer)


def json_answer(status: int, body: object, **headers: str) -> Callable[[socket.socket], None]:
    return http_answer(status, json.dumps(body).encode(), Content_Type="application/json", **headers)


def reset(connection: socket.socket) -> None:
    """Reset the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def tenant_of(keys: ApiKeyTable, key: str) -> str | None:
    """Return the tenant of an API key; None if it is not valid."""
    found = keys.identify(key)
    return found and found.tenant
