"""A small server in memory behind httpx's MockTransport: today's routes, those of a later version, and faults on order."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
FILM = bytes(range(256)) * 40
API = "https://clips.example.com"
STORAGE = "https://storage.example.com"
KEY = "clr_any"

Fault = Callable[[httpx.Request], httpx.Response | None]


class FakeServer:
    """Pays once for each key, and notes every request. `is_old`: it has no cancel, delete, usage, `ids` and limits."""

    def __init__(self, *, is_old: bool = False) -> None:
        self.is_old = is_old
        self.requests: list[httpx.Request] = []
        self.videos: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        self.uploads: list[bytes] = []
        # Taken one by one, before the request is processed, or after it; None passes.
        self.before: list[Fault | None] = []
        self.after: list[Fault | None] = []
        # Of the storage: how many bytes until the connection breaks, once each.
        self.breaks: list[int] = []
        self.film = FILM
        self.expired_links = 0
        # What happens to a video at each look: states in order.
        self.walk = ["running", "succeeded"]
        self.usd = "0.0487"

    @property
    def paid(self) -> int:
        return len(self.videos)

    def calls(self, method: str, path: str) -> int:
        return sum(each.method == method and each.url.path == path for each in self.requests)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        fault = self.before.pop(0) if self.before else None
        if fault and (answer := fault(request)):
            return answer
        answer = self._answer(request)
        fault = self.after.pop(0) if self.after else None
        return (fault(request) or answer) if fault else answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(STORAGE):
            return self._storage(request)
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return problem(401, "unauthorized", "No such key.")
        parts = request.url.path.strip("/").split("/")[1:]
        handler = getattr(
            self, f"_{request.method.lower()}_{parts[0]}{'_' + parts[2] if len(parts) > 2 else '_one' if len(parts) == 2 else ''}", None
        )
        if handler is None:
            return problem(404, "not_found", "This path does not exist; /docs lists all paths.")
        found: httpx.Response = handler(request, *parts[1:2])
        return found

    def _post_videos(self, request: httpx.Request) -> httpx.Response:
        order, key = json.loads(request.content), request.headers.get("idempotency-key", "")
        if self.is_old and "max_cost_usd" in order:
            return complaint("max_cost_usd", "is not a field of seedance; its fields are image, prompt")
        if order["prompt"] == "refuse me":
            return complaint("prompt", "is not liked")
        text = json.dumps({**order, "image": self._identity(order.get("image", ""))}, sort_keys=True)
        if key in self.keys:
            video_id, before = self.keys[key]
            if before != text:
                return problem(422, "idempotency_key_reused", "The key was used for another order.", video_id=video_id)
            return httpx.Response(200, json=self._shown(video_id), headers={"Idempotency-Replayed": "true"})
        video_id = f"vid_{len(self.videos):026d}"
        self.videos[video_id] = {"walk": list(self.walk), "order": order}
        if key:
            self.keys[key] = (video_id, text)
        return httpx.Response(202, json=self._shown(video_id))

    def _identity(self, image: str) -> str:
        if image.startswith("upload_"):
            return hashlib.sha256(self.uploads[int(image[-4:])]).hexdigest()
        return hashlib.sha256(base64.b64decode(image.partition(",")[2])).hexdigest() if image.startswith("data:") else image

    def _shown(self, video_id: str, *, look: bool = False) -> dict[str, Any]:
        video = self.videos[video_id]
        status = video.get("status", "queued")
        if look and video["walk"]:
            status = video["status"] = video["walk"].pop(0)
        shown = {"id": video_id, "object": "video", "status": status, "progress": 100 if status == "succeeded" else 10}
        shown |= {"cost": {"usd": self.usd, "estimated": True}, "warnings": [], "metadata": video["order"].get("metadata", {})}
        if status == "succeeded":
            digest = hashlib.sha256(FILM).hexdigest()
            shown["video"] = {
                "bytes": len(FILM),
                "sha256": digest,
                "link": f"{API}/v1/links/{video_id}.secret",
                "url": f"{STORAGE}/{video_id}",
            }
            shown["ended_at"] = "2026-11-27T00:00:00Z"
        if status in ("failed", "expired", "canceled"):
            shown |= {"ended_at": "2026-11-27T00:00:00Z", "error": {"code": "moderated", "message": "The picture was refused."}}
        return shown

    def _get_videos_one(self, request: httpx.Request, video_id: str) -> httpx.Response:
        if video_id not in self.videos:
            return problem(404, "not_found", "There is no video with this id.")
        return httpx.Response(200, json=self._shown(video_id, look=True))

    def _get_videos(self, request: httpx.Request) -> httpx.Response:
        query = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        if "ids" in query:
            if self.is_old:
                return complaint("ids", "is not a parameter of this request; its parameters are status, limit, after, order")
            ids = query["ids"].split(",")
            assert len(ids) <= 100
            assert set(query) <= {"ids", "after"}
            return httpx.Response(
                200, json={"data": [self._shown(each, look=True) for each in ids if each in self.videos], "has_more": False}
            )
        ids = sorted(self.videos, reverse=True)
        ids = [each for each in ids if each < query.get("after", "w")][: int(query.get("limit", 20))]
        more = bool(ids) and ids[-1] != min(self.videos)
        return httpx.Response(
            200, json={"data": [self._shown(each) for each in ids], "has_more": more, **({"next": ids[-1]} if more else {})}
        )

    def _get_videos_content(self, request: httpx.Request, video_id: str) -> httpx.Response:
        return httpx.Response(302, headers={"Location": f"{STORAGE}/{video_id}"})

    def _delete_videos_links(self, request: httpx.Request, video_id: str) -> httpx.Response:
        return httpx.Response(200, json=self._shown(video_id))

    def _post_videos_cancel(self, request: httpx.Request, video_id: str) -> httpx.Response:
        if self.is_old:
            return problem(404, "not_found", "This path does not exist; /docs lists all paths.")
        if self._shown(video_id)["status"] == "succeeded":
            return problem(409, "already_ended", "The video has succeeded.", video_status="succeeded")
        self.videos[video_id] |= {"walk": [], "status": "canceled"}
        return httpx.Response(200, json={**self._shown(video_id), "billed": "no"})

    def _delete_videos_one(self, request: httpx.Request, video_id: str) -> httpx.Response:
        if self.is_old:
            return problem(405, "method_not_allowed", "This path supports GET.")
        return httpx.Response(200, json={"id": video_id, "object": "video", "status": "succeeded", "deleted_at": "2026-11-27T00:00:00Z"})

    def _get_usage(self, request: httpx.Request) -> httpx.Response:
        if self.is_old:
            return problem(404, "not_found", "This path does not exist; /docs lists all paths.")
        return httpx.Response(
            200,
            json={
                "data": [{"day": "2026-11-27", "videos": self.paid, "settled_usd": "0.0487"}],
                "total": {"videos": self.paid, "settled_usd": "0.0487"},
            },
        )

    def _post_quotes(self, request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["prompt"] == "refuse me":
            return complaint("prompt", "is not liked")
        geometry = {"width": 864, "height": 496, "duration": 4.042, "exact": True}
        return httpx.Response(200, json={"object": "quote", "usd": {"request": self.usd}, "geometry": geometry, "warnings": []})

    def _post_uploads(self, request: httpx.Request) -> httpx.Response:
        self.uploads.append(b"")
        return httpx.Response(
            201, json={"image": f"upload_{len(self.uploads) - 1:032d}", "url": f"{STORAGE}/form", "fields": {"key": "any"}}
        )

    def _storage(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers, "the storage must not see the API key"
        if request.method == "POST":
            data = request.content
            self.uploads[-1] = data[data.index(b"\x89PNG") : data.rindex(b"\r\n--")]
            return httpx.Response(204)
        if self.expired_links:
            self.expired_links -= 1
            return httpx.Response(403, text="<Error>Request has expired</Error>")
        asked = request.headers.get("range", "bytes=0-")
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        headers = {"Content-Range": f"bytes {start}-{len(self.film) - 1}/{len(self.film)}"} if start else {}
        end = start + self.breaks.pop(0) if self.breaks else None
        return httpx.Response(206 if start else 200, headers=headers, stream=_pieces(self.film[start:end], breaks=end is not None))


class _pieces(httpx.SyncByteStream, httpx.AsyncByteStream):  # noqa: N801 - reads as a function
    """A body that may break off."""

    def __init__(self, data: bytes, *, breaks: bool) -> None:
        self._data, self._breaks = data, breaks

    def __iter__(self) -> Any:
        yield self._data
        if self._breaks:
            raise httpx.ReadError("reset")

    async def __aiter__(self) -> Any:
        for piece in self:
            yield piece


def problem(status: int, code: str, detail: str, **facts: Any) -> httpx.Response:
    headers = {"Retry-After": str(facts.pop("retry_after"))} if "retry_after" in facts else {}
    return httpx.Response(status, json={"status": status, "code": code, "detail": detail, **facts}, headers=headers)


def complaint(field: str, message: str) -> httpx.Response:
    detail = f"Invalid request; nothing was recorded. Fix: {field}."
    return problem(422, "invalid_request", detail, errors=[{"field": field, "message": message, "accepted": "something else"}])


def unreachable(request: httpx.Request) -> httpx.Response | None:
    """Refuse the connection: nothing has arrived."""
    raise httpx.ConnectError("[Errno 111] Connection refused")


def reset(request: httpx.Request) -> httpx.Response | None:
    """Break the connection: what arrived is not known."""
    raise httpx.ReadError("Connection reset by peer")


def busy(request: httpx.Request) -> httpx.Response | None:
    return problem(503, "queue_full", "Too many of your videos are waiting.", retry_after=7)
