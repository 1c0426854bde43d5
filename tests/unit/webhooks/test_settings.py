"""A tenant's webhook: what it wants, when it is given up, and which versions of its secrets sign."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cliprelay.webhooks.settings import EVENT_TYPES, MOST_VERSIONS, RotatedTooOften, WebhookSettings
from tests.support.makers import NOW, TENANT, Meddled, any_video

if TYPE_CHECKING:
    from tests.support.world import World

URL = "https://hooks.example.com/clips"


def _put(world: "World", **changes: Any) -> WebhookSettings:
    return world.webhook_settings.put(TENANT, **{"url": URL, "events": None, "enabled": True} | changes)


def test_a_tenant_that_never_said_anything_has_a_first_version_and_no_endpoint(world: "World") -> None:
    settings = world.webhook_settings.of(TENANT)
    assert settings == WebhookSettings(tenant=TENANT)
    assert (settings.version, settings.has_endpoint()) == (1, False)


def test_what_is_put_replaces_all_that_was_and_is_nobody_elses(world: "World") -> None:
    _put(world, events=["video.failed"], enabled=False)
    assert _put(world, url="https://other.example.com/") == WebhookSettings(tenant=TENANT, url="https://other.example.com/")
    assert world.webhook_settings.of("another") == WebhookSettings(tenant="another")


def test_an_item_of_a_later_version_is_read_without_what_is_unknown() -> None:
    assert WebhookSettings.from_item(TENANT, {"id": "any", "tenant": "x", "url": URL, "later": 1}) == WebhookSettings(
        tenant=TENANT, url=URL
    )


@pytest.mark.parametrize(
    ("request_fields", "own", "wanted"),
    [
        ({}, {}, False),
        ({}, {"url": URL}, True),
        ({}, {"url": URL, "enabled": False}, False),
        ({}, {"url": URL, "events": ["video.failed"]}, False),
        ({"webhook_events": ["video.succeeded"]}, {"url": URL, "events": ["video.failed"]}, True),
        ({"webhook_url": URL}, {"url": URL, "events": ["video.failed"]}, True),
        ({"webhook_url": URL, "webhook_events": ["video.failed"]}, {}, False),
    ],
)
def test_the_request_decides_before_the_tenant_which_events_are_sent(
    request_fields: dict[str, Any], own: dict[str, Any], wanted: bool
) -> None:
    assert WebhookSettings(tenant=TENANT, **own).wants(any_video(**request_fields), "video.succeeded") is wanted
    assert "video.succeeded" in EVENT_TYPES


def test_an_endpoint_is_given_up_once_and_taken_up_again_by_its_tenant(world: "World") -> None:
    settings = _put(world)
    assert world.webhook_settings.give_up(settings, "gone", NOW) is True
    assert world.webhook_settings.give_up(settings, "failing", NOW) is False
    given_up = world.webhook_settings.of(TENANT)
    assert (given_up.disabled_for, given_up.has_endpoint(), given_up.takes_events()) == ("gone", True, False)
    assert _put(world).takes_events()


def test_an_endpoint_that_was_replaced_meanwhile_is_not_given_up(world: "World") -> None:
    old = _put(world)
    _put(world, url="https://other.example.com/")
    assert world.webhook_settings.give_up(old, "gone", NOW) is False
    assert world.webhook_settings.of(TENANT).takes_events()


def test_a_row_of_failures_begins_with_its_first_and_ends_with_a_success(world: "World") -> None:
    table = world.webhook_settings
    table.note_failure(_put(world), NOW)
    table.note_failure(table.of(TENANT), NOW + timedelta(days=1))
    assert table.of(TENANT).failing_since == int(NOW.timestamp())
    table.note_success(table.of(TENANT))
    assert table.of(TENANT).failing_since is None


def test_the_owners_last_message_is_remembered(world: "World") -> None:
    world.webhook_settings.note_told(_put(world), NOW)
    assert world.webhook_settings.of(TENANT).told_at == int(NOW.timestamp())


def test_of_two_rotations_at_once_one_counts(world: "World") -> None:
    def rotate_before(real: Any, **kwargs: Any) -> Any:
        world.webhook_settings.rotate(TENANT, NOW)
        return real(**kwargs)

    raced = type(world.webhook_settings)(Meddled(world.dynamodb, update_item=rotate_before), world.webhooks_table)  # type: ignore[arg-type]
    assert raced.rotate(TENANT, NOW).version == 2
    assert world.webhook_settings.of(TENANT).version == 2


def test_at_most_four_versions_are_valid_and_the_oldest_ends_after_a_day(world: "World") -> None:
    for _ in range(MOST_VERSIONS - 1):
        world.webhook_settings.rotate(TENANT, world.clock())
        world.clock.advance(60)
    with pytest.raises(RotatedTooOften):
        world.webhook_settings.rotate(TENANT, world.clock())
    assert [version for version, _ in world.webhook_settings.of(TENANT).valid_versions(world.clock())] == [4, 3, 2, 1]
    world.clock.now = NOW + timedelta(hours=24)
    assert [version for version, _ in world.webhook_settings.of(TENANT).valid_versions(world.clock())] == [4, 3, 2]
    world.webhook_settings.rotate(TENANT, world.clock())


def test_a_rotation_does_not_touch_what_the_tenant_set(world: "World") -> None:
    world.webhook_settings.put(TENANT, url=URL, events=["video.failed"], enabled=False)
    rotated = world.webhook_settings.rotate(TENANT, world.clock())
    assert (rotated.url, rotated.events, rotated.enabled, rotated.version) == (URL, ["video.failed"], False, 2)
    assert world.webhook_settings.put(TENANT, url=None, events=None, enabled=True).version == 2
