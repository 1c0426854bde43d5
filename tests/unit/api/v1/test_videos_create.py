"""POST /v1/videos records valid orders, and a refusal stores nothing."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliprelay.catalog.data_handling import MYROUTER
from cliprelay.images.inline import INLINE_LIMIT
from cliprelay.video.record import iso
from tests.support.makers import NOW, any_body, any_png, any_settings, data_uri

if TYPE_CHECKING:
    from tests.support.world import World

DOMAIN = "https://abcdefghij.execute-api.us-east-1.amazonaws.com"


def _left(world: "World") -> tuple[int, int, int]:
    """Count everything that a request could store."""
    return len(world.items()), len(world.objects()), len(world.started())


def _create(world: "World", body: object = None, key: str | None = "order-7", **headers: str) -> Any:
    sent = ({"Idempotency-Key": key} if key else {}) | {name.replace("_", "-"): value for name, value in headers.items()}
    return world.ask("POST", "/v1/videos", body=any_body() if body is None else body, headers=sent)


def test_an_order_gets_202_with_the_queued_video(world: "World") -> None:
    said = _create(world, any_body(metadata={"order": "7"}, duration=4, generate_audio=False))
    video = said.json
    assert said.status == 202
    assert video == {
        "id": video["id"],
        "object": "video",
        "status": "queued",
        "progress": 0,
        "model": "seedance-v1.5-pro-i2v",
        "provider": MYROUTER.shown(),
        "created_at": iso(NOW),
        "updated_at": iso(NOW),
        "request": any_settings(duration=4, generate_audio=False),
        "metadata": {"order": "7"},
        "cost": {"tokens": 87_300, "usd": "0.1048", "estimated": True, "settled": False},
        "warnings": [],
    }
    assert world.started() == [f"{video['id']}-1"]


def test_the_response_has_the_videos_url_and_is_not_cached(world: "World") -> None:
    said = _create(world)
    assert said.headers["location"] == f"{DOMAIN}/v1/videos/{said.json['id']}"
    assert said.headers["content-type"] == "application/json"
    assert said.headers["cache-control"] == "no-store"
    assert said.headers["referrer-policy"] == "no-referrer"


def test_a_custom_domain_is_used_if_configured(world: "World") -> None:
    front = world.front(public_base_url="https://clips.example.com")
    said = world.ask("POST", "/v1/videos", body=any_body(), front=front)
    assert said.headers["location"] == f"https://clips.example.com/v1/videos/{said.json['id']}"
    assert world.read(said.json["id"]).base_url == "https://clips.example.com"
    assert world.read(_create(world).json["id"]).base_url == DOMAIN


def test_the_response_never_contains_the_image(world: "World") -> None:
    picture = data_uri(any_png())
    said = _create(world, any_body(image=picture, last_image=picture))
    assert said.status == 202
    assert picture[-40:] not in said.body
    assert "image" not in said.json["request"]


def test_an_order_without_an_idempotency_key_gets_a_warning(world: "World") -> None:
    assert _create(world, key=None).json["warnings"][0]["code"] == "no_idempotency_key"


def test_the_same_key_and_body_get_200_with_the_same_video(world: "World") -> None:
    first, second = _create(world), _create(world)
    assert "idempotency-replayed" not in first.headers
    assert (second.status, second.headers["idempotency-replayed"]) == (200, "true")
    assert second.json == first.json
    assert _left(world) == (2, 0, 1)


def test_the_same_key_with_another_order_gets_422_with_the_video_of_the_key_and_records_nothing(world: "World") -> None:
    first = _create(world)
    before = _left(world)
    said = _create(world, any_body(image=data_uri(any_png())))
    assert (said.status, said.json["code"], said.json["video_id"]) == (422, "idempotency_key_reused", first.json["id"])
    assert _left(world) == before


@pytest.mark.parametrize("key", ["a,b", "a, b", "a,a", ",", "a,", ",a", "x" * 512 + ","])
@pytest.mark.parametrize("body", [any_body(), any_body(duration=99)], ids=["valid", "invalid"])
def test_a_key_with_a_comma_may_be_two_keys_and_gets_400(world: "World", key: str, body: dict[str, Any]) -> None:
    said = world.ask("POST", "/v1/videos", body=body, headers={"Idempotency-Key": key})
    assert (said.status, said.json["code"]) == (400, "ambiguous_idempotency_key")
    assert world.items() == []


@pytest.mark.parametrize("key", ["a;b", "a b", "a\u3001b", "a/b", "\u060c", "a.b"])
def test_any_other_separator_is_part_of_the_key(world: "World", key: str) -> None:
    assert world.ask("POST", "/v1/videos", body=any_body(), headers={"Idempotency-Key": key}).status == 202


@pytest.mark.parametrize(
    "again", ['{{"prompt": {prompt}, "image": {image}}}', ' {{"image": {image}, "prompt": {prompt}, "seed": null, "duration": 5.0}}\n']
)
def test_the_same_order_in_another_form_gets_200_with_the_same_video(world: "World", again: str) -> None:
    first = _create(world)
    said = _create(world, again.format(**{name: json.dumps(value) for name, value in any_body().items()}))
    assert (said.status, said.headers["idempotency-replayed"], said.json) == (200, "true", first.json)


@pytest.mark.parametrize("invalid", [{"duration": True}, {"duration": "5"}, {"watermark": 0}, {"seed": 1.5}, {"duration": 13}])
def test_an_invalid_order_under_a_known_key_gets_its_complaints(world: "World", invalid: dict[str, Any]) -> None:
    _create(world)
    said = _create(world, any_body(**invalid))
    assert (said.status, said.json["code"], said.complaints) == (422, "invalid_request", set(invalid))


def test_the_same_key_of_another_tenant_is_another_intent(world: "World") -> None:
    other = world.keys.create("other")
    first = _create(world)
    second = world.ask("POST", "/v1/videos", key=other, body=any_body(), headers={"Idempotency-Key": "order-7"})
    assert second.status == 202
    assert second.json["id"] != first.json["id"]


def test_a_base64_encoded_body_is_the_same_body(world: "World") -> None:
    import base64

    from tests.support.makers import request_event

    body = json.dumps(any_body(prompt="Der Sturm 🌊."), ensure_ascii=False)
    first = _create(world, body)
    event = request_event(
        "POST", "/v1/videos", key=world.key, body=base64.b64encode(body.encode()).decode(), headers={"Idempotency-Key": "order-7"}
    )
    answer = world.front().answer(event | {"isBase64Encoded": True}, None)
    assert (first.status, answer["statusCode"]) == (202, 200)
    assert first.json["request"]["prompt"] == "Der Sturm 🌊."


# Refusals


def test_all_errors_are_reported_at_once_with_field_and_accepted_values(world: "World") -> None:
    said = _create(world, any_body(image="http://x", prompt=" ", duration=99, ratio="5:4", resolution="1080p", nonsense=1))
    assert (said.status, said.json["code"]) == (422, "invalid_request")
    assert said.complaints == {"image", "prompt", "duration", "ratio", "resolution", "nonsense"}
    accepted = {complaint["field"]: complaint.get("accepted") for complaint in said.json["errors"]}
    assert accepted["duration"] == "an integer from 4 to 12"
    assert accepted["resolution"] == "one of 480p, 720p"
    assert "https://" in accepted["image"]
    assert _left(world) == (0, 0, 0)


def test_errors_in_the_body_and_the_key_are_reported_at_once(world: "World") -> None:
    assert _create(world, any_body(duration=99), Idempotency_Key=" ", key=None).complaints == {"duration", "Idempotency-Key"}


@pytest.mark.parametrize("key", ["", " ", "x" * 513])
def test_an_invalid_idempotency_key_is_refused_not_ignored(world: "World", key: str) -> None:
    said = _create(world, key=None, Idempotency_Key=key)
    assert (said.status, said.complaints) == (422, {"Idempotency-Key"})
    assert _left(world) == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [
        any_body(image=data_uri(any_png()), duration=99),
        any_body(image=data_uri(any_png()), last_image="no image"),
        any_body(image=data_uri(b"no image")),
        any_body(prompt=None),
        any_body(prompt="x" * 8_001),
        any_body(model="another"),
        any_body(metadata={"k": "v" * 501}),
        {},
        [],
        [any_body(), any_body(duration=12)],
        5,
        "null",
        '"text"',
        "true",
    ],
    ids=str,
)
def test_a_refused_body_stores_nothing(world: "World", body: object) -> None:
    said = _create(world, body)
    assert (said.status, said.json["code"]) == (422, "invalid_request")
    assert said.headers["content-type"] == "application/problem+json"
    assert said.json["errors"]
    assert _left(world) == (0, 0, 0)


@pytest.mark.parametrize("field", ["image", "last_image"])
def test_an_oversized_inline_image_gets_413(world: "World", field: str) -> None:
    said = _create(world, any_body(**{field: data_uri(any_png() + bytes(INLINE_LIMIT))}))
    assert (said.status, said.json["code"]) == (413, "image_too_large")
    assert said.complaints == {field}
    assert _left(world) == (0, 0, 0)


def test_a_refusal_does_not_repeat_what_was_sent(world: "World") -> None:
    picture = "data:image/png;base64,c2VjcmV0c2VjcmV0"
    said = _create(world, any_body(image=picture, prompt=5, ratio="very secret", metadata={"k": ["very secret"]}))
    assert said.status == 422
    assert "c2VjcmV0" not in said.body
    assert "very secret" not in said.body


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_other_json_is_refused_as_a_problem(world: "World", body: Any) -> None:
    said = _create(world, json.dumps(body))
    assert said.status in (400, 422)
    assert said.json["code"] in ("malformed_json", "invalid_request")


FIELDS = st.fixed_dictionaries(
    {
        "image": st.sampled_from([any_body()["image"], data_uri(any_png()), "x", 5]),
        "prompt": st.text(max_size=20) | st.just("A lighthouse."),
    },
    optional={
        "duration": st.integers(3, 13) | st.just("5"),
        "seed": st.integers(-2, 2**32),
        "resolution": st.sampled_from(["480p", "720p", "1080p"]),
        "generate_audio": st.booleans() | st.none(),
        "metadata": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
        "surprise": st.just(1),
    },
)


@given(body=FIELDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_order_is_either_recorded_as_sent_or_refused_without_a_trace(world: "World", body: dict[str, Any]) -> None:
    before = _left(world)
    said = _create(world, json.dumps(body), key=None)
    if said.status == 202:
        assert world.read(said.json["id"]).settings["prompt"] == body["prompt"]
        assert "surprise" not in body
    else:
        assert said.status in (400, 422)  # 400: NUL and half surrogates
        assert _left(world) == before
