"""Lists of videos: their parameters, and which of them go together."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cliprelay.api.http.moments import Moment
from cliprelay.api.http.pagination import collect, fitting, is_listed
from cliprelay.api.http.problems import with_accepted
from cliprelay.api.http.query import Integer, Matching, OneOf, Parameter, Text
from cliprelay.api.services import VIDEO_ID, Services
from cliprelay.catalog.registry import MODELS
from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.ids import first_video_id
from cliprelay.video.idempotency import intent_id, key_complaints
from cliprelay.video.listing import Window
from cliprelay.video.record import METADATA_KEY, METADATA_PAIRS, METADATA_VALUE, Video
from cliprelay.video.states import Status
from cliprelay.video.view import show

CURSOR = r"^vid_[0-9A-HJKMNP-TV-Z]{26}$"
# DynamoDB reads so many records in one call.
MOST_IDS = 100
IDS = r"^vid_[0-9A-HJKMNP-TV-Z]{26}(,vid_[0-9A-HJKMNP-TV-Z]{26}){0,99}$"
KEY = r"^[^,]*[^,\s][^,]*$"
_METADATA = "metadata."


class Ids:
    """Ids of videos, separated by commas."""

    pattern = IDS

    def complaint(self, value: str) -> str:
        """Count the ids, and name the first that is none."""
        ids = value.split(",")
        if len(ids) > MOST_IDS:
            return f"must have at most {MOST_IDS} ids; it has {len(ids):,}"
        wrong = next((number for number, each in enumerate(ids, start=1) if not VIDEO_ID.fullmatch(each)), None)
        return f"must be ids of videos; number {wrong} is none" if wrong else ""

    def read(self, value: str) -> list[str]:
        """Return the ids, each once."""
        return list(dict.fromkeys(value.split(",")))


class IdempotencyKey:
    """An Idempotency-Key, as the header accepts it."""

    pattern = KEY

    def complaint(self, value: str) -> str:
        """Say what the header would be refused for."""
        if not value:
            return "must not be blank"
        complaints = key_complaints(value)
        return complaints[0]["message"] if complaints else "must not contain a comma" if "," in value else ""

    def read(self, value: str) -> str:
        """Return the key as it is."""
        return value


PARAMETERS: dict[str, Parameter] = {
    "status": OneOf(tuple(Status)),
    "limit": Integer(1, 100),
    "after": Matching(CURSOR),
    "order": OneOf(("asc", "desc")),
    "from": Moment(),
    "to": Moment(),
    "model": OneOf(tuple(MODELS)),
    f"{_METADATA}KEY": Text(METADATA_VALUE),
    "ids": Ids(),
    "idempotency_key": IdempotencyKey(),
}
# What each of these may be sent with; all others go together.
_ALONE = {"ids": {"after"}, "idempotency_key": set[str]()}


def page_of(api: Services, tenant: str, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one page of a tenant's videos; raises Refusal for parameters that do not go together."""
    if complaints := [*_combined(query), *_turned_round(query), *_metadata_keys(query)]:
        raise invalid_request(with_accepted(complaints))
    if "ids" in query:
        return _by_ids(api, tenant, query["ids"], query.get("after"))
    if "idempotency_key" in query:
        intent = api.videos.intent(intent_id(tenant, query["idempotency_key"]), api.clock())
        return _page(api, _listed(api, tenant, [intent.video_id] if intent else []), None)
    found, cursor = collect(
        api.videos,
        tenant,
        query.get("status"),
        after=query.get("after"),
        newest_first=query.get("order", "desc") == "desc",
        limit=query.get("limit", 20),
        now=api.clock(),
        within=_window(query),
        wanted=_filter(query),
    )
    return _page(api, found, cursor)


def _by_ids(api: Services, tenant: str, ids: Sequence[str], after: str | None) -> dict[str, Any]:
    """Return the videos with these ids, the newest first, and which of the ids name none that a list shows.

    One page, unless the videos do not fit into one response.
    """
    found = {video.id: video for video in _listed(api, tenant, ids)}
    rest = [found[each] for each in sorted(found, reverse=True) if after is None or each < after]
    return {**_page(api, rest, None), "missing": [each for each in ids if each not in found]}


def _listed(api: Services, tenant: str, ids: Sequence[str]) -> list[Video]:
    return [video for video in api.videos.get_many(ids) if is_listed(video, tenant, api.clock())] if ids else []


def _page(api: Services, found: Sequence[Video], cursor: str | None) -> dict[str, Any]:
    shown = [show(video, api.store, api.clock()) for video in found]
    fitted = fitting(shown)
    cursor = cursor if len(fitted) == len(shown) else fitted[-1]["id"]
    page: dict[str, Any] = {"data": fitted, "has_more": cursor is not None}
    return page | ({"next": cursor} if cursor else {})


def _window(query: Mapping[str, Any]) -> Window:
    return Window(
        low=first_video_id(query["from"].begin) if "from" in query else None,
        high=first_video_id(query["to"].end) if "to" in query else None,
    )


def _filter(query: Mapping[str, Any]) -> Callable[[Video], bool] | None:
    """Return the filter for which there is no index; None without one."""
    model = query.get("model")
    metadata = {name.removeprefix(_METADATA): value for name, value in query.items() if name.startswith(_METADATA)}
    if model is None and not metadata:
        return None
    return lambda video: model in (None, video.model) and metadata.items() <= video.metadata.items()


def _combined(query: Mapping[str, Any]) -> list[FieldComplaint]:
    """Complain about parameters next to one that already says which videos are meant."""
    alone = next((name for name in _ALONE if name in query), None)
    others = sorted(set(query) - {alone} - _ALONE[alone]) if alone else []
    return [FieldComplaint(field=name, message=f"cannot be sent together with {alone}") for name in others]


def _turned_round(query: Mapping[str, Any]) -> list[FieldComplaint]:
    if "from" in query and "to" in query and query["from"].begin >= query["to"].end:
        return [FieldComplaint(field=name, message="must leave time between from and to") for name in ("from", "to")]
    return []


def _metadata_keys(query: Mapping[str, Any]) -> list[FieldComplaint]:
    keys = [name for name in query if name.startswith(_METADATA)]
    form = f"metadata. and a key of 1 to {METADATA_KEY} characters"
    wrong = [name for name in keys if not re.fullmatch(f"(?s).{{1,{METADATA_KEY}}}", name.removeprefix(_METADATA))]
    complaints = [FieldComplaint(field=name[: len(_METADATA) + METADATA_KEY], message="names no key", accepted=form) for name in wrong]
    if len(keys) > METADATA_PAIRS:
        complaints.append(FieldComplaint(field="metadata", message=f"must name at most {METADATA_PAIRS} keys"))
    return complaints
