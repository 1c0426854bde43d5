"""Both images of an order are checked, by the configured rule, before anything is recorded."""

import socket
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from PIL import Image

from cliprelay.errors import FieldComplaint, Refusal
from cliprelay.images.inline import InlineImage
from cliprelay.images.uploads import UploadStore
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules, Limits
from cliprelay.orders.image_check import ImageProbe, Inspected, Inspector
from cliprelay.tenants.api_keys import Identity
from tests.support import image_files
from tests.support.makers import Meddled, any_body, data_uri, http_answer, read_order

if TYPE_CHECKING:
    from tests.support.loopback import Loopback
    from tests.support.world import World

MakeServer = Callable[..., "Loopback"]
NO_UPLOADS: Any = None  # a test that touches them here is wrong
NOBODY = "http://127.0.0.1:1/a.png?token=secret"
RULES = pytest.mark.parametrize("rule", list(ImageProbe))


def _inspect(image: str, last_image: str | None = None, *, rule: ImageProbe = ImageProbe.WARN, ratio: str = "adaptive") -> Inspected:
    inspector = Inspector(NO_UPLOADS, Guard(AddressRules.LOOPBACK), rule)
    return inspector.inspect({"image": image, "last_image": last_image}, ratio, tenant="acme")


def _refused(*images: str, **options: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        _inspect(*images, **options)
    return caught.value


def _codes(found: Inspected) -> list[str]:
    return [warning["code"] for warning in found.warnings]


@RULES
def test_an_inline_image_is_decoded_and_checked_under_every_rule(rule: ImageProbe) -> None:
    data = image_files.gif(512, 400, frames=2)
    found = _inspect(data_uri(data, "gif"), rule=rule, ratio="9:16")
    image = found.images["image"]
    assert isinstance(image, InlineImage)
    assert image.data == data
    assert _codes(found) == ["multi_frame_image", "will_crop"]


def test_an_inline_image_is_decoded_once_for_its_order() -> None:
    order = read_order(any_body(image=data_uri(image_files.png(512, 400))))
    inspector = Inspector(NO_UPLOADS, Guard(AddressRules.PUBLIC), ImageProbe.WARN)
    read = order.read_images()["image"]
    assert inspector.look(order, "acme").images["image"] is read
    assert inspector.find(order, "acme")["image"] is read


def test_an_order_that_fetches_nothing_starts_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []
    monkeypatch.setattr("threading.Timer.start", lambda timer: started.append(timer))
    _inspect(data_uri(image_files.png(512, 400)))
    _inspect(NOBODY, rule=ImageProbe.OFF)
    assert started == []
    _inspect(NOBODY)
    assert len(started) == 1


@pytest.mark.parametrize(("rule", "codes"), [(ImageProbe.STRICT, None), (ImageProbe.WARN, ["image_not_probed"]), (ImageProbe.OFF, [])])
def test_an_unreadable_url_is_handled_by_the_rule(rule: ImageProbe, codes: list[str] | None) -> None:
    if codes is None:
        refusal = _refused(NOBODY, rule=rule)
        assert [(complaint["field"], complaint["code"]) for complaint in refusal.complaints] == [("image", "image_unread")]
        assert "secret" not in str(refusal.complaints)
        return
    found = _inspect(NOBODY, rule=rule)
    assert (found.images, _codes(found)) == ({"image": NOBODY}, codes)
    assert "secret" not in str(found.warnings)


# Decoders give the size of each, although it has no picture.
DOUBTFUL = {
    "png": image_files.png(512, 400)[:33] + image_files.png_chunk(b"IEND", b""),
    "gif": image_files.gif(512, 400)[:24],
    "bmp": image_files.bmp(512, 400)[:54],
    "jpeg": image_files.jpeg(512, 400).partition(b"\xff\xda")[0],
}


@pytest.mark.parametrize("form", DOUBTFUL)
@pytest.mark.parametrize(
    ("rule", "codes"), [(ImageProbe.STRICT, None), (ImageProbe.WARN, ["image_not_probed"]), (ImageProbe.OFF, ["image_not_probed"])]
)
def test_an_unreadable_inline_image_is_handled_by_the_rule(rule: ImageProbe, codes: list[str] | None, form: str) -> None:
    uri = data_uri(DOUBTFUL[form], form)
    if codes is None:
        assert [(complaint["field"], complaint["code"]) for complaint in _refused(uri, rule=rule).complaints] == [("image", "image_unread")]
        return
    found = _inspect(uri, rule=rule)
    image = found.images["image"]
    assert isinstance(image, InlineImage)
    assert (image.data, image.content_type, _codes(found), found.sizes) == (DOUBTFUL[form], f"image/{form}", codes, {})


@pytest.mark.parametrize(("rule", "is_refused"), [(ImageProbe.STRICT, True), (ImageProbe.WARN, True), (ImageProbe.OFF, False)])
def test_a_remote_image_out_of_bounds_is_refused_unless_probing_is_off(loopback: MakeServer, rule: ImageProbe, is_refused: bool) -> None:
    server = loopback(http_answer(200, image_files.png(300, 400)))
    if is_refused:
        assert [complaint["code"] for complaint in _refused(server.url, rule=rule).complaints] == ["image_pixels"]
    else:
        assert _inspect(server.url, rule=rule).images == {"image": server.url}
    assert server.connections == int(is_refused)


def test_both_images_are_reported_at_once(loopback: MakeServer) -> None:
    small, page = loopback(http_answer(200, image_files.png(10, 100))).url, loopback(http_answer(200, b"<html>")).url
    refusal = _refused(small, page)
    assert refusal.code == "invalid_request"
    assert [(complaint["field"], complaint["code"]) for complaint in refusal.complaints] == [
        ("image", "image_pixels"),
        ("last_image", "image_format"),
    ]
    assert "more than 300 and less than 6,000 pixels" in refusal.complaints[0]["accepted"]


@pytest.mark.parametrize("location", ["http://10.0.0.1/a.png", "https://[", "http://127.0.0.1:99999/"])
def test_a_url_that_redirects_where_nothing_may_be_opened_is_not_probed(loopback: MakeServer, location: str) -> None:
    inward = loopback(http_answer(302, Location=location)).url
    assert _codes(_inspect(inward)) == ["image_not_probed"]
    assert [complaint["code"] for complaint in _refused(inward, rule=ImageProbe.STRICT).complaints] == ["image_unread"]


def test_both_urls_share_one_time_limit(loopback: MakeServer) -> None:
    def hang(connection: socket.socket) -> None:
        connection.recv(1)

    first, second = loopback(hang), loopback(hang)
    hasty = Inspector(NO_UPLOADS, Guard(AddressRules.LOOPBACK), ImageProbe.WARN, seconds=0.2)
    found = hasty.inspect({"image": first.url, "last_image": second.url}, "adaptive", tenant="acme")
    assert _codes(found) == ["image_not_probed", "image_not_probed"]
    assert second.heads == []


# Through the API


def test_warnings_appear_in_the_response_and_in_the_record(world: "World") -> None:
    said = world.ask(
        "POST",
        "/v1/videos",
        body=any_body(image=data_uri(image_files.png(512, 512)), ratio="16:9", generate_audio=True),
        headers={"Idempotency-Key": "7"},
    )
    assert (said.status, [warning["code"] for warning in said.json["warnings"]]) == (202, ["will_crop"])
    assert world.read(said.json["id"]).warnings == said.json["warnings"]


def test_an_inline_image_out_of_bounds_gets_422_and_nothing_is_stored(world: "World") -> None:
    said = world.ask(
        "POST", "/v1/videos", body=any_body(image=data_uri(image_files.png(6_000, 300)), last_image=data_uri(image_files.gif(5, 5)))
    )
    assert said.status == 422
    assert [(each["field"], each["code"]) for each in said.json["errors"]] == [("image", "image_pixels"), ("last_image", "image_type")]
    assert "width / height more than 0.4 and less than 2.5" in said.json["errors"][0]["message"]
    assert (world.items(), world.objects()) == ([], [])


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/quotes"])
def test_the_webhook_and_both_images_are_reported_at_once(world: "World", path: str) -> None:
    missing = "upload_" + "0" * 32
    said = world.ask("POST", path, body=any_body(image=missing, last_image=missing, webhook_events=["video.failed"]))
    assert said.status == 422
    assert [each["field"] for each in said.json["errors"]] == ["webhook_events", "image", "last_image"]


@pytest.mark.parametrize("path", ["/v1/videos", "/v1/quotes"])
def test_the_body_the_webhook_and_the_uploads_are_reported_at_once(world: "World", path: str) -> None:
    small, missing = data_uri(image_files.png(9, 9)), "upload_" + "0" * 32
    said = world.ask("POST", path, body=any_body(image=small, last_image=missing, webhook_events=["video.failed"], duration=99))
    assert [each["field"] for each in said.json["errors"]] == ["image", "duration", "webhook_events", "last_image"]
    assert said.json["detail"].endswith("Fix: image, duration, webhook_events, last_image.")
    assert (world.items(), world.objects()) == ([], [])


def test_the_idempotency_key_and_the_order_are_reported_at_once(world: "World") -> None:
    blank = {"Idempotency-Key": " "}
    said = world.ask("POST", "/v1/videos", body=any_body(duration=99, webhook_events=["video.failed"]), headers=blank)
    assert [each["field"] for each in said.json["errors"]] == ["Idempotency-Key", "duration", "webhook_events"]
    said = world.ask("POST", "/v1/videos", body=any_body(image=data_uri(image_files.png(9, 9))), headers=blank)
    assert [each["field"] for each in said.json["errors"]] == ["Idempotency-Key", "image"]
    assert world.items() == []


@pytest.mark.parametrize(("changes", "fields"), [({}, []), ({"image": "upload_" + "0" * 32}, ["image"])])
def test_an_invalid_key_refuses_a_valid_order_together_with_what_else_is_wrong(
    world: "World", changes: dict[str, str], fields: list[str]
) -> None:
    said = world.ask("POST", "/v1/videos", body=any_body(**changes), headers={"Idempotency-Key": " "})
    assert (said.status, [each["field"] for each in said.json["errors"]]) == (422, ["Idempotency-Key", *fields])
    assert world.items() == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"image": 5, "webhook_url": "http://x", "webhook_events": ["video.failed"]}, {"image", "webhook_url"}),
        ({"model": "unknown", "image": "upload_x"}, {"model"}),
        ({"webhook_events": ["video.failed", 5], "last_image": "upload_x"}, {"webhook_events.1", "last_image"}),
        ({"webhook_url": None, "webhook_events": None, "duration": None, "seed": "x"}, {"seed"}),
        ({"image": "upload_x", "first_image": "upload_x"}, {"image", "first_image"}),
    ],
)
def test_an_invalid_field_causes_no_lookup(world: "World", body: dict[str, Any], fields: set[str]) -> None:
    said = world.ask("POST", "/v1/quotes", body=any_body() | body)
    assert (said.status, said.complaints) == (422, fields)


def test_an_invalid_order_is_refused_even_if_lookups_fail(world: "World") -> None:
    def refuse(real: Any, **kwargs: Any) -> None:
        raise ClientError({"Error": {"Code": "SlowDown"}}, "HeadObject")

    inspector = Inspector(UploadStore(Meddled(world.s3, head_object=refuse), world.bucket), Guard(AddressRules.LOOPBACK), ImageProbe.OFF)  # type: ignore[arg-type]
    front = world.front()
    front = world.front(intake=replace(front._api.intake, inspector=inspector))
    said = world.ask("POST", "/v1/videos", body=any_body(image="upload_" + "0" * 32, duration=99), front=front)
    assert (said.status, said.complaints) == (422, {"duration"})


def test_an_invalid_order_fetches_no_image(loopback: MakeServer) -> None:
    server = loopback(http_answer(200, image_files.png(10, 10)))
    about_the_webhook = FieldComplaint(field="webhook_url", message="must be reachable")
    inspector = Inspector(NO_UPLOADS, Guard(AddressRules.LOOPBACK), ImageProbe.STRICT)
    with pytest.raises(Refusal) as caught:
        inspector.inspect({"image": server.url}, "adaptive", tenant="acme", known=[about_the_webhook])
    assert (caught.value.complaints, server.connections) == ([about_the_webhook], 0)


def test_an_invalid_webhook_refuses_an_order_without_images(world: "World") -> None:
    said = world.ask("POST", "/v1/quotes", body={"model": "seedance-v1.5-pro-t2v", "prompt": "Dusk.", "webhook_events": ["video.failed"]})
    assert (said.status, said.complaints) == (422, {"webhook_events"})


def test_a_replay_succeeds_after_the_image_is_gone(world: "World", loopback: MakeServer) -> None:
    from cliprelay.orders.intake import Intake

    server = loopback(http_answer(200, image_files.png(512, 512)))
    intake = Intake(
        world.videos,
        world.store,
        world.executions,
        world.inspector("strict"),
        world.clock,
        10,
        world.webhook_gate(),
        world.budgets,
        world.repeats,
    )

    def accept() -> Any:
        order = read_order(any_body(image=server.url), Limits(AddressRules.LOOPBACK))
        return intake.accept(order, identity=Identity("acme"), key="7", body=b"{}", base_url="")

    (video, before), asked = accept(), server.connections
    server.behave = http_answer(404)
    assert (accept(), before, asked) == ((video, True), False, 1)
    assert server.connections == 1


def test_a_quote_refuses_the_same_images_as_an_order(world: "World") -> None:
    body = any_body(image=data_uri(image_files.png(6_000, 300)), last_image="upload_" + "0" * 32)
    quoted, ordered = (world.ask("POST", path, body=body) for path in ("/v1/quotes", "/v1/videos"))
    assert (quoted.status, quoted.json) == (ordered.status, ordered.json) == (422, quoted.json)


def test_a_quote_refuses_a_missing_upload(world: "World") -> None:
    said = world.ask("POST", "/v1/quotes", body=any_body(image="upload_" + "0" * 32))
    assert (said.status, said.complaints) == (422, {"image"})


def test_quotes_and_orders_use_the_shape_of_the_image(world: "World") -> None:
    body = any_body(image=data_uri(image_files.png(512, 512)))
    quoted = world.ask("POST", "/v1/quotes", body=body).json
    assert (quoted["geometry"]["width"], quoted["geometry"]["height"], quoted["geometry"]["exact"]) == (960, 960, True)
    assert world.ask("POST", "/v1/videos", body=body).json["cost"]["tokens"] == quoted["tokens"]


@pytest.mark.parametrize("form", ["jpeg", "tiff", "webp", "png"])
def test_the_shape_of_a_frame_that_asks_to_be_turned_is_not_exact(world: "World", form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.new("L", (1_024, 768)).save(file, form, exif=exif)
    upright = data_uri(image_files.png(768, 1_024))
    said = world.ask("POST", "/v1/quotes", body=any_body(image=data_uri(file.getvalue(), form), last_image=upright, generate_audio=True))
    assert (said.json["geometry"]["exact"], said.json["warnings"]) == (False, [])


def test_a_quote_has_the_same_warnings_as_an_order(world: "World") -> None:
    body = any_body(image=data_uri(image_files.png(512, 512)), ratio="16:9", generate_audio=True)
    codes = [warning["code"] for warning in world.ask("POST", "/v1/quotes", body=body).json["warnings"]]
    assert codes == ["will_crop"]
    assert world.ask("GET", "/v1/videos").json["data"] == []


def test_a_warning_uses_the_models_own_field_name(world: "World", loopback: MakeServer) -> None:
    inspector = world.inspector("warn")
    seen = inspector.inspect({"image": loopback(http_answer(404)).url}, "adaptive", tenant="acme", names={"image": "start"})
    assert [(each["code"], each["message"].split()[0]) for each in seen.warnings] == [("image_not_probed", "`start`")]
