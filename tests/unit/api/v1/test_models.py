"""GET /v1/models and POST /v1/quotes describe models and prices without side effects."""

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from cliprelay.api.v1.schemas.quotes import QuoteAnswer
from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.orders.parser import OrderParser
from cliprelay.tenants.budgets import Limits
from cliprelay.video.spend import Scope
from tests.support.makers import TENANT, any_body, any_png, any_video, data_uri

if TYPE_CHECKING:
    from tests.support.world import World

# Text to video, in the family that is disabled by default.
LITE = {"model": "seedance-v1-lite-t2v", "prompt": "Waves.", "resolution": "480p"}


def _schema(world: "World", name: str) -> Draft202012Validator:
    document = world.ask("GET", "/openapi.json", key=None).json
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document["components"]})


def _quote(world: "World", **changes: Any) -> Any:
    return world.ask("POST", "/v1/quotes", body=any_body(**changes))


# Models


def test_the_offered_models_are_listed_as_documented_default_first(world: "World") -> None:
    said = world.ask("GET", "/v1/models")
    assert [(model["id"], model["default"]) for model in said.json["data"]] == [
        ("seedance-v1.5-pro-i2v", True),
        ("seedance-v1.5-pro-t2v", False),
    ]
    assert list(_schema(world, "ModelList").iter_errors(said.json)) == []


def test_a_model_describes_the_accepted_values_of_its_fields(world: "World") -> None:
    model = world.ask("GET", "/v1/models/seedance-v1.5-pro-i2v").json
    fields = {field["name"]: field for field in model["fields"]}
    assert fields["duration"] == {
        "name": "duration",
        "type": "integer",
        "kind": "integer",
        "required": False,
        "default": 5,
        "minimum": 4,
        "maximum": 12,
        "description": "Length of the video in seconds; affects the price.",
    }
    assert fields["resolution"]["enum"] == ["480p", "720p"]
    assert [name for name, field in fields.items() if field["required"]] == ["image", "prompt"]
    assert model["prompt"] == {"advised_characters": 500, "max_characters": 8_000, "counted_in": "code points"}
    assert model["images"]["width_to_height"] == {"more_than": 0.4, "less_than": 2.5}
    assert model["price"]["usd_per_million_tokens"] == {"silent": "1.2", "audio": "2.4"}


@pytest.mark.parametrize("model", MODELS)
def test_each_model_is_shown_as_documented_where_it_is_offered(world: "World", model: str) -> None:
    said = world.ask("GET", f"/v1/models/{model}", front=world.front(offer=Offer.of(model)))
    assert said.json["id"] == model
    assert list(_schema(world, "ModelAnswer").iter_errors(said.json)) == []


@pytest.mark.parametrize("model", ["seedance-v1-lite-t2v", "sora-2", "%20"])
def test_a_model_that_is_not_offered_gets_404(world: "World", model: str) -> None:
    said = world.ask("GET", f"/v1/models/{model}")
    assert (said.status, said.json["code"]) == (404, "not_found")


def test_models_and_quotes_need_a_key(world: "World") -> None:
    for method, path in (("GET", "/v1/models"), ("GET", "/v1/models/any"), ("POST", "/v1/quotes")):
        assert world.ask(method, path, key=None, body=any_body()).status == 401


def test_only_offered_models_can_be_ordered(world: "World") -> None:
    refused = world.ask("POST", "/v1/videos", body=LITE)
    assert (refused.status, refused.complaints) == (422, {"model"})
    assert refused.json["errors"][0]["accepted"] == "one of seedance-v1.5-pro-i2v, seedance-v1.5-pro-t2v"
    offering = world.front(offer=Offer.of("seedance-v1-lite-t2v"))
    assert world.ask("POST", "/v1/videos", body=LITE, front=offering).status == 202
    unnamed = {name: value for name, value in LITE.items() if name != "model"}
    assert world.ask("POST", "/v1/videos", body=unnamed, front=offering).json["model"] == "seedance-v1-lite-t2v"


# Quotes


def test_a_quote_matches_the_order_and_its_documented_schema(world: "World") -> None:
    body = {"duration": 12, "ratio": "21:9", "resolution": "480p", "generate_audio": True}
    quoted, ordered = _quote(world, **body), world.ask("POST", "/v1/videos", body=any_body(**body))
    assert (quoted.status, quoted.json["object"]) == (200, "quote")
    assert {"tokens": quoted.json["tokens"], "usd": quoted.json["usd"]["request"], "estimated": True, "settled": False} == ordered.json[
        "cost"
    ]
    assert quoted.json["geometry"] == {
        "ratio": "21:9",
        "width": 992,
        "height": 432,
        "exact": True,
        "fps": 24,
        "frames": 289,
        "duration": 12.042,
    }
    assert list(_schema(world, "QuoteAnswer").iter_errors(quoted.json)) == []
    assert world.ask("GET", f"/v1/videos/{ordered.json['id']}").json["cost"] == ordered.json["cost"]


@pytest.mark.parametrize("tier", ["default", "flex"])
@pytest.mark.parametrize("audio", [True, False])
def test_a_quotes_price_table_contains_the_price_of_the_order(world: "World", tier: str, audio: bool) -> None:
    usd = _quote(world, service_tier=tier, generate_audio=audio).json["usd"]
    assert usd["request"] == usd[tier]["audio" if audio else "silent"]


def test_a_model_without_audio_and_tiers_has_one_price(world: "World") -> None:
    said = world.ask("POST", "/v1/quotes", body=LITE, front=world.front(offer=Offer.of("seedance-v1-lite-t2v")))
    assert said.json["usd"] == {"request": "0.0882", "most": "0.0883", "default": {"silent": "0.0882"}}
    assert [warning["code"] for warning in said.json["warnings"]] == ["unverified_model"]


def test_a_longer_video_has_a_longer_typical_time_and_flex_has_none(world: "World") -> None:
    assert _quote(world, duration=12).json["typical_seconds"]["median"] == 50 + 7 * 4
    assert _quote(world, service_tier="flex").json["typical_seconds"]["median"] is None


def test_a_quote_records_and_pays_nothing(world: "World") -> None:
    assert _quote(world, image=data_uri(any_png()), metadata={"order": "7"}).status == 200
    assert (world.items(), world.objects(), world.started()) == ([], [], [])


@pytest.mark.parametrize(
    "body",
    [
        any_body(duration=13, aspect_ratio="1:1", prompt=" "),
        any_body(model="sora-2", duration=13),
        any_body(metadata={"k": 1}),
        {},
    ],
    ids=str,
)
def test_a_quote_refuses_exactly_what_an_order_refuses(world: "World", body: dict[str, Any]) -> None:
    quoted, ordered = world.ask("POST", "/v1/quotes", body=body), world.ask("POST", "/v1/videos", body=body)
    assert quoted.status == 422
    assert quoted.json == ordered.json


@pytest.mark.parametrize("body", ["{", "", "[]", '{"prompt": NaN}'])
def test_a_quote_refuses_malformed_bodies_as_an_order_does(world: "World", body: str) -> None:
    quoted, ordered = world.ask("POST", "/v1/quotes", body=body), world.ask("POST", "/v1/videos", body=body)
    assert (quoted.status, quoted.json) == (ordered.status, ordered.json)
    assert quoted.status in (400, 422)


def test_the_shape_of_an_adaptive_video_is_exact_once_its_image_was_read() -> None:
    from cliprelay.orders.quote import quote

    order = OrderParser(Offer.of("")).read(any_body())
    order.measured({"image": (500, 1000)})
    shown = quote(order.entry, order.spec, order.given, order.sizes)["geometry"]
    assert (shown["ratio"], shown["width"], shown["height"], shown["exact"]) == ("9:16", 720, 1280, True)


# Warnings


def _codes(world: "World", **changes: Any) -> list[str]:
    return [warning["code"] for warning in _quote(world, **changes).json["warnings"]]


def test_a_careful_order_gets_no_warning(world: "World") -> None:
    assert _codes(world, generate_audio=False) == []
    assert _codes(world, generate_audio=True) == []


def test_audio_left_on_by_default_causes_a_warning(world: "World") -> None:
    assert _codes(world) == ["audio_doubles_price"]


def test_flex_causes_a_warning(world: "World") -> None:
    assert _codes(world, generate_audio=False, service_tier="flex") == ["flex_is_slow"]


# A family emoji and an Arabic letter with a mark: one visible character, several code points.
@pytest.mark.parametrize("mark", ["x", "🌊", "\U0001f468\u200d\U0001f469", "\u0645\u064e", "\u200b", "\u202e"], ids=ascii)
def test_a_prompt_is_counted_in_code_points_at_both_limits(world: "World", mark: str) -> None:
    def prompt(length: int) -> str:
        return "." + (mark * length)[: length - 1]

    assert _codes(world, generate_audio=False, prompt=prompt(500)) == []
    assert _codes(world, generate_audio=False, prompt=prompt(501)) == ["long_prompt"]
    assert _quote(world, prompt=prompt(8_000)).status == 200
    assert _quote(world, prompt=prompt(8_001)).complaints == {"prompt"}


def test_the_warnings_of_a_quote_appear_in_the_order_and_in_the_video(world: "World") -> None:
    ordered = world.ask("POST", "/v1/videos", body=any_body(prompt="x" * 501), headers={"Idempotency-Key": "7"}).json
    assert [warning["code"] for warning in ordered["warnings"]] == ["long_prompt", "audio_doubles_price"]
    assert world.ask("GET", f"/v1/videos/{ordered['id']}").json["warnings"] == ordered["warnings"]


def test_a_record_without_a_quote_is_shown_without_a_cost(world: "World") -> None:
    world.put(any_video())
    assert "cost" not in world.ask("GET", f"/v1/videos/{any_video().id}").json


# Budgets


def test_a_quote_says_whether_the_order_fits_into_the_budget_as_the_order_would_be_told(world: "World") -> None:
    world.budgets.set_limits(Scope(TENANT), Limits(day=300_000))
    said = world.ask("POST", "/v1/quotes", body=any_body(ratio="16:9", duration=4))
    QuoteAnswer.model_validate(said.json)
    assert (said.json["budget"]["fits"], said.json["budget"]["budget"], said.json["budget"]["limit_usd"]) == (True, "tenant:day", "0.3000")
    dear = any_body(ratio="16:9", duration=12)
    quoted, ordered = (world.ask("POST", path, body=dear) for path in ("/v1/quotes", "/v1/videos"))
    assert (quoted.status, quoted.json["budget"]["fits"], ordered.status) == (200, False, 402)
    facts = {name: value for name, value in quoted.json["budget"].items() if name != "fits"}
    assert {name: ordered.json[name] for name in facts} == facts


def test_without_a_budget_a_quote_says_nothing_of_one(world: "World") -> None:
    assert "budget" not in world.ask("POST", "/v1/quotes", body=any_body()).json
