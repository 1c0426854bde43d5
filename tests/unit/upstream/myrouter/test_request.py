"""The body of the paid call: our fields, by MyRouter's names, with nothing else."""

import json
from dataclasses import replace

import pytest

from cliprelay.upstream.myrouter.request import prepare
from cliprelay.upstream.myrouter.wire import WIRES, Wire, wire_of
from cliprelay.video.record import ImageSource
from tests.support.makers import any_settings, any_video, no_input


def test_every_setting_is_sent_with_its_value_and_one_that_the_model_does_not_take_is_not() -> None:
    request = prepare(any_video(), no_input)
    sent = json.loads(request.body)
    assert request.path == "/v3/async/seedance-v1.5-pro-i2v"
    assert sent == {name: value for name, value in any_settings().items() if name != "fps"} | {"image": sent["image"]}


def test_a_stored_image_is_sent_as_base64_and_an_address_as_it_is() -> None:
    stored = ImageSource(key="inputs/acme/1", content_type="image/png")
    video = replace(any_video(), image=stored, last_image=ImageSource(url="https://assets.example.com/last.png"))
    sent = json.loads(prepare(video, {"inputs/acme/1": b"picture"}.__getitem__).body)
    assert (sent["image"], sent["last_image"]) == ("data:image/png;base64,cGljdHVyZQ==", "https://assets.example.com/last.png")


def test_a_field_goes_by_the_name_that_the_provider_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"image": "start_url", "generate_audio": "add_audio"}
    monkeypatch.setitem(WIRES, any_video().model, Wire("/v3/async/other", names, frozenset({"fps"})))
    request = prepare(any_video(), no_input)
    assert request.path == "/v3/async/other"
    assert {"start_url", "add_audio", "prompt"} <= set(json.loads(request.body)).difference(names)


def test_a_model_that_another_version_knew_follows_the_familys_pattern_and_is_sent_as_it_was_recorded() -> None:
    assert wire_of("seedance-v0.9").path == "/v3/async/seedance-v0.9"
    video = replace(any_video(), model="seedance-v0.9", settings={"prompt": "Waves.", "duration": 5})
    assert set(json.loads(prepare(video, no_input).body)) == {"prompt", "duration", "image"}
