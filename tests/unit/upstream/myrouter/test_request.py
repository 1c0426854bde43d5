"""The body of the paid call contains the model's fields under MyRouter's names, and nothing else."""

import json
from dataclasses import replace

import pytest

from cliprelay.upstream.myrouter.request import prepare
from cliprelay.upstream.myrouter.wire import WIRES, Wire, wire_of
from cliprelay.video.record import ImageSource
from tests.support.makers import any_settings, any_video, no_input


def test_every_setting_that_the_model_accepts_is_sent_and_no_other() -> None:
    request = prepare(any_video(), no_input)
    sent = json.loads(request.body)
    assert request.path == "/v3/async/seedance-v1.5-pro-i2v"
    assert request.body == json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
    assert sent == {name: value for name, value in any_settings().items() if name != "fps"} | {"image": sent["image"]}


def test_a_stored_image_is_sent_as_base64_and_a_url_unchanged() -> None:
    stored = ImageSource(key="inputs/acme/1", content_type="image/png")
    video = replace(any_video(), image=stored, last_image=ImageSource(url="https://assets.example.com/last.png"))
    sent = json.loads(prepare(video, {"inputs/acme/1": b"picture"}.__getitem__).body)
    assert (sent["image"], sent["last_image"]) == ("data:image/png;base64,cGljdHVyZQ==", "https://assets.example.com/last.png")


def test_a_field_is_sent_under_the_providers_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"image": "start_url", "generate_audio": "add_audio"}
    monkeypatch.setitem(WIRES, any_video().model, Wire("/v3/async/other", names, frozenset({"fps"})))
    request = prepare(any_video(), no_input)
    assert request.path == "/v3/async/other"
    assert {"start_url", "add_audio", "prompt"} <= set(json.loads(request.body)).difference(names)


def test_a_model_without_an_entry_follows_the_familys_pattern_and_is_sent_unchanged() -> None:
    assert wire_of("seedance-v0.9").path == "/v3/async/seedance-v0.9"
    video = replace(any_video(), model="seedance-v0.9", settings={"prompt": "Waves.", "duration": 5})
    assert set(json.loads(prepare(video, no_input).body)) == {"prompt", "duration", "image"}
