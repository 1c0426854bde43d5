"""Deliver makes one attempt at a time, in the real state machine file on a virtual clock."""

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from standardwebhooks import Webhook

from cliprelay.faces.ark import task_of
from cliprelay.video.states import Status
from cliprelay.webhooks.delivery import DeliveryStatus
from cliprelay.webhooks.dispatch import NothingToSend
from cliprelay.webhooks.retry_schedule import STEPS, Reply
from cliprelay.webhooks.settings import PATIENCE
from cliprelay.webhooks.signing import KeyPair
from cliprelay.workflow.deletion import Deletion
from tests.support.delivery_runner import BROKEN, EVENT, GONE, OK, URL, Delivering, Post, begun, delivering, ended_video
from tests.support.makers import NOW, TENANT, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

HOUR = 3_600


def _down_for(world: "World", hours: float) -> Any:
    """Return a receiver that is down for this long from now on."""
    up = world.clock.now + timedelta(hours=hours)
    return lambda number: OK if world.clock.now >= up else Reply(error="connect", ms=1)


def _with_default(world: "World", **settings: Any) -> None:
    world.webhook_settings.put(TENANT, **{"url": URL, "events": None, "enabled": True} | settings)


# The form


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        ({"face": "openai"}, "video.completed"),
        ({"face": None}, "video.succeeded"),
        # The tenant's own webhook takes events of all its videos, in one form.
        ({"face": "openai", "webhook_url": None}, "video.succeeded"),
    ],
)
def test_an_event_has_the_form_of_the_api_of_its_order_at_the_webhook_of_its_order(
    world: "World", parts: dict[str, Any], kind: str
) -> None:
    _with_default(world)
    work = delivering(world)
    assert work.carry(begun(world, **parts)).last == "Delivered"
    (post,) = work.receiver.posts
    assert json.loads(post.body)["type"] == kind


# The schedule


def test_nine_failures_and_a_success_deliver_once_under_one_id_with_new_timestamps(world: "World") -> None:
    work = delivering(world, lambda number: OK if number == 10 else BROKEN)
    walked = work.carry(begun(world))
    assert walked.last == "Delivered"
    posts = work.receiver.posts
    assert [round(post.at - posts[0].at) for post in posts] == [sum(STEPS[1 : number + 1]) for number in range(10)]
    assert {post.headers["webhook-id"] for post in posts} == {EVENT}
    assert [int(post.headers["webhook-timestamp"]) for post in posts] == [int(post.at) for post in posts]
    delivery = world.deliveries.get(f"{EVENT}-1")
    assert delivery
    assert (delivery.status, delivery.due, delivery.next_at) == (DeliveryStatus.DELIVERED, None, None)
    assert [attempt["status"] for attempt in delivery.attempts] == [500] * 9 + [200]
    assert delivery.expires_at == ended_video().expires_at


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_a_receiver_that_is_down_for_71_hours_gets_its_event_once(world: "World", jitter: float) -> None:
    work = delivering(world, _down_for(world, 71), jitter=jitter)
    assert work.carry(begun(world)).last == "Delivered"
    assert len(work.receiver.posts) == 10
    assert (work.receiver.posts[-1].at - NOW.timestamp()) / HOUR >= 75.58


def test_each_attempt_contains_a_freshly_signed_url(world: "World", monkeypatch: pytest.MonkeyPatch) -> None:
    signed = count(1)
    monkeypatch.setattr(world.store, "presign", lambda key, **_: f"https://signed.example.com/{next(signed)}")
    work = delivering(world, lambda number: OK if number == 3 else BROKEN)
    work.carry(begun(world))
    links = [json.loads(post.body)["data"]["video"]["url"] for post in work.receiver.posts]
    assert links == [f"https://signed.example.com/{number}" for number in (1, 2, 3)]


def test_the_event_is_the_video_as_the_api_shows_it(world: "World") -> None:
    work = delivering(world)
    delivery = begun(world)
    work.carry(delivery)
    (post,) = work.receiver.posts
    event = json.loads(post.body)
    shown = world.ask("GET", f"/v1/videos/{delivery.video_id}").json
    for video in (event["data"], shown):
        video["video"].pop("url")
    assert (event["type"], event["timestamp"], event["data"]) == ("video.succeeded", "2026-11-22T06:01:00Z", shown)
    assert post.url == URL


def test_a_300_kb_prompt_of_an_old_record_is_truncated_to_20_kb(world: "World") -> None:
    work = delivering(world)
    settings = ended_video().settings | {"prompt": "🌊" * 75_000}
    assert work.carry(begun(world, settings=settings)).last == "Delivered"
    assert len(work.receiver.posts[0].body) <= 20_000


def test_retry_after_of_the_receiver_is_honoured(world: "World") -> None:
    work = delivering(world, lambda number: OK if number == 2 else Reply(429, retry_after=120))
    work.carry(begun(world))
    first, second = work.receiver.posts
    assert second.at - first.at == 120


def test_ten_failures_end_in_the_dead_letter_queue_and_notify_the_operator(world: "World") -> None:
    work = delivering(world, lambda number: Reply(503))
    walked = work.carry(begun(world))
    assert walked.last == "Exhausted"
    (letter,) = work.letters.sent
    body = json.loads(letter["MessageBody"])
    assert (body["event_id"], body["tenant"], body["url_host"], len(body["attempts"])) == (EVENT, TENANT, "hooks.example.com", 10)
    (message,) = work.letters.published
    assert EVENT in message["Message"]
    assert work.counted == ["UndeliveredEvents"]
    assert "geheim" not in json.dumps([work.letters.sent, work.letters.published])
    assert world.deliveries.get(f"{EVENT}-1").status is DeliveryStatus.FAILED  # type: ignore[union-attr]


def test_the_execution_history_stays_far_below_the_limit(world: "World") -> None:
    assert delivering(world, lambda number: BROKEN).carry(begun(world)).events < 150


def test_a_thousand_dead_letters_in_an_hour_send_one_message_to_the_operator(world: "World") -> None:
    work = delivering(world, lambda number: BROKEN)
    for number in range(3):
        video = world.put(ended_video(id=f"vid_{number}", event_id=f"evt_{number}"))
        world.dispatch().first(video)
        delivery = world.deliveries.get(f"evt_{number}-1")
        assert delivery
        world.clock.now = NOW
        work.carry(delivery)
    assert (len(work.letters.sent), len(work.letters.published)) == (3, 1)


# Endpoints that are gone


def test_410_ends_the_delivery_of_a_request_webhook_and_notifies_the_operator(world: "World") -> None:
    work = delivering(world, lambda number: GONE)
    assert work.carry(begun(world)).last == "Disabled"
    (message,) = work.letters.published
    assert "410" in message["Message"]
    assert "geheim" not in message["Message"]
    assert work.letters.sent == []


def test_410_disables_a_default_webhook_until_its_tenant_sets_it_again(world: "World") -> None:
    _with_default(world)
    work = delivering(world, lambda number: GONE if number == 1 else OK)
    assert work.carry(begun(world, webhook_url=None)).last == "Disabled"
    assert len(work.letters.published) == 1
    settings = world.webhook_settings.of(TENANT)
    assert (settings.disabled_for, settings.disabled_at is not None) == ("gone", True)
    # The next event is recorded but not sent.
    world.put(ended_video(id="vid_2", event_id="evt_2", webhook_url=None))
    world.dispatch().first(world.read("vid_2"))
    second = world.deliveries.get("evt_2-1")
    assert second
    assert work.carry(second).last == "Disabled"
    assert (len(work.receiver.posts), len(work.letters.published)) == (1, 1)
    # A tenant that sets it again receives the missed events.
    _with_default(world)
    assert work.carry(world.dispatch().again(world.read("vid_2"))).last == "Delivered"


def test_a_410_from_a_replaced_url_disables_nothing(world: "World") -> None:
    _with_default(world)

    def answer(number: int) -> Reply:
        _with_default(world, url="https://new.example.com/")
        return GONE

    delivering(world, answer).carry(begun(world, webhook_url=None))
    assert world.webhook_settings.of(TENANT).takes_events()


def test_a_default_webhook_that_fails_for_five_days_is_disabled_and_the_operator_notified(world: "World") -> None:
    _with_default(world)
    work = delivering(world, lambda number: BROKEN)
    work.carry(begun(world, webhook_url=None))
    assert world.webhook_settings.of(TENANT).takes_events()
    world.clock.now = NOW + timedelta(days=3)
    world.put(ended_video(id="vid_2", event_id="evt_2", webhook_url=None))
    world.dispatch().first(world.read("vid_2"))
    work.carry(world.deliveries.get("evt_2-1"))  # type: ignore[arg-type]
    assert world.clock.now - NOW > PATIENCE
    assert world.webhook_settings.of(TENANT).disabled_for == "failing"
    assert any("five days" in message["Message"] for message in work.letters.published)


def test_one_success_resets_the_failure_period(world: "World") -> None:
    _with_default(world)
    delivering(world, lambda number: BROKEN if number < 3 else OK).carry(begun(world, webhook_url=None))
    assert world.webhook_settings.of(TENANT).failing_since is None


def test_a_corrected_url_takes_effect_at_the_next_attempt(world: "World") -> None:
    _with_default(world, url="https://old.example.com/")

    def answer(number: int) -> Reply:
        if number == 2:
            _with_default(world, url="https://new.example.com/")
        return OK if number == 3 else BROKEN

    work = delivering(world, answer)
    assert work.carry(begun(world, webhook_url=None)).last == "Delivered"
    assert [post.url for post in work.receiver.posts] == ["https://old.example.com/"] * 2 + ["https://new.example.com/"]
    delivery = world.deliveries.get(f"{EVENT}-1")
    assert [attempt["host"] for attempt in delivery.attempts] == ["old.example.com"] * 2 + ["new.example.com"]  # type: ignore[union-attr]


def test_a_removed_webhook_receives_nothing_more(world: "World") -> None:
    _with_default(world)
    delivery = begun(world, webhook_url=None)
    _with_default(world, url=None)
    work = delivering(world)
    assert work.carry(delivery).last == "Disabled"
    assert (work.receiver.posts, work.letters.published) == ([], [])


# Rotation


def _signed_by(pair: KeyPair, post: Post) -> str:
    return Webhook(pair.secret).sign(post.headers["webhook-id"], datetime.fromtimestamp(post.at, UTC), post.body.decode())


def test_both_secrets_verify_for_a_day_after_a_rotation_and_then_only_the_new_one(world: "World") -> None:
    from cliprelay.webhooks.secrets import derive

    old, new = (derive("the master of all tests", TENANT, version) for version in (1, 2))
    world.webhook_settings.rotate(TENANT, world.clock())
    work = delivering(world, lambda number: BROKEN)
    world.clock.advance(23 * HOUR)
    work.carry(begun(world))
    # Attempts at 23 h, …, 30.6 h and later.
    early, late = work.receiver.posts[0], work.receiver.posts[-1]
    posts = (early, late)
    signed = [[part for part in post.headers["webhook-signature"].split(" ") if part.startswith("v1,")] for post in posts]
    by = {pair: [_signed_by(pair, post) for post in posts] for pair in (old, new)}
    assert signed[0] == [by[new][0], by[old][0]]
    assert signed[1] == [by[new][1]]


# Crashes and our own errors


def _interrupted(work: Delivering, operation: str, index: int, *, after: bool) -> Any:
    """Return an AWS client that kills the process at the `index`-th call of an operation, before or after its effect."""
    seen = count()

    def die(real: Any, **kwargs: Any) -> Any:
        if next(seen) != index:
            return real(**kwargs)
        if after:
            real(**kwargs)
        raise SystemExit("killed")

    return Meddled(work.world.dynamodb, **{operation: die})


def _calls(world: "World", work: Delivering) -> list[tuple[str, int]]:
    """Return every call to the table in a delivery with one failure."""
    made: list[str] = []

    def note(name: str) -> Any:
        return lambda real, **kwargs: (made.append(name), real(**kwargs))[1]  # type: ignore[func-returns-value]

    client = Meddled(world.dynamodb, get_item=note("get_item"), update_item=note("update_item"))
    work.carry(begun(world), **_over(world, client))
    return [(name, made[:place].count(name)) for place, name in enumerate(made)]


def _over(world: "World", client: Any) -> dict[str, Any]:
    from cliprelay.webhooks.settings import WebhookSettingsTable
    from cliprelay.webhooks.table import DeliveryTable

    tables = (DeliveryTable(client, world.webhooks_table), WebhookSettingsTable(client, world.webhooks_table))
    return {"videos": world.videos_over(client), "deliveries": tables[0], "settings": tables[1]}


class _Restarted:
    """Repeat a Deliver that dies a minute later with the same input, as Step Functions does."""

    def __init__(self, work: Delivering, client: Any) -> None:
        self._step, self._clean, self._clock = work.step(**_over(work.world, client)), work.step(), work.world.clock

    def deliver(self, event: Any) -> Any:
        try:
            return self._step.deliver(event)
        except SystemExit:
            self._clock.advance(60)
            return self._clean.deliver(event)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_any_call_loses_no_event_and_every_post_is_recorded(world: "World", after: bool) -> None:
    from tests.support.asl_walker import walk

    def answer(number: int) -> Reply:
        return OK if number == 2 else BROKEN

    calls = _calls(world, delivering(world, answer))
    assert len(calls) > 8
    for place, (operation, index) in enumerate(calls):
        world.clock.now = NOW
        video = world.put(ended_video(id=f"vid_{place}", event_id=f"evt_{place}"))
        world.dispatch().first(video)
        up_at = NOW + timedelta(seconds=3)
        work = delivering(world, lambda number, up_at=up_at: OK if world.clock.now >= up_at else BROKEN)  # type: ignore[misc]
        restarted = _Restarted(work, _interrupted(work, operation, index, after=after))
        data = {"video_id": video.id, "event_id": f"evt_{place}", "delivery": 1}
        assert walk(data, {"Deliver": restarted.deliver}, world.clock, "delivery").last == "Delivered", (operation, index)
        delivery = world.deliveries.get(f"evt_{place}-1")
        assert delivery
        assert delivery.status is DeliveryStatus.DELIVERED
        assert len(work.receiver.posts) <= len(delivery.attempts), (operation, index)
        assert {post.headers["webhook-id"] for post in work.receiver.posts} == {f"evt_{place}"}


def test_an_attempt_interrupted_by_a_crash_is_recorded_and_repeated(world: "World") -> None:
    def die(number: int) -> Reply:
        raise SystemExit("killed")

    delivery = begun(world)
    with pytest.raises(SystemExit):
        delivering(world, die).deliver(delivery)
    work = delivering(world)
    # The process might still be running: no other invocation sends meanwhile.
    assert work.deliver(delivery)["next"] == "wait"
    assert work.receiver.posts == []
    world.clock.advance(60)
    assert work.deliver(delivery)["next"] == "delivered"
    attempts = world.deliveries.get(f"{EVENT}-1").attempts  # type: ignore[union-attr]
    assert [attempt.get("error") or attempt["status"] for attempt in attempts] == ["interrupted", 200]


def test_a_repeated_invocation_whose_first_result_was_lost_waits_and_does_not_send(world: "World") -> None:
    work = delivering(world, lambda number: BROKEN)
    delivery = begun(world)
    work.deliver(delivery)
    again = work.deliver(delivery)
    assert (again["next"], again["attempt"], again["wait"]) == ("wait", 1, 5)
    assert len(work.receiver.posts) == 1


def test_of_two_concurrent_invocations_one_sends_and_the_other_waits(world: "World") -> None:
    work, delivery, met = delivering(world, lambda number: BROKEN), begun(world), count()

    def meanwhile(real: Any, **kwargs: Any) -> Any:
        if next(met) == 0:
            work.deliver(delivery)
        return real(**kwargs)

    assert work.deliver(delivery, **_over(world, Meddled(world.dynamodb, update_item=meanwhile)))["next"] == "wait"
    assert len(work.receiver.posts) == 1


def test_our_own_error_does_not_count_as_an_attempt(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "any")

    work, delivery = delivering(world), begun(world)
    for operation in ("get_item", "update_item"):
        with pytest.raises(ClientError):
            work.deliver(delivery, **_over(world, Meddled(world.dynamodb, **{operation: fail})))
    assert work.receiver.posts == []
    assert world.deliveries.get(f"{EVENT}-1").attempts == []  # type: ignore[union-attr]
    assert work.deliver(delivery)["next"] == "delivered"


def test_a_crash_while_alerting_repeats_the_alert_and_sends_nothing_more(world: "World") -> None:
    work = delivering(world, lambda number: GONE)
    delivery = begun(world)
    publish = work.letters.publish

    def die(**message: Any) -> None:
        publish(**message)
        raise SystemExit("killed")

    work.letters.publish = die  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        work.deliver(delivery)
    work.letters.publish = publish  # type: ignore[method-assign]
    assert work.deliver(delivery)["next"] == "disabled"
    assert (len(work.receiver.posts), len(work.letters.published)) == (1, 2)


# Nothing leaks between tenants or into logs


def test_an_execution_contains_only_ids_numbers_and_fixed_words(world: "World") -> None:
    work = delivering(world, lambda number: BROKEN)
    answer = work.deliver(begun(world))
    assert set(answer) == {"video_id", "event_id", "delivery", "attempt", "next", "wait"}
    assert "geheim" not in json.dumps(answer)
    assert "whsec" not in json.dumps(answer)


def test_the_log_contains_only_the_host_of_a_url(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        delivering(world).deliver(begun(world))
    said = " ".join(str(vars(line)) for line in caplog.records)
    assert "hooks.example.com" in said
    assert "geheim" not in said


def test_records_contain_no_url_or_secret_except_what_the_tenant_set(world: "World") -> None:
    delivering(world, lambda number: BROKEN).carry(begun(world))
    items = json.dumps(world.dynamodb.scan(TableName=world.webhooks_table)["Items"])
    assert "geheim" not in items
    assert "whsec" not in items


def test_two_tenants_get_their_own_events_signed_with_their_own_secrets(world: "World") -> None:
    from cliprelay.webhooks.secrets import derive

    work, tenants = delivering(world), ("acme", "other")
    for tenant in tenants:
        world.webhook_settings.put(tenant, url=f"https://{tenant}.example.com/", events=None, enabled=True)
        video = world.put(ended_video(id=f"vid_{tenant}", event_id=f"evt_{tenant}", tenant=tenant, webhook_url=None))
        world.dispatch().first(video)
        work.carry(world.deliveries.get(f"evt_{tenant}-1"))  # type: ignore[arg-type]
    for tenant, post in zip(tenants, work.receiver.posts, strict=True):
        assert post.url == f"https://{tenant}.example.com/"
        assert json.loads(post.body)["data"]["id"] == f"vid_{tenant}"
        signed = {owner: _signed_by(derive("the master of all tests", owner, 1), post) for owner in tenants}
        assert [owner for owner in tenants if signed[owner] in post.headers["webhook-signature"]] == [tenant]


def test_the_delivery_of_a_missing_video_ends(world: "World") -> None:
    delivery = begun(world)
    world.dynamodb.delete_item(TableName=world.videos_table, Key={"id": {"S": delivery.video_id}})
    work = delivering(world)
    assert work.carry(delivery).last == "Disabled"
    assert work.receiver.posts == []


# A deleted video


def _delete(world: "World", video_id: str) -> None:
    assert Deletion(world.videos, world.deliveries, world.clock).delete(video_id)


def test_an_event_of_a_video_that_is_deleted_meanwhile_goes_on_with_ids_only(world: "World") -> None:
    def fail_and_delete(number: int) -> Reply:
        if number == 1:
            _delete(world, ended_video().id)
        return BROKEN if number < 3 else OK

    work = delivering(world, fail_and_delete)
    assert work.carry(begun(world, metadata={"order": "4712"})).last == "Delivered"
    first, *later = (json.loads(post.body) for post in work.receiver.posts)
    assert first["data"]["metadata"] == {"order": "4712"}
    assert [each["data"] for each in later] == [
        {"id": ended_video().id, "object": "video", "status": "succeeded", "deleted_at": "2026-11-22T06:00:00Z"}
    ] * 2
    assert {post.url for post in work.receiver.posts} == {URL}


def test_no_event_of_a_deleted_video_is_sent_again(world: "World") -> None:
    delivery = begun(world)
    _delete(world, delivery.video_id)
    with pytest.raises(NothingToSend, match="was deleted"):
        world.dispatch().again(world.read(delivery.video_id))


# Orders through the Ark API


def _ark(**changes: Any) -> dict[str, Any]:
    return {"face": "ark", "asked_model": "seedance-1-5-pro-251215", "link": "A" * 43, **changes}


def test_a_callback_gets_the_task_as_a_get_shows_it_signed_as_every_webhook(world: "World") -> None:
    work = delivering(world)
    work.deliver(begun(world, **_ark()))
    (post,) = work.receiver.posts
    keys = world.webhook_keys().signing(world.webhook_settings.of(TENANT), world.clock())
    assert _signed_by(keys[0], post) in post.headers["webhook-signature"]
    task = json.loads(post.body)
    assert task == task_of(ended_video(**_ark()))
    assert task["content"]["video_url"].startswith("https://api.example.com/v1/links/")


def test_the_event_of_a_run_has_a_delivery_of_its_own_and_shows_the_task_as_it_is_then(world: "World") -> None:
    video = world.put(any_video(status=Status.RUNNING, webhook_url=URL, **_ark()))
    world.dispatch().running(video)
    (running,) = world.deliveries.of_video(video.id)
    work = delivering(world, lambda number: BROKEN if number == 1 else OK)
    work.deliver(running)
    ended = begun(world, **_ark())
    work.deliver(ended)
    world.clock.advance(60)
    assert work.carry(running).last == "Delivered"
    assert running.event_id != ended.event_id
    said = [(post.headers["webhook-id"], json.loads(post.body)["status"]) for post in work.receiver.posts]
    assert said == [(running.event_id, "running"), (ended.event_id, "succeeded"), (running.event_id, "succeeded")]


def test_an_unconfirmed_task_is_called_back_as_running(world: "World") -> None:
    work = delivering(world)
    work.deliver(begun(world, **_ark(status=Status.UNCONFIRMED)))
    assert json.loads(work.receiver.posts[0].body)["status"] == "running"


def test_the_tenants_own_webhook_gets_our_own_form_of_a_task(world: "World") -> None:
    _with_default(world)
    work = delivering(world)
    work.deliver(begun(world, **_ark(webhook_url=None)))
    assert json.loads(work.receiver.posts[0].body)["type"] == "video.succeeded"
