"""The table of docs/api.md about deletes is what the API answers, at every state, each request sent three times."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.record import iso
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status
from tests.support.api_response import ApiResponse
from tests.support.delivery_runner import EVENT, OK, URL, begun, delivering
from tests.support.documents import TEXTS, table
from tests.support.makers import NOW, any_body

if TYPE_CHECKING:
    from tests.support.world import World

HEADER = "`status` | `DELETE` | `GET` | `GET …/content` | its link | listed | the key again | its events"
ROWS = {row[0].strip("`"): row[1:] for row in table(TEXTS["docs/api.md"], HEADER)}
KEY = {"idempotency-key": "one"}
BITS = "b" * 43
# What a delivery says of a deleted video.
IDS = {"id", "object", "status", "deleted_at"}


def _ordered(world: "World", status: Status) -> str:
    """Order a video, and bring it into a state."""
    video: str = world.ask("POST", "/v1/videos", body=any_body(webhook_url=URL), headers=KEY).json["id"]
    changes: dict[str, Any] = {"status": status.value, "due": None, "due_at": None}
    changes |= {"event_id": EVENT, "event_at": iso(NOW), "told": EVENT} if status in ANNOUNCED else {}
    changes |= {"ended_at": iso(NOW)} if status in TERMINAL else {}
    changes |= {"object_key": "any", "bytes": 1, "sha256": "ab", "link": BITS} if status is Status.SUCCEEDED else {}
    world.change(video, **changes)
    return video


def _thrice(world: "World", method: str, path: str, **request: Any) -> str:
    """Send a request three times, and return its status and what is particular about it."""
    answers: list[ApiResponse] = [world.ask(method, path, **request) for _ in range(3)]
    assert len({(each.status, each.body) for each in answers}) == 1
    said = answers[0]
    particular = said.json.get("code") or ("deleted_at" if "deleted_at" in said.json else "")
    return f"{said.status} `{particular}`" if particular else str(said.status)


def _sent(world: "World", video: str) -> str:
    """Send what is still to be sent of the video, and return what it says."""
    if world.read(video).status not in ANNOUNCED:
        return "none yet"
    work = delivering(world, lambda number: OK)
    work.carry(world.deliveries.of_video(video)[0])
    data = json.loads(work.receiver.posts[0].body)["data"]
    return "ids only" if data.keys() == IDS else "whole"


@pytest.mark.parametrize("status", Status)
def test_the_table_of_deletes_is_what_the_api_answers(world: "World", status: Status) -> None:
    video = _ordered(world, status)
    if status in ANNOUNCED:
        begun(world, **{name: getattr(world.read(video), name) for name in vars(world.read(video)) if name != "spec"})
    tasks = [world.item(video).get(name) for name in ("quote", "tokens", "upstream_id")]
    path = f"/v1/videos/{video}"
    deleted = _thrice(world, "DELETE", path)
    row = [
        deleted.removesuffix(" `deleted_at`"),
        _thrice(world, "GET", path),
        _thrice(world, "GET", f"{path}/content"),
        _thrice(world, "GET", f"/v1/links/{video}.{BITS}", key=None) if status is Status.SUCCEEDED else "none",
        "yes" if video in world.ask("GET", "/v1/videos").body else "no",
        _thrice(world, "POST", "/v1/videos", body=any_body(webhook_url=URL), headers=KEY),
        _sent(world, video),
    ]
    assert row == ROWS[status.value]
    assert [world.item(video).get(name) for name in ("quote", "tokens", "upstream_id")] == tasks


def test_every_state_has_a_row() -> None:
    assert set(ROWS) == {status.value for status in Status}
