"""The registry decides what is offered, and one entry is all that a model needs."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from cliprelay.catalog.data_handling import NOT_PUBLISHED, DataHandling
from cliprelay.catalog.model import Field, Forbidden, Kind, Model, Price, Prompt, Typical
from cliprelay.catalog.registry import DEFAULT_MODEL, MODELS, Offer, UnknownModels, handling_of
from cliprelay.images.limits import ImageLimits
from cliprelay.upstream.contract import PaidRequest
from cliprelay.upstream.myrouter.client import MyRouter
from cliprelay.upstream.myrouter.request import prepare
from cliprelay.upstream.myrouter.wire import wire_of
from local.simulator.service import Simulator
from tests.support.makers import any_video

if TYPE_CHECKING:
    from tests.support.world import World

KEY = "sk-any"


# What a deployment offers


def test_an_empty_list_offers_the_default_models_and_defaults_to_the_image_model() -> None:
    offer = Offer.of("")
    assert offer.names == tuple(model.name for model in MODELS.values() if model.enabled)
    assert offer.default.name == DEFAULT_MODEL


@pytest.mark.parametrize(
    ("names", "offered"),
    [
        ("seedance-v1-lite-t2v", ["seedance-v1-lite-t2v"]),
        ("seedance-v1-lite-t2v, seedance-v1.5-pro-i2v,", ["seedance-v1.5-pro-i2v", "seedance-v1-lite-t2v"]),
        ("seedance-v1.5-pro-t2v,seedance-v1.5-pro-t2v", ["seedance-v1.5-pro-t2v"]),
    ],
)
def test_a_list_offers_exactly_its_models_the_default_first(names: str, offered: list[str]) -> None:
    assert list(Offer.of(names).names) == offered


def test_an_unknown_model_is_reported_with_the_known_ones() -> None:
    with pytest.raises(UnknownModels, match=r"EnabledModels contains unknown models: sora-2; known models are .*seedance-v1-lite-t2v"):
        Offer.of("seedance-v1.5-pro-i2v,sora-2")


# Where data goes

ELSEWHERE = DataHandling(provider="Elsewhere", vendor="Nobody", region="eu-west-1", retention="1 day", source="Made up.", date="2026-11-22")


def test_what_a_provider_does_not_publish_is_shown_as_not_published() -> None:
    shown = replace(ELSEWHERE, region=None).shown()
    assert (shown["region"], shown["retention"]) == (NOT_PUBLISHED, "1 day")


def test_a_record_names_its_provider_and_an_older_one_has_that_of_its_model(offered: "World") -> None:
    assert handling_of(DEFAULT_MODEL, "Elsewhere") is ELSEWHERE
    assert handling_of("made-up-9", None) is ELSEWHERE
    assert handling_of("of another version", None) is None


def test_models_quotes_and_videos_say_where_data_goes(offered: "World") -> None:
    shown = offered.ask("GET", "/v1/models/made-up-9").json["provider"]
    assert shown == ELSEWHERE.shown()
    assert offered.ask("POST", "/v1/quotes", body=ORDER).json["provider"] == shown
    ordered = offered.ask("POST", "/v1/videos", body=ORDER).json
    assert ordered["provider"] == shown
    assert offered.read(ordered["id"]).provider == "Elsewhere"


# The entries


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_an_entry_is_complete(model: Model) -> None:
    names = [field.name for field in model.fields]
    assert len(set(names)) == len(names)
    assert {"prompt", "ratio", "duration", "resolution"} <= {field.means for field in model.fields}
    assert set(model.typical) == set(model.tiers)
    # It is appended to the upstream's URL; without the slash the key would go to another host.
    assert model.price.source
    assert model.price.date
    assert model.source
    assert model.handling.source
    assert model.handling.date
    assert model.notes or model.verified
    assert bool(model.images) == bool(model.image_fields)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_every_default_is_a_valid_value_of_its_field(model: Model) -> None:
    for field in model.fields:
        match field.kind:
            case Kind.CHOICE:
                assert field.default in field.choices or field.required
            case Kind.INTEGER if field.default is not None:
                assert (field.low or 0) <= field.default <= (field.high or 0)


def test_only_models_documented_by_the_upstream_are_verified() -> None:
    assert [model.name for model in MODELS.values() if model.verified] == ["seedance-v1.5-pro-i2v"]


# One entry suffices


def _typical() -> Typical:
    return Typical(median=9, p95=20, source="Nobody.")


MADE_UP = Model(
    name="made-up-9",
    about="A model that there is not.",
    fields=(
        Field(name="start", kind=Kind.IMAGE, required=True, about="First frame.", role="image"),
        Field(name="prompt", kind=Kind.PROMPT, required=True, about="What it shows."),
        Field(name="shape", kind=Kind.CHOICE, default="tall", choices=("tall", "wide"), role="ratio"),
        Field(name="duration", kind=Kind.CHOICE, default=2, choices=(2, 3)),
        Field(name="resolution", kind=Kind.CHOICE, default="tiny", choices=("tiny", "small")),
        Field(name="strength", kind=Kind.INTEGER, low=1, high=3),
        Field(name="loud", kind=Kind.FLAG, default=False, role="audio"),
    ),
    prompt=Prompt(advised=5, most=10, documented=True),
    images=ImageLimits(),
    geometry={
        "tiny": {"tall": (64, 128), "wide": (128, 64)},
        "small": {"tall": (128, 256), "wide": (256, 128)},
    },
    fps=24,
    price=Price(silent=Decimal("10"), audio=Decimal("30"), source="Made up.", date="2026-11-22"),
    typical={"default": _typical()},
    handling=ELSEWHERE,
    forbidden=(Forbidden({"resolution": ("small",), "duration": (3,)}, "3 s are made in tiny only"),),
    source="Made up.",
    verified=True,
    enabled=True,
)
ORDER = {"model": "made-up-9", "start": "https://assets.example.com/a.png", "prompt": "Waves.", "loud": True}


@pytest.fixture
def offered(world: "World", monkeypatch: pytest.MonkeyPatch) -> "World":
    monkeypatch.setitem(MODELS, MADE_UP.name, MADE_UP)
    world._front = world.front(offer=Offer.of(""))  # type: ignore[attr-defined]  # rebuilt, because there is one more model
    return world


def test_an_entry_suffices_to_order_quote_and_document_a_model(offered: "World") -> None:
    ordered, quoted = offered.ask("POST", "/v1/videos", body=ORDER), offered.ask("POST", "/v1/quotes", body=ORDER)
    assert (ordered.status, quoted.status) == (202, 200)
    tokens = 64 * 128 * 49 // 1024
    assert quoted.json["tokens"] == ordered.json["cost"]["tokens"] == tokens
    assert quoted.json["usd"] == {"request": "0.0118", "most": "0.0118", "default": {"silent": "0.0039", "audio": "0.0118"}}
    assert [model["id"] for model in offered.ask("GET", "/v1/models").json["data"]][-1] == "made-up-9"
    document = offered.ask("GET", "/openapi.json", key=None).json
    schema = Draft202012Validator({"$ref": "#/components/schemas/VideoOrder", "components": document["components"]})
    assert schema.is_valid(ORDER)
    assert not schema.is_valid(ORDER | {"strength": 4})


def test_an_entry_suffices_to_refuse_what_the_model_does_not_accept(offered: "World") -> None:
    body = ORDER | {"prompt": "x" * 11, "strength": 4, "aspect_ratio": "1:1", "image": "x", "duration": 4}
    said = offered.ask("POST", "/v1/videos", body=body)
    messages = {complaint["field"]: complaint["message"] for complaint in said.json["errors"]}
    assert set(messages) == {"prompt", "strength", "aspect_ratio", "image", "duration"}
    assert messages["aspect_ratio"] == "is not a field of made-up-9; use shape"
    assert "seedance-v1.5-pro-i2v" in messages["image"]


def test_a_forbidden_combination_is_reported_with_the_other_errors(offered: "World") -> None:
    together = {"resolution": "small", "duration": 3}
    said = offered.ask("POST", "/v1/quotes", body=ORDER | together | {"strength": 0})
    assert {complaint["field"]: complaint["message"] for complaint in said.json["errors"]}["duration"] == "3 s are made in tiny only"
    assert said.complaints == {"duration", "strength"}
    assert offered.ask("POST", "/v1/quotes", body=ORDER | {"resolution": "small"}).status == 200


def test_an_entry_suffices_for_submit_and_the_simulator(offered: "World") -> None:
    video = offered.read(offered.ask("POST", "/v1/videos", body=ORDER).json["id"])
    sent = json.loads(prepare(video, offered.store.read_input).body)
    assert sent == {
        "start": ORDER["start"],
        "prompt": "Waves.",
        "shape": "tall",
        "duration": 2,
        "resolution": "tiny",
        "loud": True,
    }
    with Simulator(KEY, cheap=True, queue=0, run=0, unknown_fields="refuse") as simulator:
        upstream = MyRouter(simulator.url, lambda: KEY)
        assert upstream.create(PaidRequest(wire_of(video.model).path, json.dumps(sent).encode()), key=KEY)
        (paid,) = simulator.ledger()
    assert (paid["model"], paid["width"], paid["height"], paid["audio"]) == ("made-up-9", 64, 128, True)
    assert f"{paid['usd']:.4f}" == video.quote["usd"]  # type: ignore[index]


# What is sent


def test_a_text_to_video_order_is_sent_without_an_image(world: "World") -> None:
    body = {"model": "seedance-v1.5-pro-t2v", "prompt": "Waves."}
    video = world.read(world.ask("POST", "/v1/videos", body=body).json["id"])
    sent = json.loads(prepare(video, world.store.read_input).body)
    assert (video.image, video.last_image) == (None, None)
    assert sent == {name: value for name, value in video.settings.items() if name != "fps"}


def test_a_record_of_a_model_without_an_entry_is_sent_unchanged(world: "World") -> None:
    video = replace(any_video(), model="seedance-v0.9", settings={"prompt": "Waves.", "duration": 5})
    assert json.loads(prepare(video, world.store.read_input).body) == {"prompt": "Waves.", "duration": 5, "image": video.image.url}  # type: ignore[union-attr]
