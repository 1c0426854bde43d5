"""A fingerprint is the same for the same order in another form, and differs as soon as any value does."""

from itertools import combinations
from typing import Any

import pytest
from pydantic import create_model

from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.orders.fingerprint import fingerprint
from cliprelay.orders.order import Order
from cliprelay.orders.parser import OrderParser
from tests.support.makers import any_body

ALL = OrderParser(Offer.of(",".join(MODELS)))
URL = "https://assets.example.com/lighthouse.png"


def _fingerprint(pictures: dict[str, dict[str, str]] | None = None, **changes: Any) -> str:
    order = ALL.read({**any_body(), **changes})
    assert isinstance(order, Order), order.complaints
    return fingerprint(order, pictures or {"image": {"url": order.images().get("image", "")}})


# Each differs from the plain order, and from each other.
OTHERS: list[dict[str, Any]] = [
    {},
    {"prompt": "Another."},
    {"prompt": "another."},
    {"prompt": "Another. "},
    {"prompt": "\u00e9"},
    {"prompt": "e\u0301"},
    {"prompt": "1"},
    {"prompt": "true"},
    {"image": URL.replace("lighthouse", "harbour")},
    {"image": URL + "?v=2"},
    {"last_image": URL},
    {"last_image": URL + "?v=2"},
    {"ratio": "16:9"},
    {"ratio": "1:1"},
    {"duration": 4},
    {"duration": 6},
    {"resolution": "480p"},
    {"seed": -1},
    {"seed": 0},
    {"seed": 1},
    {"watermark": True},
    {"camera_fixed": True},
    {"watermark": True, "camera_fixed": True},
    {"generate_audio": False},
    {"service_tier": "flex"},
    {"execution_expires_after": 3_600},
    {"execution_expires_after": 3_601},
    {"metadata": {"order": "1"}},
    {"metadata": {"order": "1.0"}},
    {"metadata": {"order": "true"}},
    {"metadata": {"order": ""}},
    {"metadata": {"Order": "1"}},
    {"metadata": {"order": "1", "part": "2"}},
    {"max_cost_usd": "0.30"},
    {"max_cost_usd": 0.31},
    {"webhook_url": "https://hooks.example.com/a"},
    {"webhook_url": "https://hooks.example.com/b"},
    {"webhook_url": "https://hooks.example.com/a", "webhook_events": ["video.failed"]},
    {"webhook_url": "https://hooks.example.com/a", "webhook_events": ["video.failed", "video.expired"]},
    {"expires_in": 60},
    {"expires_in": 61},
    {"not_before": "2026-11-22T07:00:00Z"},
    {"not_before": "2026-11-22T07:00:01Z"},
]


def test_orders_that_differ_in_any_value_have_different_fingerprints() -> None:
    known = {_fingerprint(_images(changes), **changes): changes for changes in OTHERS}
    assert list(known.values()) == OTHERS


def _images(changes: dict[str, Any]) -> dict[str, dict[str, str]]:
    given = {"image": any_body()["image"], **changes}
    return {role: {"url": given[role]} for role in ("image", "last_image") if role in given}


def test_the_differences_cover_every_field_of_an_order() -> None:
    fields = {name for changes in OTHERS for name in changes}
    # One model has one value of fps, and the model itself has a test of its own.
    assert fields | {"fps", "model"} == set(ALL.types()[0].model_fields)


@pytest.mark.parametrize(
    "same",
    [
        {"duration": 5},
        {"generate_audio": True},
        {"fps": 24, "ratio": "adaptive", "watermark": False},
        {"model": "seedance-v1.5-pro-i2v"},
        {"metadata": {}},
        {"seed": None},
        {"last_image": None},
        {"webhook_url": None, "webhook_events": None},
    ],
)
def test_a_default_or_null_is_the_same_as_an_absent_field(same: dict[str, Any]) -> None:
    assert _fingerprint(**same) == _fingerprint()


def test_a_field_that_a_later_version_adds_changes_no_fingerprint() -> None:
    now = ALL.types()[0]
    later: Any = create_model("Later", __base__=now, more=(bool, False), amount=(int, 0))
    later.entry = now.entry
    assert fingerprint(later(**any_body()), {}) == fingerprint(now(**any_body()), {})
    assert fingerprint(later(**any_body(), more=True), {}) != fingerprint(now(**any_body()), {})


def test_the_order_of_members_and_of_events_is_immaterial() -> None:
    one: dict[str, Any] = {"seed": 1, "metadata": {"a": "1", "b": "2"}, "webhook_events": ["video.failed", "video.expired"]}
    other: dict[str, Any] = {"webhook_events": ["video.expired", "video.failed"], "metadata": {"b": "2", "a": "1"}, "seed": 1}
    assert _fingerprint(**one) == _fingerprint(**other)


def test_the_same_fields_for_another_model_are_another_order() -> None:
    texts = [name for name in MODELS if name.endswith("t2v")]
    found = {fingerprint(_text_order(name), {}) for name in texts}
    assert len(found) == len(texts) > 1


def _text_order(model: str) -> Order:
    order = ALL.read({"model": model, "prompt": "Waves.", "resolution": "480p"})
    assert isinstance(order, Order), order.complaints
    return order


def test_pictures_differ_by_role_kind_and_value() -> None:
    pictures: list[dict[str, dict[str, str]]] = [
        {"image": {"sha256": "ab"}},
        {"image": {"sha256": "cd"}},
        {"image": {"url": "ab"}},
        {"last_image": {"sha256": "ab"}},
        {"image": {"sha256": "ab"}, "last_image": {"sha256": "cd"}},
        {"image": {"sha256": "cd"}, "last_image": {"sha256": "ab"}},
    ]
    found = [_fingerprint(each) for each in pictures]
    assert all(one != other for one, other in combinations(found, 2))
