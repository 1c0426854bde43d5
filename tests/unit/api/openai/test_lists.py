"""Lists in pages that the packages turn by themselves."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.states import Status
from tests.support.makers import any_settings, any_video
from tests.support.openai_calls import VIDEOS

if TYPE_CHECKING:
    from tests.support.world import World


def ids(count: int) -> list[str]:
    return [f"vid_{number:026d}" for number in range(1, count + 1)]


def put(world: "World", count: int, **changes: Any) -> list[str]:
    world.put_many(any_video(id=each, **changes) for each in ids(count))
    return ids(count)


def pages(world: "World", query: str = "") -> list[list[str]]:
    """Turn pages as the packages do: until `has_more` is false, after `last_id`."""
    found, after = [], ""
    while True:
        page = world.ask("GET", VIDEOS, query=f"{query}&after={after}" if after else query).json
        assert page["object"] == "list"
        listed = [each["id"] for each in page["data"]]
        assert (page["first_id"], page["last_id"]) == (listed[0], listed[-1])
        found.append(listed)
        if not page["has_more"]:
            return found
        after = page["last_id"]


def test_250_videos_are_three_pages_of_a_hundred(world: "World") -> None:
    put(world, 250)
    found = pages(world, "limit=100")
    assert ([len(page) for page in found], [each for page in found for each in page]) == ([100, 100, 50], ids(250)[::-1])


def test_the_usual_page_has_twenty_of_the_newest_and_asc_begins_with_the_oldest(world: "World") -> None:
    put(world, 21)
    assert [len(page) for page in pages(world)] == [20, 1]
    assert pages(world, "order=asc")[0][0] == ids(1)[0]


def test_videos_that_are_deleted_while_they_are_listed_do_not_break_the_list(world: "World") -> None:
    put(world, 5, status=Status.SUCCEEDED)
    page = world.ask("GET", VIDEOS, query="limit=2").json
    for each in page["data"]:
        assert world.ask("DELETE", f"{VIDEOS}/{each['id']}").status == 200
    following = world.ask("GET", VIDEOS, query=f"limit=100&after={page['last_id']}").json
    assert [each["id"] for each in following["data"]] == ids(3)[::-1]


@pytest.mark.parametrize("query", ["", "limit=0"])
def test_an_empty_page_has_no_ids(world: "World", query: str) -> None:
    if query:
        put(world, 1)
    said = world.ask("GET", VIDEOS, query=query)
    assert said.json == {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}


def test_a_page_is_cut_to_what_fits_into_one_response(world: "World") -> None:
    put(world, 100, settings=any_settings(prompt="\U0001f30a" * 8_000))
    found = pages(world, "limit=100")
    assert len(found) > 1
    assert [each for page in found for each in page] == ids(100)[::-1]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("after=x", "after"),
        ("limit=101", "limit"),
        ("limit=1.5", "limit"),
        ("order=up", "order"),
        ("limit=1&limit=2", "limit"),
        ("x=1", "x"),
    ],
)
def test_a_wrong_parameter_is_a_bad_request(world: "World", query: str, param: str) -> None:
    said = world.ask("GET", VIDEOS, query=query)
    assert (said.status, said.json["error"]["param"]) == (400, param)


def test_another_tenants_videos_are_not_listed(world: "World") -> None:
    put(world, 2)
    assert world.ask("GET", VIDEOS, key=world.keys.create("other")).json["data"] == []
