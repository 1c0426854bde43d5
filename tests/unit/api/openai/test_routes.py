"""Paths of OpenAI's API that exist here, and those that say that they do not."""

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.support.makers import Meddled
from tests.support.openai_calls import VIDEOS, any_order, post_form

if TYPE_CHECKING:
    from tests.support.world import World

ID = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"


@pytest.mark.parametrize(
    ("method", "path", "word"),
    [
        ("POST", f"{VIDEOS}/{ID}/remix", "Remix"),
        ("POST", f"{VIDEOS}/edits", "Edits"),
        ("POST", f"{VIDEOS}/extensions", "Extensions"),
        ("POST", f"{VIDEOS}/characters", "Characters"),
        ("GET", f"{VIDEOS}/characters/char_1", "Characters"),
        ("POST", "/openai/v1/images/generations", "This path does not exist here."),
    ],
)
def test_what_does_not_exist_is_not_found_and_says_so(world: "World", method: str, path: str, word: str) -> None:
    said = world.ask(method, path, body={"prompt": "x"} if method == "POST" else None)
    assert (said.status, said.json["error"]["type"], word in said.body) == (404, "invalid_request_error", True)


def test_a_base_url_with_a_slash_at_its_end_works(world: "World") -> None:
    assert world.ask("GET", f"/{VIDEOS}").status == 200


def test_a_wrong_method_is_a_bad_request(world: "World") -> None:
    said = world.ask("PUT", VIDEOS)
    assert (said.status, said.headers["allow"]) == (400, "GET, POST")


def test_a_table_that_does_not_answer_leaves_the_outcome_open(world: "World") -> None:
    def fail(real: object, **kwargs: object) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")

    front = world.front(videos=world.videos_over(Meddled(world.dynamodb, transact_write_items=fail)))
    said = post_form(world, any_order(), front=front)
    assert (said.status, said.headers["x-should-retry"], said.json["error"]["type"]) == (503, "true", "server_error")


@pytest.mark.parametrize(("serve_docs", "status"), [(True, 200), (False, 404)])
def test_the_document_is_served_without_a_key_where_documents_are(world: "World", serve_docs: bool, status: int) -> None:
    said = world.ask("GET", "/openai/v1/openapi.json", key=None, front=world.front(serve_docs=serve_docs))
    assert said.status == status
    if serve_docs:
        assert said.json["servers"][0]["url"].endswith("/openai/v1")
