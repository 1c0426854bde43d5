"""Models are listed under every name that an order may use."""

from typing import TYPE_CHECKING

from cliprelay.catalog.registry import Offer

if TYPE_CHECKING:
    from tests.support.world import World

MODELS = "/openai/v1/models"


def test_families_aliases_and_models_are_listed_in_openai_s_form(world: "World") -> None:
    said = world.ask("GET", MODELS, front=world.front(aliases={"sora-2": "seedance-v1.5-pro"})).json
    assert [each["id"] for each in said["data"]] == ["sora-2", "seedance-v1.5-pro", "seedance-v1.5-pro-i2v", "seedance-v1.5-pro-t2v"]
    assert said["object"] == "list"
    assert said["data"][0] | {"created": 0} == {"id": "sora-2", "object": "model", "created": 0, "owned_by": "ByteDance"}


def test_one_model_is_read_by_its_name_and_an_unknown_one_names_the_others(world: "World") -> None:
    assert world.ask("GET", f"{MODELS}/seedance-v1.5-pro").json["id"] == "seedance-v1.5-pro"
    said = world.ask("GET", f"{MODELS}/sora-2")
    assert (said.status, said.json["error"]["code"], "seedance-v1.5-pro" in said.body) == (404, "not_found", True)


def test_a_family_that_is_offered_only_without_a_picture_is_listed_too(world: "World") -> None:
    said = world.ask("GET", MODELS, front=world.front(offer=Offer.of("seedance-v1-pro-t2v"))).json
    assert [each["id"] for each in said["data"]] == ["seedance-v1-pro", "seedance-v1-pro-t2v"]


def test_models_need_a_key(world: "World") -> None:
    said = world.ask("GET", MODELS, key=None)
    assert (said.status, said.json["error"]["code"]) == (401, "invalid_api_key")
