"""Everything about a video that is not its order: read, list, cancel, delete, deliveries, links, usage."""

import re
from collections.abc import Generator, Mapping
from typing import Any
from urllib.parse import quote as percent
from urllib.parse import urlencode

from cliprelay_client.api.core import Core
from cliprelay_client.api.errors import InvalidOrder, NotFound, ServerTooOld, UsageError
from cliprelay_client.api.steps import Show, Step

Shown = dict[str, Any]
LONGEST_PAGE = 100


def path(video_id: str, *parts: str) -> str:
    """Return the path of a video; an id from a file or a shell must not become another path."""
    if not re.fullmatch(r"vid_[0-9A-Za-z]{1,60}", video_id):
        raise UsageError(f"{video_id!r} is not an id of a video; ids look like vid_01M81CAQDM5W2E3ZK8E9F466RS.")
    return "/".join(("/v1/videos", percent(video_id), *parts))


def get(core: Core, video_id: str, wait: int = 0) -> Generator[Step, Any, Shown]:
    """Read a video; the server may wait that many seconds for its end."""
    headers = {"Prefer": f"wait={wait}"} if wait else {}
    reply = yield from core.call("GET", path(video_id), headers=headers)
    return _video(core, core.read(reply), reply.status)


def _video(core: Core, shown: Shown, status: int) -> Shown:
    if "id" not in shown:
        raise core.unlike(status)
    return shown


def page(core: Core, parameters: Mapping[str, Any]) -> Generator[Step, Any, Shown]:
    """Read a page of the list."""
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    try:
        reply = yield from core.call("GET", f"/v1/videos?{urlencode(given)}" if given else "/v1/videos")
    except InvalidOrder as refused:
        unknown = [str(each.get("field")) for each in refused.complaints if str(each.get("message", "")).startswith("is not a parameter")]
        if unknown:
            raise ServerTooOld(f"The server cannot list by {', '.join(unknown)}; update the server.") from None
        raise
    found = core.read(reply)
    if not isinstance(found.get("data"), list):
        raise core.unlike(reply.status)
    return found


def pages(core: Core, filters: Mapping[str, Any]) -> Generator[Step, Any, None]:
    """Show all videos, page by page."""
    after = None
    while True:
        found = yield from page(core, {"limit": LONGEST_PAGE, "after": after, **filters})
        for shown in found["data"]:
            yield Show(shown)
        after = found.get("next")
        if after is None:
            return


def cancel(core: Core, video_id: str, *, discard: bool = False) -> Generator[Step, Any, Shown]:
    """Ask to cancel; the answer says whether it may still be billed."""
    reply = yield from core.call("POST", path(video_id, "cancel"), body={"discard": True} if discard else {})
    return _video(core, core.read(reply), reply.status)


def delete(core: Core, video_id: str) -> Generator[Step, Any, Shown | None]:
    """Delete an ended video: its file, link, prompt and metadata."""
    reply = yield from core.call("DELETE", path(video_id))
    return None if reply.status == 204 or not reply.body else _video(core, core.read(reply), reply.status)


def new_link(core: Core, video_id: str) -> Generator[Step, Any, Shown]:
    """Revoke the link and issue a new one; a lost answer is not repeated, because each call revokes once more."""
    reply = yield from core.call("DELETE", path(video_id, "links"), repeat=False)
    return core.read(reply)


def deliveries(core: Core, video_id: str) -> Generator[Step, Any, list[Shown]]:
    """List the webhook deliveries of a video."""
    reply = yield from core.call("GET", path(video_id, "deliveries"))
    return list(core.read(reply).get("data", []))


def resend(core: Core, video_id: str, event: str | None = None) -> Generator[Step, Any, Shown]:
    """Send an event again; a lost answer is not repeated, because each call sends once more."""
    query = f"?{urlencode({'event': event})}" if event else ""
    reply = yield from core.call("POST", path(video_id, "deliveries") + query, repeat=False)
    return core.read(reply)


def usage(core: Core, parameters: Mapping[str, Any]) -> Generator[Step, Any, Shown]:
    """Read what was made and what it cost; `from_` stands for `from`, which is a word of Python."""
    given = {name.rstrip("_"): str(value) for name, value in parameters.items() if value is not None}
    try:
        reply = yield from core.call("GET", f"/v1/usage?{urlencode(given)}" if given else "/v1/usage")
    except NotFound:
        raise ServerTooOld("The server has no usage report; update the server.") from None
    return core.read(reply)


def models(core: Core) -> Generator[Step, Any, list[Shown]]:
    """List the models on offer, the default first."""
    reply = yield from core.call("GET", "/v1/models")
    return list(core.read(reply).get("data", []))
