"""Orders and quotes: pictures are uploaded if they are large, and every order is sent under a key that is known before."""

import base64
import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cliprelay_client.api.core import Core
from cliprelay_client.api.errors import ApiError, InvalidOrder, NotFound, ServerTooOld, Unavailable, Unreachable, UsageError
from cliprelay_client.api.journal import Intent, Journal
from cliprelay_client.api.pictures import INLINE_BYTES, Picture, PictureSource, picture_of
from cliprelay_client.api.records import get
from cliprelay_client.api.steps import Send, Step

# Same picture, prompt and settings: same video.
CONTENT = "content"
# Begins every key that follows from the content.
CONTENT_PREFIX = "content-"
# What says how, when and at what price an order is made, not what is made.
NOT_CONTENT = frozenset(
    {"metadata", "webhook_url", "webhook_events", "max_cost_usd", "expires_in", "not_before", "execution_expires_after"}
)
# Fields that servers of an earlier version lack.
_LATER = {"max_cost_usd": "a limit of the price", "expires_in": "expires_in", "not_before": "not_before"}
_PICTURES = ("image", "last_image")


@dataclass(frozen=True)
class Order:
    """What is ordered; the pictures are read already."""

    pictures: Mapping[str, Picture] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def fingerprint(self, *more: str) -> str:
        """Identify the content: the bytes of the pictures, the prompt and the settings as written."""
        content = {name: picture.identity for name, picture in self.pictures.items()}
        content |= {name: value for name, value in self.settings.items() if name not in NOT_CONTENT}
        text = json.dumps([content, *more], sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def order_of(image: PictureSource | None, prompt: str, fields: Mapping[str, Any]) -> Order:
    """Read the pictures, and drop what is not given."""
    given = {"prompt": prompt, **{name: value for name, value in fields.items() if value is not None}}
    if image is not None:
        given["image"] = image
    pictures = {name: picture_of(given.pop(name)) for name in _PICTURES if name in given}
    if "max_cost_usd" in given:
        given["max_cost_usd"] = str(given["max_cost_usd"])
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UsageError("The order has a text that is not Unicode; set the terminal's locale to UTF-8, such as LANG=C.UTF-8.") from None
    except (TypeError, ValueError) as error:
        raise UsageError(f"A setting cannot be sent as JSON: {error}.") from None
    return Order(pictures, given)


def given_fields(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Take the fields of an order out of the arguments of a client's `create`."""
    named = {name: value for name, value in arguments.items() if name not in ("self", "image", "prompt", "key", "more")}
    return {**named, **arguments["more"]}


def quote(core: Core, order: Order) -> Generator[Step, Any, dict[str, Any]]:
    """Ask what an order would produce and cost."""
    body = yield from _body(core, order)
    try:
        reply = yield from core.call("POST", "/v1/quotes", body=body)
    except InvalidOrder as refused:
        raise _explained(refused) from None
    quoted = core.read(reply)
    if not isinstance(quoted.get("usd"), dict) or "request" not in quoted["usd"]:
        raise core.unlike(reply.status)
    return quoted


def create(
    core: Core, order: Order, key: str | None, journal: Journal | None, intent: Intent | None = None
) -> Generator[Step, Any, tuple[dict[str, Any], bool]]:
    """Order a video; return it, and whether the key had ordered it before. An `intent` stays open for the caller to end."""
    if key is not None:
        video = yield from _send(core, order, _checked(content_key(order) if key == CONTENT else key))
        return video
    own = intent is None
    if intent is None:
        assert journal is not None  # noqa: S101 - every client has one
        intent = journal.claim(order.fingerprint(core.base_url))
    try:
        shown, replayed = yield from _continue(core, order, intent)
    except (ApiError, ServerTooOld) as refused:
        # A refusal comes before the order is recorded, so this intent is over. One that an earlier process left open may be recorded.
        if own and not intent.resumed and not isinstance(refused, Unavailable):
            intent.done()
        raise
    except Unreachable as lost:
        if own and not intent.resumed and not getattr(lost, "may_have_arrived", True):
            intent.done()
        raise
    else:
        if own:
            intent.done()
        return shown, replayed
    finally:
        if own:
            intent.release()


def _continue(core: Core, order: Order, intent: Intent) -> Generator[Step, Any, tuple[dict[str, Any], bool]]:
    if intent.video_id:
        with suppress(NotFound):
            shown = yield from get(core, intent.video_id)
            return shown, True
    shown, replayed = yield from _send(core, order, intent.key, is_content=True)
    intent.note(str(shown["id"]))
    return shown, replayed


def _checked(key: str) -> str:
    if not key.isprintable() or not key.isascii() or "," in key or not 1 <= len(key.strip()) <= 512:
        raise UsageError("An idempotency key has 1 to 512 printable ASCII characters, and no comma.")
    return key.strip()


def _send(core: Core, order: Order, key: str, *, is_content: bool = False) -> Generator[Step, Any, tuple[dict[str, Any], bool]]:
    """Send the order under its key, as often as it takes; the key is paid at most once."""
    body = yield from _body(core, order)
    try:
        reply = yield from core.call("POST", "/v1/videos", body=body, headers={"Idempotency-Key": key})
        shown = core.read(reply)
        if "id" not in shown:
            raise core.unlike(reply.status)
    except InvalidOrder as refused:
        follows_content = is_content or key.startswith(CONTENT_PREFIX)
        if refused.code == "idempotency_key_reused" and follows_content and refused.video_id:
            # Same content, but other metadata or limits than at first: it is the same video all the same.
            shown = yield from get(core, refused.video_id)
            return shown, True
        raise _explained(refused) from None
    except (Unreachable, Unavailable) as error:
        raise _kept(error) from None
    return shown, reply.headers.get("idempotency-replayed", "") == "true"


def _kept(error: Unreachable | Unavailable) -> Exception:
    """Say what is known about the order, and that repeating the call is safe."""
    arrived = getattr(error, "may_have_arrived", True)
    said = (
        " The order may have been recorded; the same call sends it again under the same key, which pays at most once."
        if arrived
        else " Nothing was ordered."
    )
    error.args = (f"{error.args[0]}{said}",)
    return error


def _explained(refused: InvalidOrder) -> Exception:
    """Turn a complaint about a field that the server does not know yet into one clear sentence."""
    for complaint in refused.complaints:
        name = complaint.get("field")
        if name in _LATER and str(complaint.get("message", "")).startswith("is not a field"):
            return ServerTooOld(f"The server is too old for {_LATER[name]}; nothing was ordered. Update the server, or leave it out.")
    return refused


def _body(core: Core, order: Order) -> Generator[Step, Any, dict[str, Any]]:
    """Build the body; small pictures go inline, large ones are uploaded first."""
    values = {}
    room = INLINE_BYTES
    for name, picture in order.pictures.items():
        if not picture.data:
            values[name] = picture.value
        elif len(picture.data) <= room:
            values[name], room = picture.inline, room - len(picture.data)
        else:
            values[name] = yield from upload(core, picture)
    return {**values, **order.settings}


def upload(core: Core, picture: Picture) -> Generator[Step, Any, str]:
    """Upload a picture and return the value to order with."""
    asked = {"content_type": picture.content_type, "bytes": len(picture.data), "sha256": picture.sha256}
    try:
        reply = yield from core.call("POST", "/v1/uploads", body=asked)
    except Unreachable as lost:
        lost.may_have_arrived = False  # type: ignore[attr-defined]  # an upload is no order
        raise
    form = core.read(reply)
    if not {"url", "fields", "image"} <= form.keys():
        raise core.unlike(reply.status)
    yield from core.insist(Send("POST", form["url"], form=form["fields"], file=picture.data, read_seconds=120.0))
    return str(form["image"])


def content_key(order: Order, *more: str) -> str:
    """Make a key of the content, and of what tells equal contents apart."""
    digest = bytes.fromhex(order.fingerprint(*more))
    return CONTENT_PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")
