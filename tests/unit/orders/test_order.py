"""An order accepts the documented fields within their documented bounds, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprelay.catalog.seedance_1_5 import PROMPT
from cliprelay.errors import Refusal
from cliprelay.images.inline import INLINE_LIMIT
from cliprelay.net.urls import AddressRules, Limits
from cliprelay.video.record import METADATA_KEY, METADATA_PAIRS, METADATA_VALUE
from tests.support.makers import any_body, any_png, data_uri, read_order

DEFAULTS = {
    "ratio": "adaptive",
    "duration": 5,
    "resolution": "720p",
    "fps": 24,
    "watermark": False,
    "camera_fixed": False,
    "generate_audio": True,
    "service_tier": "default",
    "execution_expires_after": 172_800,
}
LEGAL: dict[str, list[Any]] = {
    "ratio": ["16:9", "4:3", "1:1", "3:4", "9:16", "21:9", "adaptive"],
    "duration": [4, 5, 12],
    "resolution": ["480p", "720p"],
    "fps": [24],
    "seed": [-1, 0, 4_294_967_295, None],
    "watermark": [True, False],
    "camera_fixed": [True, False],
    "generate_audio": [True, False],
    "service_tier": ["default", "flex"],
    "execution_expires_after": [3_600, 259_200],
    "last_image": ["https://assets.example.com/last.webp", data_uri(any_png()), None],
    "model": ["seedance-v1.5-pro-i2v"],
    "metadata": [{}, {"k" * METADATA_KEY: "v" * METADATA_VALUE}, {str(n): "" for n in range(METADATA_PAIRS)}],
    "prompt": ["x", "🌊" * PROMPT.most, "\u200f\u0645\u0646\u0627\u0631\u0629", 'She says "now".'],
    "image": ["https://assets.example.com/a", data_uri(any_png())],
}
# null is an absent field, and the default counts.
NULLS = [*DEFAULTS, "seed", "last_image", "model", "metadata", "webhook_url", "webhook_events"]
ILLEGAL: dict[str, list[Any]] = {
    "ratio": ["16:10", "", 1, "Adaptive"],
    "duration": [3, 13, -1, 5.0, 5.5, "5", True, 10**30],
    "resolution": ["1080p", "720", 720, "720P"],
    "fps": [25, 24.0, 24.5, "24", True, 123],
    "seed": [-2, 4_294_967_296, 1.0, "1", True],
    "watermark": [0, 1, "true"],
    "camera_fixed": ["no", 0],
    "generate_audio": ["false", 1],
    "service_tier": ["Flex", "batch"],
    "execution_expires_after": [3_599, 259_201, 3_600.0, "3600"],
    "last_image": ["", "x", data_uri(b"no image"), "http://assets.example.com/a.png", "https://127.0.0.1/a.png"],
    "model": ["seedance-v1-pro-t2v", "", 5, []],
    "metadata": [
        [],
        {"k": 1},
        {"": "v"},
        {"k" * (METADATA_KEY + 1): ""},
        {"k": "v" * (METADATA_VALUE + 1)},
        {str(n): "" for n in range(17)},
    ],
    "prompt": ["", " \n\t", None, 5, ["a"], "x" * (PROMPT.most + 1)],
    "image": ["", None, "https://", "ftp://example.com/a.png", "https://localhost/a.png", data_uri(b""), data_uri(any_png(), "svg+xml"), 5],
}


def _fields(error: Refusal) -> set[str]:
    return {complaint["field"].split(".")[0] for complaint in error.complaints}


def test_image_and_prompt_suffice_and_the_defaults_are_as_documented() -> None:
    assert read_order(any_body()).settings == {"prompt": any_body()["prompt"], **DEFAULTS}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in LEGAL.items() for value in values])
def test_every_documented_value_is_accepted(field: str, value: Any) -> None:
    assert getattr(read_order(any_body() | {field: value}), field) == value


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in ILLEGAL.items() for value in values])
def test_every_other_value_is_refused_with_the_name_of_its_field(field: str, value: Any) -> None:
    with pytest.raises(Refusal) as caught:
        read_order(any_body() | {field: value})
    assert _fields(caught.value) == {field}


@pytest.mark.parametrize("field", NULLS)
def test_null_means_that_an_optional_field_is_absent(field: str) -> None:
    without, null = read_order(any_body()), read_order(any_body() | {field: None})
    assert (null, null.given) == (without, without.given)


@pytest.mark.parametrize("field", ["image", "prompt"])
def test_null_means_that_a_required_field_is_missing(field: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_order(any_body() | {field: None})
    assert [(complaint["field"], complaint["message"]) for complaint in caught.value.complaints] == [(field, "is required")]


@pytest.mark.parametrize("field", ["image", "last_image", "webhook_url"])
def test_blanks_around_an_address_are_dropped(field: str) -> None:
    assert (
        getattr(read_order(any_body() | {field: "\n https://assets.example.com/a.png \r\n"}), field) == "https://assets.example.com/a.png"
    )


@pytest.mark.parametrize(("field", "longest"), [("image", 8_192), ("last_image", 8_192), ("webhook_url", 2_048)])
def test_an_address_has_at_most_so_many_characters(field: str, longest: int) -> None:
    url = "https://assets.example.com/".ljust(longest, "x")
    assert getattr(read_order(any_body() | {field: url}), field) == url
    with pytest.raises(Refusal) as caught:
        read_order(any_body() | {field: url + "x"})
    assert caught.value.complaints[0]["message"] == f"is longer than {longest} characters"


@pytest.mark.parametrize("field", ["image", "prompt"])
def test_image_and_prompt_are_required(field: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_order(any_body(**{field: None}))
    assert _fields(caught.value) == {field}


@pytest.mark.parametrize("field", ["aspect_ratio", "end_image", "Prompt", "task_id", "callback_url", "tenant", "status"])
def test_an_undocumented_field_is_refused_by_name(field: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_order(any_body() | {field: "x"})
    assert _fields(caught.value) == {field}


def test_all_errors_are_reported_at_once() -> None:
    body = {field: values[0] for field, values in ILLEGAL.items()} | {"nonsense": 1}
    with pytest.raises(Refusal) as caught:
        read_order(body)
    assert _fields(caught.value) == {*ILLEGAL, "nonsense"}


@given(duration=st.integers(), expires=st.integers(), seed=st.integers())
def test_numbers_are_accepted_exactly_within_their_documented_ranges(duration: int, expires: int, seed: int) -> None:
    legal = {"duration": 4 <= duration <= 12, "execution_expires_after": 3_600 <= expires <= 259_200, "seed": -1 <= seed <= 4_294_967_295}
    try:
        read_order(any_body(duration=duration, execution_expires_after=expires, seed=seed))
        refused = set()
    except Refusal as error:
        refused = _fields(error)
    assert refused == {name for name, is_legal in legal.items() if not is_legal}


@given(body=st.dictionaries(st.text(max_size=8), st.none() | st.integers() | st.text(max_size=8) | st.lists(st.integers()), max_size=5))
def test_any_object_is_accepted_or_refused_as_invalid(body: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        read_order(body)


def test_the_settings_contain_neither_images_nor_relay_fields() -> None:
    order = read_order(any_body(last_image=data_uri(any_png()), metadata={"order": "7"}, seed=7))
    assert set(order.settings) == {"prompt", "seed", *DEFAULTS}


def test_an_oversized_image_and_an_invalid_image_have_different_codes() -> None:
    with pytest.raises(Refusal) as caught:
        read_order(any_body(image=data_uri(any_png() + bytes(INLINE_LIMIT))))
    assert caught.value.code == "image_too_large"
    assert [complaint["code"] for complaint in caught.value.complaints] == ["image_too_large"]


def test_addresses_are_checked_by_the_rules_of_the_deployment() -> None:
    loopback, url = Limits(AddressRules.LOOPBACK), "http://127.0.0.1:1/a.png"
    assert read_order(any_body(image=url, webhook_url=url), loopback).image == url
    with pytest.raises(Refusal):
        read_order(any_body(image="http://127.0.0.1:1/a.png"))


def test_orders_do_not_share_metadata() -> None:
    first, second = read_order(any_body()), read_order(any_body())
    first.metadata["order"] = "7"
    assert second.metadata == {}
