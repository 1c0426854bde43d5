"""The body and the headers of an order: what is documented, strictly, and the one webhook."""

from typing import Any

import pytest

from cliprelay.api.http.request import Request
from cliprelay.api.myrouter.order import EVENTS_HEADER, URL_HEADER, AskedOrder, read_order, sent_with
from cliprelay.catalog.registry import MODELS, Offer
from cliprelay.catalog.seedance_1_5 import IMAGE_TO_VIDEO, TEXT_TO_VIDEO
from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.tenants.api_keys import Identity
from tests.support.makers import request_event

URL = "https://hooks.example.com/x"


def request(body: dict[str, Any], **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    event = request_event("POST", "/v3/async/any", body=body, headers=named)
    return Request(event, identity=Identity("acme"), path={}, query={}, raw=event["body"].encode())


def asked(body: dict[str, Any], **headers: str) -> AskedOrder:
    return read_order(request(body, **headers), body, IMAGE_TO_VIDEO, Offer.of(""))


def messages(order: AskedOrder) -> dict[str, str]:
    return {each["field"]: each["message"] for each in order.complaints}


def test_the_documented_fields_are_taken_as_they_are() -> None:
    order = asked({"image": "x", "prompt": 5, "duration": "5"})
    assert order.fields == {"image": "x", "prompt": 5, "duration": "5", "model": "seedance-v1.5-pro-i2v"}
    assert order.complaints == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("aspect_ratio", "use ratio"),
        ("webhook_url", f"send the header {URL_HEADER}"),
        ("webhook_events", f"send the header {EVENTS_HEADER}"),
        ("callback_url", f"send the header {URL_HEADER}"),
        ("model", "the model is the last part of the path"),
        ("metadata", "its fields are image, prompt"),
        ("max_cost_usd", "its fields are image, prompt"),
        ("scheduled_at", "its fields are image, prompt"),
    ],
)
def test_an_unknown_field_is_refused_with_the_right_name(name: str, says: str) -> None:
    order = asked({name: None})
    assert says in messages(order)[name]
    assert name == "model" or name not in order.fields


def test_a_field_of_another_model_is_refused_with_its_path() -> None:
    order = read_order(request({}), {"image": "x"}, TEXT_TO_VIDEO, Offer(tuple(MODELS.values())))
    assert "but of seedance-v1.5-pro-i2v: the last part of the path names the model" in messages(order)["image"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [({}, {URL_HEADER: URL}), ({"extra": {"webhook": {"url": URL}}}, {})],
)
def test_the_webhook_comes_by_header_or_in_the_body(body: dict[str, Any], headers: dict[str, str]) -> None:
    order = asked(body, **headers)
    assert (order.fields["webhook_url"], order.complaints) == (URL, [])


def test_both_webhooks_are_one_too_many() -> None:
    order = asked({"extra": {"webhook": {"url": URL}}}, **{URL_HEADER: URL})
    assert "send one of the two" in messages(order)["extra.webhook.url"]


def test_the_events_are_a_list_with_commas() -> None:
    assert asked({}, **{EVENTS_HEADER: "video.failed, video.succeeded"}).fields["webhook_events"] == ["video.failed", "video.succeeded"]


@pytest.mark.parametrize("extra", [None, {}, {"webhook": None}, {"webhook": {}}, {"webhook": {"url": None}}])
def test_null_is_left_out_at_every_level(extra: object) -> None:
    order = asked({"extra": extra})
    assert ("webhook_url" in order.fields, order.complaints) == (False, [])


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        (5, "extra"),
        ({"webhook": [URL]}, "extra.webhook"),
        ({"enable_nsfw_detection": True}, "extra.enable_nsfw_detection"),
        ({"webhook": {"url": URL, "test_mode": {}}}, "extra.webhook.test_mode"),
    ],
)
def test_nothing_else_is_taken_from_extra(extra: object, field: str) -> None:
    assert list(messages(asked({"extra": extra}))) == [field]


def test_an_address_that_is_no_text_is_left_to_the_check_of_addresses() -> None:
    assert asked({"extra": {"webhook": {"url": 5}}}).fields["webhook_url"] == 5


def test_complaints_of_the_core_get_the_clients_names_and_those_about_the_body_keep_theirs() -> None:
    order = asked({"webhook_url": "x", "extra": {"webhook": {"url": "y"}}})
    ours = FieldComplaint(field="webhook_events.0", message="names events; add webhook_url")
    refusal = order.renamed(invalid_request([*order.complaints, FieldComplaint(field="webhook_url", message="must be"), ours]))
    found = {each["field"]: each["message"] for each in refusal.complaints}
    assert list(found) == ["webhook_url", "extra.webhook.url", EVENTS_HEADER]
    assert found[EVENTS_HEADER] == "names events; add extra.webhook.url"


def test_orders_with_another_path_or_webhook_are_sent_differently() -> None:
    plain, told = request({"prompt": "x"}), request({"prompt": "x"}, **{URL_HEADER: URL})
    sent = {sent_with(plain, IMAGE_TO_VIDEO), sent_with(plain, TEXT_TO_VIDEO), sent_with(told, IMAGE_TO_VIDEO)}
    assert len(sent) == 3
    assert sent_with(plain, IMAGE_TO_VIDEO) == sent_with(request({"prompt": "x"}), IMAGE_TO_VIDEO)
