"""`python -m operate webhooks` and `resend`."""

import argparse
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.webhooks.retry_schedule import Reply
from cliprelay.webhooks.sample_events import SampleEvents
from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.settings import EVENT_TYPES
from operate.commands.resend import EVENTS_PER_SECOND, resend_events, timestamp
from operate.commands.webhooks import MASTER_LENGTH
from tests.support.delivery_runner import BROKEN, EVENT, OK, URL, Receiver, begun, delivering, ended_video
from tests.support.makers import TENANT, any_video
from tests.support.operate_stack import Operate
from tests.support.world import template_resources

if TYPE_CHECKING:
    from tests.support.world import World


@pytest.fixture
def world(moto_world: "World") -> "World":
    """Return one in moto, where a secret has the time of its storing."""
    return moto_world


def test_settings_are_shown_with_the_urls_host_and_the_secrets(world: "World", operate: Operate) -> None:
    status, out, _ = operate("webhooks", "set", "--tenant", TENANT, "--url", URL, "--events", "video.failed,video.succeeded")
    assert status == 0
    assert world.webhook_settings.of(TENANT).url == URL
    assert "geheim" not in out
    pair = derive("the master of all tests", TENANT, 1)
    _, out, _ = operate("webhooks", "show", "--tenant", TENANT)
    assert all(part in out for part in ("https://hooks.example.com/...", "video.failed", pair.shown_secret, pair.shown_public))


def test_set_without_url_removes_the_webhook_and_off_retains_the_url(world: "World", operate: Operate) -> None:
    operate("webhooks", "set", "--tenant", TENANT, "--url", URL, "--off")
    assert (world.webhook_settings.of(TENANT).url, world.webhook_settings.of(TENANT).enabled) == (URL, False)
    operate("webhooks", "set", "--tenant", TENANT)
    assert world.webhook_settings.of(TENANT).url is None


@pytest.mark.parametrize("words", [["--url", "http://hooks.example.com/"], ["--url", "https://127.0.0.1/"], ["--events", "video.running"]])
def test_invalid_settings_are_rejected(world: "World", operate: Operate, words: list[str]) -> None:
    status, _, err = operate("webhooks", "set", "--tenant", TENANT, *words)
    assert status in (1, 2)
    assert words[0] in err
    assert world.webhook_settings.of(TENANT).url is None


def test_a_rotation_shows_both_versions(operate: Operate) -> None:
    status, out, err = operate("webhooks", "rotate", "--tenant", TENANT)
    assert status == 0
    assert "Version 2 signs from now on" in err
    assert all(derive("the master of all tests", TENANT, version).shown_secret in out for version in (1, 2))


def test_a_fifth_valid_version_is_rejected(operate: Operate) -> None:
    assert [operate("webhooks", "rotate", "--tenant", TENANT)[0] for _ in range(4)] == [0, 0, 0, 1]


def test_a_new_master_signs_next_to_the_previous_one_and_is_not_shown_yet(world: "World", operate: Operate) -> None:
    before = operate("webhooks", "show", "--tenant", TENANT)[1]
    status, out, _ = operate("webhooks", "rotate-master", "--yes")
    assert (status, "webhooks show --tenant T" in out) == (0, True)
    stored = world.secrets.get_secret_value(SecretId=f"{world.name}-master")["SecretString"]
    assert re.fullmatch(r"[A-Za-z0-9]{64}", stored)
    assert stored not in out
    assert operate("webhooks", "show", "--tenant", TENANT)[1] == before
    signing = world.webhook_keys().signing(world.webhook_settings.of(TENANT), datetime.now(UTC))
    assert signing == [derive(stored, TENANT, 1), derive("the master of all tests", TENANT, 1)]


def test_a_master_is_not_replaced_while_the_previous_one_signs_unless_forced(world: "World", operate: Operate) -> None:
    stored = [world.secrets.get_secret_value(SecretId=f"{world.name}-master")["SecretString"]]
    for words, status in ((["--yes"], 0), (["--yes"], 1), (["--yes", "--force"], 0)):
        assert operate("webhooks", "rotate-master", *words)[0] == status
        stored.append(world.secrets.get_secret_value(SecretId=f"{world.name}-master")["SecretString"])
    assert [stored[1] == stored[0], stored[2] == stored[1], stored[3] == stored[2]] == [False, True, False]


def test_a_master_is_replaced_only_after_a_yes(world: "World", operate: Operate) -> None:
    status, _, err = operate("webhooks", "rotate-master")
    assert (status, "nothing was changed" in err) == (1, True)
    assert world.secrets.get_secret_value(SecretId=f"{world.name}-master")["SecretString"] == "the master of all tests"


def test_a_new_master_has_the_length_of_the_generated_one() -> None:
    generated = template_resources()["WebhookMasterSecret"]["Properties"]["GenerateSecretString"]
    assert generated == {"PasswordLength": MASTER_LENGTH, "ExcludePunctuation": True}


# Resend


def _given(**changes: Any) -> argparse.Namespace:
    usual = {"since": timestamp("2026-11-22T06:00:00Z"), "until": timestamp("2026-11-22T07:00:00"), "tenant": None, "failed_only": False}
    return argparse.Namespace(**usual | changes)


def _again(world: "World", **changes: Any) -> dict[str, int]:
    paused: list[float] = []
    count = resend_events(_given(**changes), list(world.videos.every()), world.dispatch(), paused.append)
    assert paused == [1 / EVENTS_PER_SECOND] * count["sent"]
    return {name: number for name, number in count.items() if number}


def _at(world: "World", number: int, time: str, **changes: Any) -> None:
    world.put(ended_video(id=f"vid_{number}", event_id=f"evt_{number}", event_at=f"2026-11-22T{time}Z", **changes))


def test_only_events_in_the_range_are_sent_under_their_original_ids(world: "World") -> None:
    for number, time in enumerate(("05:59:59", "06:00:00", "06:59:59", "07:00:00")):
        _at(world, number, time)
    world.put(any_video(webhook_url=URL))
    assert _again(world) == {"sent": 2}
    assert world.started() == ["evt_1-1", "evt_2-1"]


def test_only_one_tenants_events_are_sent(world: "World") -> None:
    _at(world, 1, "06:00:00")
    _at(world, 2, "06:00:00", tenant="other")
    assert _again(world, tenant="other") == {"sent": 1}
    assert world.started() == ["evt_2-1"]


def test_failed_only_skips_delivered_and_active_deliveries(world: "World") -> None:
    delivering(world).carry(begun(world, id="vid_1", event_id="evt_1"))
    delivering(world, lambda number: BROKEN).carry(begun(world, id="vid_2", event_id="evt_2"))
    begun(world, id="vid_3", event_id="evt_3")
    assert _again(world, failed_only=True) == {"sent": 1, "not failed": 2}
    assert "evt_2-2" in world.started()


def test_events_without_a_webhook_are_counted_and_skipped(world: "World") -> None:
    _at(world, 1, "06:00:00", webhook_url=None)
    assert _again(world) == {"no webhook": 1}


def test_the_command_prints_the_count(world: "World", operate: Operate) -> None:
    world.put(ended_video(expires_at=None))
    status, out, _ = operate("resend", "--since", "2026-11-22T06:00:00Z", "--until", "2026-11-22T07:00:00Z")
    assert (status, out) == (0, "Sent again: 1. Skipped: 0 that did not fail, 0 without a webhook.\n")
    assert world.started() == [f"{EVENT}-1"]


@pytest.mark.parametrize("words", [["--since", "yesterday"], ["--since", "2026-11-22T07:00:00Z"]])
def test_an_invalid_time_range_is_rejected(operate: Operate, words: list[str]) -> None:
    assert operate("resend", *words, "--until", "2026-11-22T07:00:00Z")[0] == 2


# Test events


def _answering(monkeypatch: pytest.MonkeyPatch, world: "World", answer: Reply) -> Receiver:
    receiver = Receiver(world.clock, lambda number: answer)
    samples = SampleEvents(world.webhook_keys(), receiver, world.clock, world.clock.seconds)  # type: ignore[arg-type]
    monkeypatch.setattr("operate.stores.sample_events", lambda deployment: samples)
    return receiver


def test_test_events_are_sent_and_their_answers_shown(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = _answering(monkeypatch, world, OK)
    world.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    status, out, _ = operate("webhooks", "test", "--tenant", TENANT)
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["event", *EVENT_TYPES]
    assert "geheim" not in out
    assert {post.url for post in receiver.posts} == {URL}


def test_a_test_event_that_is_not_delivered_is_an_error(world: "World", operate: Operate, monkeypatch: pytest.MonkeyPatch) -> None:
    _answering(monkeypatch, world, BROKEN)
    status, out, err = operate("webhooks", "test", "--tenant", TENANT, "--url", URL)
    assert status == 1
    assert f"{len(EVENT_TYPES)} of {len(EVENT_TYPES)} test events were not delivered" in err
    assert out.count(" 500 ") == len(EVENT_TYPES)


def test_test_events_need_an_address_that_is_allowed(operate: Operate) -> None:
    status, _, err = operate("webhooks", "test", "--tenant", TENANT)
    assert (status, "has no webhook" in err) == (1, True)
    status, _, err = operate("webhooks", "test", "--tenant", TENANT, "--url", "https://10.0.0.1/")
    assert (status, "--url" in err) == (1, True)
