"""Another tenant's resources look missing, wherever the API accepts an id."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.video.record import Video
from cliprelay.video.states import Status
from tests.support.delivery_runner import begun, ended_video
from tests.support.makers import NOW, TENANT, any_body, any_png, any_video

if TYPE_CHECKING:
    from tests.support.api_response import ApiResponse
    from tests.support.world import World

DOCUMENT: dict[str, Any] = json.loads(Path("docs/reference/openapi.json").read_text())
OPERATIONS = {f"{method.upper()} {path}": operation for path, item in DOCUMENT["paths"].items() for method, operation in item.items()}

# Parameters that identify a tenant's resource, each tested below. New parameters must be classified here.
OWNED = {"video_id", "token", "event", "after", "ids", "image", "last_image"}
# An Idempotency-Key is scoped to its tenant: test_the_same_key_of_another_tenant_is_another_intent, and in lists
# test_a_key_returns_its_video_and_another_tenants_key_nothing.
OF_NOBODY = {
    *("model", "idempotency_key", "download", "status", "limit", "order", "from", "to", "by", "metadata.KEY", "Idempotency-Key", "Prefer"),
    *("prompt", "webhook_url", "url", "sha256", "max_cost_usd", "not_before", "variant"),
}

THEIRS, NOBODYS = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RB", "vid_01KAN3J9M4S9A5XH7W2T0QZ8RC"
MINE = "vid_01KAN3J9M4S9A5XH7W2T0QZ8RA"
BITS, OTHER_BITS = "A" * 43, "B" * 43
EVENT = "evt_01M81CB6M1T4PSZ9EXW2A4PSJX"


def _parameters(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation.get("parameters", [])}


def _texts(operation: dict[str, Any]) -> set[str]:
    """List the body fields that accept any text, and could therefore contain an id."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    shapes = _shapes(schema)
    return {name for shape in shapes for name, field in shape.get("properties", {}).items() if _takes_text(field)}


def _shapes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return a schema or its alternatives, by name."""
    if "$ref" in schema:
        yield from _shapes(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    elif "oneOf" in schema:
        for each in schema["oneOf"]:
            yield from _shapes(each)
    else:
        yield schema


def _takes_text(field: dict[str, Any]) -> bool:
    kinds = [field, *field.get("anyOf", [])]
    return any(kind.get("type") == "string" and not kind.keys() & {"enum", "const"} for kind in kinds)


def _with(name: str) -> list[str]:
    """List the operations that accept the parameter."""
    return [operation for operation, said in OPERATIONS.items() if name in _parameters(said) | _texts(said)]


def _ask(world: "World", operation: str, place: str, **request: Any) -> "ApiResponse":
    method, path = operation.split(" ")
    for name in ("{video_id}", "{token}"):
        path = path.replace(name, place)
    return world.ask(method, path, **request)


def _whole(said: "ApiResponse") -> tuple[int, str, dict[str, str]]:
    return said.status, said.body, said.headers


def _theirs(status: Status, **changes: Any) -> Video:
    """Build another tenant's video with every attribute, even those its state cannot have."""
    return any_video(id=THEIRS, tenant="other", status=status, object_key=f"videos/other/{THEIRS}.mp4", link=BITS, **changes)


def test_every_parameter_is_classified_as_an_id_or_not() -> None:
    sent = set().union(*(_parameters(operation) | _texts(operation) for operation in OPERATIONS.values()))
    assert sent == OWNED | OF_NOBODY


@pytest.mark.parametrize("operation", _with("video_id"))
@pytest.mark.parametrize("status", Status)
def test_another_tenants_video_is_hidden_in_every_state(world: "World", operation: str, status: Status) -> None:
    nothing = _whole(_ask(world, operation, NOBODYS))
    assert nothing[0] == 404
    world.put(_theirs(status))
    before = world.items()
    assert _whole(_ask(world, operation, THEIRS)) == nothing
    assert (world.items(), world.started()) == (before, [])


@pytest.mark.parametrize("operation", _with("video_id"))
def test_another_tenants_video_is_hidden_with_its_deliveries_and_after_its_expiry(world: "World", operation: str) -> None:
    begun(world, id=THEIRS, tenant="other")
    started = world.started()
    for changes in ({}, {"expires_at": int(NOW.timestamp())}):
        world.put(ended_video(id=THEIRS, tenant="other", **changes))
        assert _whole(_ask(world, operation, THEIRS)) == _whole(_ask(world, operation, NOBODYS))
    assert world.started() == started


@pytest.mark.parametrize("operation", _with("video_id"))
@pytest.mark.parametrize("tampered", ["{}0", "{}%00", "{}%0a", " {}", "{}/", "{}.mp4", "{},{}", "{}?", "../videos/{}", "intent_{}"])
def test_a_tampered_id_reveals_nothing_about_the_original_video(world: "World", operation: str, tampered: str) -> None:
    for owner in (TENANT, "other"):
        world.put(_theirs(Status.SUCCEEDED, expires_at=None) if owner == "other" else any_video(id=THEIRS))
        for changed in (str.lower, str.swapcase, lambda name: name[:-1], lambda name: tampered.format(name, name)):
            answers = [_ask(world, operation, changed(name)) for name in (THEIRS, NOBODYS)]
            assert [said.status for said in answers] == [404, 404]
            assert answers[0].json["code"] == "not_found"
            assert _whole(answers[0]) == _whole(answers[1])


@pytest.mark.parametrize("operation", _with("video_id"))
def test_a_tenants_own_video_is_found(world: "World", operation: str) -> None:
    begun(world, id=MINE)
    status = _ask(world, operation, MINE).status
    # It has ended, so a cancel finds it and refuses.
    assert 200 <= status < 400 or (operation.endswith("/cancel") and status == 409)


@pytest.mark.parametrize("operation", _with("token"))
@pytest.mark.parametrize("status", Status)
def test_a_link_with_altered_bits_opens_nothing_in_any_state(world: "World", operation: str, status: Status) -> None:
    nothing = _whole(_ask(world, operation, f"{NOBODYS}.{OTHER_BITS}"))
    assert nothing[0] == 404
    for changes in ({}, {"expires_at": int(NOW.timestamp())}, {"revoked_links": ["0" * 64]}):
        world.put(_theirs(status, **changes))
        for token in (f"{THEIRS}.{OTHER_BITS}", f"{THEIRS}.{BITS[1:]}", f"{THEIRS}.", THEIRS, f"{NOBODYS}.{BITS}"):
            assert _whole(_ask(world, operation, token)) == nothing


@pytest.mark.parametrize("operation", _with("event"))
def test_another_tenants_event_is_not_found_for_ones_own_video(world: "World", operation: str) -> None:
    theirs = begun(world, id=THEIRS, tenant="other").event_id
    world.put(ended_video(id=MINE, event_id=EVENT.replace("X", "Y")))
    answers = [_ask(world, operation, MINE, query={"event": event}) for event in (theirs, EVENT)]
    assert answers[0].status == 409
    assert _whole(answers[0]) == _whole(answers[1])


@pytest.mark.parametrize("operation", _with("after"))
def test_a_cursor_of_another_tenant_reveals_nothing(world: "World", operation: str) -> None:
    world.put(any_video(id=MINE))
    nothing = _whole(_ask(world, operation, "", query={"after": THEIRS}))
    world.put(_theirs(Status.SUCCEEDED))
    assert _whole(_ask(world, operation, "", query={"after": THEIRS})) == nothing
    assert [video["id"] for video in json.loads(nothing[1])["data"]] == [MINE]


@pytest.mark.parametrize("operation", _with("ids"))
def test_another_tenants_id_in_a_list_of_ids_is_missing_like_an_unknown_one(world: "World", operation: str) -> None:
    world.put(any_video(id=MINE))
    world.put(_theirs(Status.SUCCEEDED))
    page = _ask(world, operation, "", query={"ids": f"{THEIRS},{MINE},{NOBODYS}"}).json
    assert ([video["id"] for video in page["data"]], page["missing"]) == ([MINE], [THEIRS, NOBODYS])


@pytest.mark.parametrize(("field", "operation"), [(field, each) for field in ("image", "last_image") for each in _with(field)])
def test_another_tenants_upload_is_hidden(world: "World", field: str, operation: str) -> None:
    offer = world.uploads.offer("other", "image/png", 9)
    world.s3.put_object(Bucket=world.bucket, Key=offer.fields["key"], Body=any_png(), ContentType="image/png")
    answers = [_ask(world, operation, "", body=any_body(**{field: value})) for value in (offer.image, "upload_" + "0" * 32)]
    assert (answers[0].status, answers[0].complaints) == (422, {field})
    assert _whole(answers[0]) == _whole(answers[1])
    assert (world.items(), world.objects()) == ([], [offer.fields["key"]])
