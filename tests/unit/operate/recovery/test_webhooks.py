"""Lost webhook settings and deliveries come back; versions of secrets never go back, and events are sent under their own ids."""

from dataclasses import asdict
from datetime import timedelta
from itertools import chain, count
from typing import Any

import pytest

from cliprelay.aws.items import plain, typed
from cliprelay.aws.table import Table
from cliprelay.webhooks.delivery import Delivery, DeliveryStatus, delivery_id
from operate.recovery.report import AGAIN, COPIED, EXISTS, EXPIRED, UNKNOWN
from operate.recovery.webhooks import CONTINUED, RAISED, SENT_AGAIN, WebhookCopier
from tests.support.makers import NOW, TENANT, Meddled, OwnedClock
from tests.support.world import World

URL = "https://hooks.example.com/clips"
EVENT = "evt_01M81CB6M1T4PSZ9EXW2A4PSJE"
LATER, PAST = int((NOW + timedelta(days=20)).timestamp()), int(NOW.timestamp())
_NUMBERS = count(1)


@pytest.fixture
def live() -> World:
    return World(OwnedClock(), f"hooks-live-{next(_NUMBERS)}")


@pytest.fixture
def restored() -> World:
    return World(OwnedClock(), f"hooks-restored-{next(_NUMBERS)}")


def copy(live: World, restored: World, *, dry_run: bool = False, client: Any = None) -> list[str]:
    tables = Table(restored.dynamodb, restored.webhooks_table), Table(client or live.dynamodb, live.webhooks_table)
    return [result for _, result, _ in WebhookCopier(*tables, live.clock, dry_run).copy()]


def put(world: World, status: DeliveryStatus = DeliveryStatus.PENDING, number: int = 1, **changes: Any) -> str:
    name = delivery_id(EVENT, number)
    due = {"due": "delivery", "due_at": 0} if status is DeliveryStatus.PENDING else {}
    values = {"id": name, "video_id": "vid_1", "owner": TENANT, "event_id": EVENT, "number": number, "kind": "video.succeeded"}
    values |= {"event_at": "2026-11-22T06:00:00Z", "created_at": "2026-11-22T06:00:00Z", "expires_at": LATER, "status": status}
    item = {key: value for key, value in asdict(Delivery(**values | due | changes)).items() if value is not None}  # type: ignore[arg-type]
    world.dynamodb.put_item(TableName=world.webhooks_table, Item=typed(item))
    return name


def items(world: World) -> list[dict[str, Any]]:
    return [plain(item) for item in world.dynamodb.scan(TableName=world.webhooks_table)["Items"]]


def rotated(world: World, times: int) -> None:
    for _ in range(times):
        world.webhook_settings.rotate(TENANT, world.clock())


# Settings


def test_lost_settings_come_back_and_are_named_to_be_checked(live: World, restored: World) -> None:
    restored.webhook_settings.put(TENANT, url=URL, events=["video.failed"], enabled=True)
    rotated(restored, 1)
    tables = Table(restored.dynamodb, restored.webhooks_table), Table(live.dynamodb, live.webhooks_table)
    ((_, result, note),) = WebhookCopier(*tables, live.clock, dry_run=False).copy()
    assert result == COPIED
    assert TENANT in (note or "")
    assert live.webhook_settings.of(TENANT) == restored.webhook_settings.of(TENANT)


def test_a_lost_rotation_made_again_gives_the_secrets_that_the_receiver_has(live: World, restored: World) -> None:
    restored.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    copy(live, restored)
    rotated(live, 1)
    assert [version for version, _ in live.webhook_settings.of(TENANT).valid_versions(live.clock())] == [2, 1]


def test_live_settings_of_the_same_or_a_later_version_stay(live: World, restored: World) -> None:
    restored.webhook_settings.put(TENANT, url="https://old.example.com/", events=None, enabled=True)
    live.webhook_settings.put(TENANT, url=URL, events=None, enabled=False)
    rotated(live, 1)
    before = items(live)
    assert copy(live, restored) == [EXISTS]
    assert items(live) == before


def test_settings_made_again_after_a_loss_sign_with_the_versions_of_the_backup_too(live: World, restored: World) -> None:
    restored.webhook_settings.put(TENANT, url="https://old.example.com/", events=None, enabled=True)
    rotated(restored, 2)
    live.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    assert copy(live, restored) == [RAISED]
    found = live.webhook_settings.of(TENANT)
    assert found.url == URL
    assert [version for version, _ in found.valid_versions(live.clock())] == [3, 2, 1]
    assert copy(live, restored) == [EXISTS]


def test_a_rotation_meanwhile_is_examined_again(live: World, restored: World) -> None:
    restored.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    rotated(restored, 2)
    live.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)

    def rotate_first(real: Any, **request: Any) -> Any:
        rotated(live, 1)
        return real(**request)

    assert copy(live, restored, client=Meddled(live.dynamodb, update_item=rotate_first)) == [AGAIN]
    assert live.webhook_settings.of(TENANT).version == 2
    assert copy(live, restored) == [RAISED]


# Deliveries


def test_a_lost_delivery_in_progress_is_found_by_the_sweep(live: World, restored: World) -> None:
    name = put(restored)
    assert copy(live, restored) == [SENT_AGAIN]
    assert list(chain(*live.delivery_sweeper().due().values())) == [name]


@pytest.mark.parametrize("status", [each for each in DeliveryStatus if each is not DeliveryStatus.PENDING])
def test_a_lost_delivery_that_had_ended_comes_back_as_it_was(status: DeliveryStatus, live: World, restored: World) -> None:
    put(restored, status)
    assert copy(live, restored) == [COPIED]
    assert items(live) == items(restored)
    assert list(chain(*live.delivery_sweeper().due().values())) == []


def test_an_event_with_a_later_delivery_is_not_sent_again(live: World, restored: World) -> None:
    name = put(restored, begun_at=1, next_at=1)
    put(live, DeliveryStatus.DELIVERED, number=2)
    assert copy(live, restored) == [CONTINUED]
    found = live.deliveries.get(name)
    assert found is not None
    assert (found.status, found.due, found.next_at) == (DeliveryStatus.CONTINUED, None, None)


def test_a_live_delivery_stays_and_an_expired_or_unknown_item_stays_away(live: World, restored: World) -> None:
    put(live, DeliveryStatus.DELIVERED)
    put(restored)
    put(restored, number=2, expires_at=PAST)
    restored.dynamodb.put_item(TableName=restored.webhooks_table, Item={"id": {"S": "something"}})
    before = items(live)
    assert copy(live, restored) == [EXISTS, EXPIRED, UNKNOWN]
    assert items(live) == before


def test_a_second_run_changes_nothing_and_a_dry_run_writes_nothing(live: World, restored: World) -> None:
    restored.webhook_settings.put(TENANT, url=URL, events=None, enabled=True)
    put(restored)
    planned = copy(live, restored, dry_run=True)
    assert items(live) == []
    assert copy(live, restored) == planned
    assert copy(live, restored) == [EXISTS, EXISTS]
