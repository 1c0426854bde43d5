"""Lists of tasks: their parameters, and the videos of the last seven days that match."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cliprelay.api.http.pagination import is_listed
from cliprelay.api.services import VIDEO_ID, Services
from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.faces.ark import WORDS, asked_model, status_word
from cliprelay.ids import first_video_id
from cliprelay.video.listing import Window
from cliprelay.video.record import Video

# As at the vendor.
LISTED = timedelta(days=7)
MOST_PAGE, MOST_SIZE, USUAL_SIZE = 500, 500, 10
# As many records as DynamoDB reads in one call, and as many as one list examines: `total` counts no more.
BATCH, MOST_EXAMINED = 100, 10_000
_FILTERS = ("filter.status", "filter.task_ids", "filter.model", "filter.service_tier")
PARAMETERS = ("page_num", "page_size", *_FILTERS)


@dataclass
class ListQuery:
    """The parameters of a list."""

    page: int = 1
    size: int = USUAL_SIZE
    ids: list[str] = field(default_factory=list)
    wanted: dict[str, str] = field(default_factory=dict)

    def fits(self, video: Video) -> bool:
        """Return whether a video passes the filters."""
        return all(_SHOWN[name](video) == value for name, value in self.wanted.items())


def _tier(video: Video) -> str:
    return video.spec.tier


_SHOWN: Mapping[str, Callable[[Video], str]] = {
    "filter.status": status_word,
    "filter.model": asked_model,
    "filter.service_tier": _tier,
}


def read_query(pairs: Sequence[tuple[str, str]]) -> ListQuery:
    """Read the parameters; raises Refusal with every complaint."""
    query, complaints, seen = ListQuery(), list[FieldComplaint](), set[str]()
    for name, value in pairs:
        message = _message(name, value, is_repeated=name in seen)
        seen.add(name)
        if message:
            complaints.append(FieldComplaint(field=name[:200], message=message))
        elif name == "page_num":
            query.page = int(value)
        elif name == "page_size":
            query.size = int(value)
        elif name == "filter.task_ids":
            query.ids.append(value)
        else:
            query.wanted[name] = value
    if len(query.ids) > BATCH:
        complaints.append(FieldComplaint(field="filter.task_ids", message=f"must name at most {BATCH} tasks"))
    if complaints:
        raise invalid_request(complaints)
    return query


def _message(name: str, value: str, *, is_repeated: bool) -> str:
    if name not in PARAMETERS:
        return f"is not a parameter of this request; its parameters are {', '.join(PARAMETERS)}"
    if is_repeated and name != "filter.task_ids":
        return "must be sent once"
    most = {"page_num": MOST_PAGE, "page_size": MOST_SIZE}.get(name)
    if most and not (value.isascii() and value.isdecimal() and len(value) < 5 and 1 <= int(value) <= most):
        return f"must be an integer from 1 to {most}"
    if name == "filter.status" and value not in WORDS.values():
        return f"must be one of {', '.join(dict.fromkeys(WORDS.values()))}"
    return ""


def find_tasks(api: Services, tenant: str, query: ListQuery) -> tuple[list[Video], int]:
    """Return the videos of one page, the newest first, and how many match."""
    found = [video for video in _candidates(api, tenant, query) if is_listed(video, tenant, api.clock()) and query.fits(video)]
    begin = (query.page - 1) * query.size
    return found[begin : begin + query.size], len(found)


def _candidates(api: Services, tenant: str, query: ListQuery) -> Iterator[Video]:
    if query.ids:
        known = [each for each in dict.fromkeys(query.ids) if VIDEO_ID.fullmatch(each)]
        videos = api.videos.get_many(known) if known else []
        yield from sorted(videos, key=lambda video: video.id, reverse=True)
        return
    window, after, examined = Window(low=first_video_id(api.clock() - LISTED)), None, 0
    while examined < MOST_EXAMINED:
        page, after = api.videos.page(tenant, after=after, newest_first=True, limit=BATCH, within=window)
        yield from page
        examined += BATCH
        if after is None:
            return


def listed(found: Sequence[Mapping[str, Any]], total: int) -> dict[str, Any]:
    """Return the body of a list."""
    return {"items": list(found), "total": total}
