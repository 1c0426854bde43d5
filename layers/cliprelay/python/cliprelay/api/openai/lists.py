"""Pages of videos. The cursor is a position in time, so it may be the id of a video that is gone."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from cliprelay.api.http.pagination import collect, fitting
from cliprelay.api.http.query import Integer, Matching, OneOf, Parameter, query_complaints, read_query
from cliprelay.api.services import VIDEO_ID, Services
from cliprelay.errors import invalid_request
from cliprelay.faces.openai import video_object
from cliprelay.video.record import Video

PARAMETERS: dict[str, Parameter] = {
    "after": Matching(f"^{VIDEO_ID.pattern}$"),
    "limit": Integer(0, 100),
    "order": OneOf(("asc", "desc")),
}
USUAL_LIMIT = 20


def page_of(api: Services, tenant: str, query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return one page of a tenant's videos, also of those that were ordered elsewhere; raises Refusal."""
    asked = _read(query)
    limit = asked.get("limit", USUAL_LIMIT)
    if limit == 0:
        return _page([], None)
    found, cursor = collect(
        api.videos,
        tenant,
        None,
        after=asked.get("after"),
        newest_first=asked.get("order", "desc") == "desc",
        limit=limit,
        now=api.clock(),
    )
    return _page(found, cursor)


def _read(query: Sequence[tuple[str, str]]) -> dict[str, Any]:
    complaints = query_complaints(urlencode(query), PARAMETERS)
    values, wrong = read_query(dict(query), PARAMETERS, {each["field"] for each in complaints})
    if complaints or wrong:
        raise invalid_request([*complaints, *wrong])
    return values


def _page(found: Sequence[Video], cursor: str | None) -> dict[str, Any]:
    shown = fitting([video_object(video) for video in found])
    has_more = cursor is not None or len(shown) < len(found)
    # The packages take `last_id` for the next page, and end without it.
    last = shown[-1]["id"] if shown else cursor
    return {"object": "list", "data": shown, "first_id": shown[0]["id"] if shown else None, "last_id": last, "has_more": has_more}
