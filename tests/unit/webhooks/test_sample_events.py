"""Test events look like real ones, are signed like them, and can be told apart."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from cliprelay.api.v1.schemas.videos import VideoAnswer
from cliprelay.tenants.notices import BudgetNotice
from cliprelay.webhooks.retry_schedule import Reply
from cliprelay.webhooks.sample_events import SAMPLE_ID, TEST_PREFIX, SampleEvents, SentSample, sample_body
from cliprelay.webhooks.settings import BUDGET_REACHED, EVENT_TYPES
from tests.support.delivery_runner import BROKEN, OK, URL, Receiver
from tests.support.makers import NOW, TENANT, OwnedClock

if TYPE_CHECKING:
    from tests.support.world import World

SILENT = Reply(error="timeout", ms=15_000)


class Slow(Receiver):
    """A receiver that takes so many seconds for each answer, or until the limit."""

    def __init__(self, clock: OwnedClock, seconds: float) -> None:
        super().__init__(clock, lambda number: OK)
        self.took, self.limits = seconds, list[float | None]()

    def post(self, url: str, body: bytes, headers: Any, limit: float | None = None) -> Reply:
        self.limits.append(limit)
        self.clock.advance(min(self.took, limit or self.took))
        return super().post(url, body, headers) if self.took <= (limit or self.took) else SILENT


def _send(world: "World", receiver: Receiver, seconds: float = 24) -> list[SentSample]:
    samples = SampleEvents(world.webhook_keys(), receiver, world.clock, world.clock.seconds)  # type: ignore[arg-type]
    return samples.send(world.webhook_settings.of(TENANT), URL, seconds)


def signed(secret: str, event_id: str, body: bytes) -> str:
    """Return the signature as the public library makes it."""
    return Webhook(secret).sign(event_id, NOW, body.decode())


def _errors(sent: list[SentSample]) -> list[str | None]:
    return [each.reply.error for each in sent]


@pytest.mark.parametrize("kind", [kind for kind in EVENT_TYPES if kind != BUDGET_REACHED])
def test_a_sample_has_the_form_of_a_real_event_and_says_that_it_is_a_test(kind: str) -> None:
    event = json.loads(sample_body(kind, NOW))
    assert {name: event[name] for name in ("type", "timestamp", "test")} == {
        "type": kind,
        "timestamp": "2026-11-22T06:00:00Z",
        "test": True,
    }
    assert VideoAnswer.model_validate(event["data"]).id == SAMPLE_ID
    assert ("video" in event["data"], event["data"]["status"]) == (kind == "video.succeeded", kind.removeprefix("video."))


def test_the_sample_of_a_budget_is_what_a_notice_of_that_moment_says() -> None:
    facts: dict[str, Any] = {"limit": 10_000_000, "used": 8_000_000, "percent": 80, "period": "2026-11-22"}
    notice = BudgetNotice(tenant=TENANT, span="day", reached_at="2026-11-22T06:00:00Z", **facts)
    assert json.loads(sample_body(BUDGET_REACHED, NOW))["data"] == notice.data()


def test_each_type_is_sent_once_and_verifies_with_the_tenants_secret(world: "World") -> None:
    receiver = Receiver(world.clock, lambda number: OK)
    sent = _send(world, receiver)
    secret = world.webhook_keys().shown(world.webhook_settings.of(TENANT), NOW)[0].pair.shown_secret
    assert [json.loads(post.body)["type"] for post in receiver.posts] == list(EVENT_TYPES)
    for post in receiver.posts:
        assert signed(secret, post.headers["webhook-id"], post.body) in post.headers["webhook-signature"]
        assert post.headers["webhook-id"].startswith(TEST_PREFIX)
    assert (len({each.event_id for each in sent}), all(each.reply.is_success for each in sent)) == (len(EVENT_TYPES), True)


@pytest.mark.parametrize("answer", [BROKEN, Reply(410, ms=1), Reply(302, ms=1)])
def test_a_refusal_does_not_stop_the_others(world: "World", answer: Reply) -> None:
    script: Callable[[int], Reply] = lambda number: answer if number == 1 else OK  # noqa: E731
    sent = _send(world, Receiver(world.clock, script))
    assert [each.reply.status for each in sent] == [answer.status, *[200] * (len(EVENT_TYPES) - 1)]


def test_after_silence_nothing_more_is_sent(world: "World") -> None:
    receiver = Receiver(world.clock, lambda number: SILENT)
    assert _errors(_send(world, receiver)) == ["timeout", *["not_sent"] * (len(EVENT_TYPES) - 1)]
    assert len(receiver.posts) == 1


def test_a_slow_receiver_gets_what_there_is_time_for(world: "World") -> None:
    receiver = Slow(world.clock, 7)
    begun = world.clock.seconds()
    assert _errors(_send(world, receiver)) == [None, None, None, "timeout", *["not_sent"] * (len(EVENT_TYPES) - 4)]
    assert receiver.limits == [15, 15, 10, 3]
    assert world.clock.seconds() - begun == 24
