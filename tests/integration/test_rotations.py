"""The rotations of docs/operating.md, played against the product with traffic in flight: no refusal, no lost video, no gap."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook

from cliprelay.admission.controls import Controls
from cliprelay.errors import RefusedAccount
from cliprelay.tenants.api_keys import CACHE_SECONDS as KEY_SECONDS
from cliprelay.tenants.api_keys import ApiKeyTable
from cliprelay.upstream.contract import PaidRequest, Task
from cliprelay.upstream.credentials import CACHE_SECONDS as UPSTREAM_SECONDS
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.video.states import Status
from cliprelay.webhooks.secrets import CACHE_SECONDS as MASTER_SECONDS
from cliprelay.webhooks.secrets import MASTER_OVERLAP, SHOWN_AFTER, WebhookKeys
from cliprelay.webhooks.settings import OVERLAP
from tests.support.asl_walker import walk
from tests.support.delivery_runner import begun, delivering
from tests.support.fake_upstream import KEY, FakeUpstream
from tests.support.makers import NOW, TENANT, Meddled, OwnedClock, any_body, tenant_of
from tests.support.video_walk import steps_of

if TYPE_CHECKING:
    from tests.support.world import World

OLD, NEW = KEY, "the-next-upstream-key"


class Upstream(FakeUpstream):
    """Accepts the keys that are valid at that moment; polls send the key of their sandbox, `refused` lists the refused operations."""

    def __init__(self, polls_with: UpstreamKey) -> None:
        super().__init__()
        self.valid, self.refused, self.polls_with = {OLD}, list[str](), polls_with

    def create(self, request: PaidRequest, *, key: str, seconds: float | None = None) -> str:
        self.key = self._known(key, "create")
        return super().create(request, key=key, seconds=seconds)

    def task(self, task_id: str) -> Task:
        self.key = self.asks_with = self._known(self.polls_with(), "poll")
        return super().task(task_id)

    def _known(self, key: str, operation: str) -> str:
        if key in self.valid:
            return key
        self.refused.append(operation)
        raise RefusedAccount("upstream_key", "the upstream refused the account")


class Deployment:
    """The steps of one warm sandbox, which caches the upstream's key, and orders that go through it."""

    def __init__(self, world: "World") -> None:
        self.world = world
        world.upstream_key(OLD)
        self.upstream = Upstream(self.sandbox())
        self.steps = self.warm()

    def sandbox(self) -> UpstreamKey:
        return UpstreamKey(self.world.secrets, self.world.name, seconds=self.world.clock.seconds)

    def warm(self) -> dict[str, Any]:
        """Return steps whose sandbox has just read the key."""
        steps, key = steps_of(self.world, self.upstream), self.sandbox()
        key()
        steps["Submit"] = type(steps["Submit"].__self__)(**{**vars(steps["Submit"].__self__), "key": key}).submit
        return steps

    def order(self, number: int) -> str:
        body, headers = any_body(prompt=f"Lighthouse {number}."), {"Idempotency-Key": f"order-{number}"}
        answer = self.world.ask("POST", "/v1/videos", body=body, headers=headers)
        assert answer.status == 202
        return str(answer.json["id"])

    def end(self, video: str) -> Status:
        walk({"video_id": video, "run": 1}, self.steps, self.world.clock)
        return self.world.read(video).status


@pytest.fixture
def deployment(world: "World") -> Deployment:
    return Deployment(world)


# The upstream's key


def test_the_upstream_s_key_is_rotated_without_a_refusal_while_videos_are_queued_and_running(deployment: Deployment) -> None:
    world, videos = deployment.world, [deployment.order(number) for number in range(4)]
    deployment.steps["Submit"]({"video_id": videos[0], "run": 1})
    deployment.upstream.valid = {OLD, NEW}
    world.rotate(NEW)
    deployment.steps["Submit"]({"video_id": videos[1], "run": 1})
    assert deployment.upstream.keys_seen == [OLD, OLD]
    world.clock.advance(UPSTREAM_SECONDS)
    deployment.upstream.valid = {NEW}
    assert [deployment.end(video) for video in videos] == [Status.SUCCEEDED] * 4
    assert deployment.upstream.keys_seen == [OLD, OLD, NEW, NEW]
    assert (deployment.upstream.refused, world.controls.read()) == ([], Controls())


def test_an_old_key_revoked_at_once_loses_and_doubles_nothing(deployment: Deployment) -> None:
    upstream, videos = deployment.upstream, [deployment.order(number) for number in range(3)]
    deployment.steps["Submit"]({"video_id": videos[0], "run": 1})
    upstream.polls_with()
    deployment.world.rotate(NEW)
    upstream.valid = {NEW}
    deployment.steps["Submit"]({"video_id": videos[1], "run": 1})
    assert (upstream.refused, upstream.keys_seen) == (["create"], [OLD, NEW])
    started = deployment.world.clock()
    assert deployment.end(videos[0]) is Status.SUCCEEDED
    assert "poll" in upstream.refused
    assert deployment.world.clock() - started < timedelta(seconds=3 * UPSTREAM_SECONDS)
    assert [deployment.end(video) for video in videos[1:]] == [Status.SUCCEEDED] * 2
    assert (upstream.refused.count("create"), len(upstream.ledger), deployment.world.controls.read()) == (1, 3, Controls())


# API keys


def test_an_api_key_is_rotated_without_a_refusal_while_a_client_sends_requests(world: "World") -> None:
    old = world.keys.create(TENANT)
    (old_id,) = (key.key_sha256 for key in world.keys.list())
    answers = [world.ask("GET", "/v1/videos", key=old).status]
    new = world.keys.create(TENANT)
    answers += [world.ask("GET", "/v1/videos", key=key).status for key in (new, old, new)]
    world.keys.revoke(old_id)
    answers += [world.ask("GET", "/v1/videos", key=new).status]
    assert answers == [200] * 5
    world.clock.advance(KEY_SECONDS)
    assert [world.ask("GET", "/v1/videos", key=key).status for key in (old, new)] == [401, 200]


def test_the_log_shows_which_keys_are_still_in_use_by_their_ids(world: "World", caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="cliprelay.keys")
    used, idle = world.keys.create(TENANT), world.keys.create(TENANT)
    table = ApiKeyTable(world.dynamodb, world.keys_table, seconds=world.clock.seconds)
    for _ in range(3):
        tenant_of(table, used)
    tenant_of(table, "clr_of_nobody")
    ids = {key.hint: key.key_sha256[:12] for key in world.keys.list()}
    assert [(record.message, vars(record)["key_id"]) for record in caplog.records] == [("key used", ids[used[:8]])]
    assert ids[idle[:8]] not in caplog.text
    assert used not in str([vars(record) for record in caplog.records])


# Signing secrets


def verifies(secret: str, headers: Any, body: bytes) -> bool:
    """Return whether a receiver with this secret accepts a POST; the library's own check reads the machine's clock."""
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(headers["webhook-id"], moment, body.decode()) in headers["webhook-signature"].split()


class Sending:
    """A sandbox of Deliver and one of the API, each with its own cache, and a receiver that knows one secret at a time."""

    def __init__(self, world: "World") -> None:
        self.world, self.replaced_at = world, NOW - timedelta(days=400)
        world.webhook_keys()
        self.deliver_keys, self.api_keys = self._sandbox(), self._sandbox()
        self.secret = self.newest()

    def _sandbox(self) -> WebhookKeys:
        def read(real: Any, **request: Any) -> Any:
            return real(**request) | {"CreatedDate": self.replaced_at}

        return WebhookKeys(Meddled(self.world.secrets, get_secret_value=read), f"{self.world.name}-master")  # type: ignore[arg-type]

    def newest(self) -> str:
        """Return the secret that the API shows first."""
        return self.api_keys.shown(self.world.webhook_settings.of(TENANT), self.world.clock())[0].pair.shown_secret

    def sent(self, number: int) -> bool:
        """Deliver one more event, and return whether the receiver's present secret verifies it."""
        event = f"evt_{number:026}"
        delivery = begun(self.world, id=f"vid_{number:026}", event_id=event, told=event)
        sending = delivering(self.world)
        sending.carry(delivery, keys=self.deliver_keys)
        (post,) = sending.receiver.posts
        return verifies(self.secret, post.headers, post.body)

    def replace_master(self) -> None:
        self.world.secrets.put_secret_value(SecretId=f"{self.world.name}-master", SecretString="another master")
        self.replaced_at = self.world.clock()


def moments(clock: OwnedClock, *steps: timedelta) -> Iterator[int]:
    """Move the clock to each moment after NOW, and yield a number for it."""
    for number, step in enumerate(steps):
        clock.now = NOW + step
        yield number


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("switches_at", [0, 1, 3], ids=["at once", "an hour later", "in the last second"])
def test_a_tenant_s_secret_is_rotated_without_an_event_that_cannot_be_verified(switches_at: int, world: "World") -> None:
    sending = Sending(world)
    assert sending.sent(100)
    world.webhook_settings.rotate(TENANT, world.clock())
    for number in moments(world.clock, timedelta(0), timedelta(hours=1), timedelta(hours=12), OVERLAP - SECOND):
        if number == switches_at:
            assert sending.newest() != sending.secret
            sending.secret = sending.newest()
        assert sending.sent(number)
    world.clock.now = NOW + OVERLAP
    assert sending.sent(200)


@pytest.mark.parametrize("switches_at", [3, 4, 5], ids=["as soon as it is shown", "a day later", "in the last second"])
def test_the_master_secret_is_replaced_without_an_event_that_cannot_be_verified(switches_at: int, world: "World") -> None:
    sending = Sending(world)
    assert sending.sent(100)
    sending.replace_master()
    times = (timedelta(0), timedelta(seconds=MASTER_SECONDS), SHOWN_AFTER - SECOND, SHOWN_AFTER, timedelta(days=1), MASTER_OVERLAP - SECOND)
    for number in moments(world.clock, *times):
        assert (sending.newest() != sending.secret) is (number >= 3 and number <= switches_at)
        if number == switches_at:
            sending.secret = sending.newest()
        assert sending.sent(number)
    world.clock.now = NOW + MASTER_OVERLAP
    assert sending.sent(200)


def test_a_receiver_that_never_switches_is_refused_only_after_the_overlap(world: "World") -> None:
    sending = Sending(world)
    sending.replace_master()
    found = [sending.sent(number) for number in moments(world.clock, MASTER_OVERLAP - SECOND, MASTER_OVERLAP + timedelta(minutes=5))]
    assert found == [True, False]
