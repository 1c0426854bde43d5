"""Orders as OpenAI's packages send them become orders of ours, once for each call."""

from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.states import Status
from tests.support.image_files import png
from tests.support.makers import data_uri
from tests.support.openai_calls import FILE, PROMPT, VIDEOS, any_order, post_form, post_json

if TYPE_CHECKING:
    from tests.support.world import World

URL = "https://assets.example.com/lighthouse.png"
MEMBERS = ("id", "object", "model", "status", "progress", "created_at", "completed_at", "expires_at", "prompt", "size", "seconds")


def videos(world: "World") -> list[Any]:
    return list(world.videos.every())


@pytest.mark.parametrize("post", [post_form, post_json])
def test_an_order_without_a_picture_is_answered_with_200_and_every_member(world: "World", post: Any) -> None:
    said = post(world, any_order())
    assert (said.status, said.headers["content-type"]) == (200, "application/json")
    assert {name: said.json[name] for name in MEMBERS[1:5]} == {
        "object": "video",
        "model": "seedance-v1.5-pro-t2v",
        "status": "queued",
        "progress": 0,
    }
    assert (said.json["prompt"], said.json["size"], said.json["seconds"]) == (PROMPT, "1280x720", "4")
    assert list(said.json)[:13] == [*MEMBERS, "remixed_from_video_id", "error"]
    (video,) = videos(world)
    assert (video.face, video.asked_model, video.id) == ("openai", "seedance-v1.5-pro", said.json["id"])
    assert (video.settings["resolution"], video.settings["ratio"], video.settings["duration"]) == ("720p", "16:9", 4)


def test_the_answer_says_when_to_poll_and_names_the_request(world: "World") -> None:
    said = post_form(world, any_order())
    assert int(said.headers["openai-poll-after-ms"]) >= 1000
    assert said.headers["x-request-id"]


def test_a_file_makes_the_family_image_to_video_and_is_stored_as_it_is(world: "World") -> None:
    said = post_form(world, any_order(input_reference=FILE, size=None, seconds=None))
    assert (said.json["model"], said.json["size"], said.json["seconds"]) == ("seedance-v1.5-pro-i2v", "1280x720", "4")
    (video,) = videos(world)
    assert video.image.content_type == "image/png"
    assert world.store.read_input(video.image.key) == FILE[1]
    assert video.settings["ratio"] == "adaptive"


@pytest.mark.parametrize("picture", [data_uri(png(720, 1280)), URL])
@pytest.mark.parametrize("send", ["object", "text", "brackets", "text in a form"])
def test_every_form_of_an_address_is_the_picture(world: "World", picture: str, send: str) -> None:
    match send:
        case "object":
            said = post_json(world, any_order(input_reference={"image_url": picture}))
        case "text":
            said = post_json(world, any_order(input_reference=picture))
        case "brackets":
            said = post_form(world, {**any_order(), "input_reference[image_url]": picture})
        case _:
            said = post_form(world, any_order(input_reference=picture))
    assert said.status == 200, said.body
    (video,) = videos(world)
    assert (video.image.url, bool(video.image.key)) == ((URL, False) if picture == URL else (None, True))


def test_a_picture_of_another_shape_is_told_under_its_name_here(world: "World") -> None:
    said = post_form(world, any_order(input_reference=FILE, size="720x1280"))
    (warning,) = [each for each in said.json["warnings"] if each["code"] == "will_crop"]
    assert "`input_reference` is 1,280 by 720" in warning["message"]


def test_the_texts_of_a_form_become_what_their_fields_are(world: "World") -> None:
    fields = {"generate_audio": "false", "seed": "7", "metadata[order]": "4711", "expires_in": "600", "max_cost_usd": "1.5"}
    further = {"webhook_url": "https://shop.example.com/hook", "webhook_events[]": "video.succeeded", "camera_fixed": "true"}
    assert post_form(world, {**any_order(), **fields, **further}).status == 200
    (video,) = videos(world)
    assert (video.settings["generate_audio"], video.settings["seed"], video.settings["camera_fixed"]) == (False, 7, True)
    assert (video.metadata, video.expires_in, video.webhook_events) == ({"order": "4711"}, 600, ["video.succeeded"])


def test_a_second_picture_may_be_a_file_too(world: "World") -> None:
    assert post_form(world, any_order(input_reference=FILE, last_image=FILE)).status == 200
    (video,) = videos(world)
    assert world.store.read_input(video.last_image.key) == FILE[1]


# Paid once


def tries(world: "World", count: int, *counts: int, **fields: Any) -> set[str]:
    return {post_form(world, any_order(**fields), headers={"x-stainless-retry-count": str(each)}).json["id"] for each in (count, *counts)}


@pytest.mark.parametrize("fields", [{}, {"input_reference": FILE}])
def test_the_retries_of_a_package_get_the_video_of_the_first_try(world: "World", fields: dict[str, Any]) -> None:
    assert len(tries(world, 0, 1, 2, **fields)) == 1
    assert len(videos(world)) == 1


def test_a_retry_is_recognised_in_the_other_form_of_a_body(world: "World") -> None:
    first = post_form(world, any_order(), headers={"x-stainless-retry-count": "0"}).json
    assert post_json(world, any_order(), headers={"x-stainless-retry-count": "1"}).json["id"] == first["id"]


def test_two_calls_and_two_orders_of_other_clients_stay_two(world: "World") -> None:
    assert tries(world, 0) != tries(world, 0)
    assert post_form(world, any_order()).json["id"] != post_form(world, any_order()).json["id"]
    assert len(videos(world)) == 4


def test_an_idempotency_key_goes_before_and_says_that_it_was_repeated(world: "World") -> None:
    first = post_form(world, any_order(), headers={"Idempotency-Key": "k"})
    again = post_json(world, any_order(seconds=4), headers={"Idempotency-Key": "k"})
    assert (again.status, again.json["id"], again.headers["Idempotency-Replayed".lower()]) == (200, first.json["id"], "true")
    other = post_json(world, any_order(prompt="Other."), headers={"Idempotency-Key": "k"})
    assert (other.status, other.json["error"]["code"], first.json["id"] in other.body) == (422, "idempotency_key_reused", True)


@pytest.mark.parametrize(("sent", "number"), [("0", 0), ("2", 2), ("", None), ("-1", None), ("x", None), ("9" * 40, None)])
def test_a_count_that_is_none_numbers_nothing(world: "World", sent: str, number: int | None) -> None:
    headers = {"x-stainless-retry-count": sent}
    post_form(world, any_order(), headers=headers)
    registers = [each for each in world.items() if each["id"].startswith("repeat_")]
    assert len(registers) == (number is not None)


# Refused


def refused(world: "World", **changes: Any) -> dict[str, Any]:
    said = post_json(world, any_order(**changes))
    assert (said.status, said.headers["x-should-retry"], videos(world)) == (400, "false", [])
    error: dict[str, Any] = said.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    return error


@pytest.mark.parametrize(
    ("changes", "param", "words"),
    [
        ({"model": "sora-2"}, "model", "seedance-v1.5-pro, seedance-v1.5-pro-i2v"),
        ({"model": 7}, "model", "name of a model"),
        ({"size": "1024x1792"}, "size", "one of 1280x720, "),
        ({"size": 720}, "size", "one of"),
        ({"seconds": "13"}, "seconds", "from 4 to 12"),
        ({"seconds": "8.5"}, "seconds", "from 4 to 12"),
        ({"seconds": True}, "seconds", "from 4 to 12"),
        ({"prompt": None}, "prompt", "is required"),
        ({"prompt": " "}, "prompt", "blank"),
        ({"prompt": "x" * 8_001}, "prompt", "8,000"),
        ({"duration": 5}, "seconds", "different lengths"),
        ({"ratio": "1:1"}, "size", "different shapes"),
        ({"input_reference": {"file_id": "file_1"}}, "input_reference", "POST /v1/uploads"),
        ({"input_reference": {}}, "input_reference", "toFile"),
        ({"input_reference": {"type": "Buffer", "data": [1, 2]}}, "input_reference", "toFile"),
        ({"input_reference": {"type": "Buffer", "data": [1] * 5_000}}, "input_reference", "toFile"),
        ({"input_reference": ["a"]}, "input_reference", "must be a file"),
        ({"input_reference": {"image_url": "http://10.0.0.1/a.png"}}, "input_reference", "https"),
        ({"input_reference": {"image_url": URL}, "model": "seedance-v1.5-pro-t2v"}, "input_reference", "takes none"),
        ({"model": "seedance-v1.5-pro-i2v"}, "input_reference", "is required"),
        ({"image": URL}, "image", "use input_reference"),
        ({"aspect_ratio": "16:9"}, "aspect_ratio", "use size"),
        ({"length": 5}, "length", "use seconds"),
        ({"nothing": 1}, "nothing", "its fields are model, prompt, seconds, size, input_reference"),
        ({"webhook_url": "ftp://x"}, "webhook_url", "https"),
        ({"max_cost_usd": 0.01}, "max_cost_usd", "can cost"),
    ],
)
def test_a_wrong_field_is_named_as_it_was_sent_with_what_is_possible(
    world: "World", changes: dict[str, Any], param: str, words: str
) -> None:
    error = refused(world, **changes)
    assert (error["param"], words in error["message"]) == (param, True), error


def test_an_unknown_model_has_the_code_that_openai_gives_it(world: "World") -> None:
    assert refused(world, model="sora-2")["code"] == "model_not_found"


def test_every_complaint_is_in_the_message_once(world: "World") -> None:
    message = refused(world, size="1x1", seconds="99", nothing=1, input_reference={"file_id": "f"})["message"]
    assert [message.count(word) for word in ("size is no size", "seconds must", "nothing is not", "input_reference ")] == [1, 1, 1, 1]


def test_a_field_in_two_forms_is_complained_about_once_and_not_looked_at_further(world: "World") -> None:
    said = post_form(world, [*any_order().items(), ("webhook_url[a]", "x"), ("webhook_url", "y"), ("seed", "z")])
    message = said.json["error"]["message"]
    assert (said.status, message.count("webhook_url"), message.count("seed")) == (400, 1, 1)


def test_a_picture_is_refused_by_its_bytes_and_not_by_its_declared_type(world: "World") -> None:
    said = post_form(world, any_order(input_reference=("a.png", b"%PDF-1.7 no picture", "image/png")))
    assert (said.json["error"]["param"], said.json["error"]["code"]) == ("input_reference", "image_format")
    assert "jpeg, png" in said.json["error"]["message"]


def test_a_file_that_is_too_large_is_a_bad_request_with_the_way_for_large_ones(world: "World") -> None:
    said = post_form(world, any_order(input_reference=("a.png", png(512, 512) + bytes(4_000_001), "image/png")))
    assert (said.status, said.json["error"]["param"]) == (400, "input_reference")
    assert "POST /v1/uploads" in said.json["error"]["message"]


def test_a_buffer_that_was_spread_into_its_bytes_is_refused_with_the_way_to_send_a_file(world: "World") -> None:
    spread = [*any_order().items(), *((f"input_reference[{number}]", "137") for number in range(100_000))]
    said = post_form(world, spread)
    assert (said.status, said.json["error"]["param"], "toFile" in said.json["error"]["message"]) == (400, "input_reference", True)


def test_a_short_buffer_that_was_spread_is_refused_likewise(world: "World") -> None:
    said = post_form(world, {**any_order(), "input_reference[0]": "137", "input_reference[1]": "80"})
    assert (said.status, "toFile" in said.json["error"]["message"]) == (400, True)


def test_an_order_that_does_not_fit_into_the_queue_is_not_sent_again(world: "World") -> None:
    front = world.front(intake=_full(world))
    said = post_form(world, any_order(), front=front)
    assert (said.status, said.json["error"]["type"], said.headers["x-should-retry"]) == (429, "rate_limit_error", "false")
    assert (said.headers["retry-after"], said.headers["retry-after-ms"]) == ("60", "60000")


def _full(world: "World") -> Any:
    from dataclasses import replace

    post_form(world, any_order())
    return replace(world.services().intake, queue_limit=1)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_another_body_is_refused_with_the_two_that_are_taken(world: "World", content_type: str) -> None:
    said = world.ask("POST", VIDEOS, body="prompt=x", headers={"content-type": content_type})
    assert (said.status, "multipart/form-data or as application/json" in said.body) == (400, True)


def test_an_alias_of_the_owner_is_ordered_and_remembered(world: "World") -> None:
    front = world.front(aliases={"sora-2": "seedance-v1.5-pro"})
    said = post_form(world, any_order(model="sora-2"), front=front)
    assert (said.status, said.json["model"]) == (200, "seedance-v1.5-pro-t2v")
    (video,) = videos(world)
    assert (video.asked_model, video.status) == ("sora-2", Status.QUEUED)
