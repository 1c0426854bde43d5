"""A lost API key comes back only if the operator names it, and a revoked one never becomes valid."""

from itertools import count

import pytest

from operate.recovery.keys import AS_REVOKED, LEFT_OUT, REVOKED, KeyCopier
from operate.recovery.report import COPIED, EXISTS
from tests.support.makers import OwnedClock, tenant_of
from tests.support.world import World

_NUMBERS = count(1)
ALL = None
NONE: tuple[str, ...] = ()


@pytest.fixture
def live() -> World:
    return World(OwnedClock(), f"keys-live-{next(_NUMBERS)}")


@pytest.fixture
def restored() -> World:
    return World(OwnedClock(), f"keys-restored-{next(_NUMBERS)}")


def made(world: World, *, revoked: bool = False) -> tuple[str, str]:
    """Create a key; return it with its id."""
    before = {key.key_sha256 for key in world.keys.list()}
    key = world.keys.create("acme")
    (digest,) = {each.key_sha256 for each in world.keys.list()} - before
    if revoked:
        world.keys.revoke(digest)
    return key, digest


def shared(live: World, restored: World, digest: str) -> None:
    """Give the live table the item that the restored one has."""
    item = restored.dynamodb.get_item(TableName=restored.keys_table, Key={"key_sha256": {"S": digest}})["Item"]
    live.dynamodb.put_item(TableName=live.keys_table, Item=item)


def copy(live: World, restored: World, accepted: tuple[str, ...] | None = NONE, *, dry_run: bool = False) -> list[tuple[str, str | None]]:
    copier = KeyCopier(live.dynamodb, restored.keys_table, live.keys_table, accepted, dry_run)
    return [(result, note) for _, result, note in copier.copy()]


def test_a_lost_key_that_may_be_revoked_since_stays_away_and_is_named(live: World, restored: World) -> None:
    key, digest = made(restored)
    ((result, note),) = copy(live, restored)
    assert (result, tenant_of(live.keys, key)) == (LEFT_OUT, None)
    assert digest[:12] in (note or "")
    assert key not in (note or "")


@pytest.mark.parametrize("chosen", ["all", "its id"])
def test_a_lost_key_that_the_operator_names_is_valid_again(chosen: str, live: World, restored: World) -> None:
    (wanted, digest), (other, _) = made(restored), made(restored)
    results = [result for result, _ in copy(live, restored, ALL if chosen == "all" else (digest[:12],))]
    assert sorted(results) == sorted([COPIED, COPIED if chosen == "all" else LEFT_OUT])
    assert tenant_of(live.keys, wanted) == "acme"
    assert tenant_of(live.keys, other) == ("acme" if chosen == "all" else None)


def test_a_lost_revoked_key_comes_back_as_revoked(live: World, restored: World) -> None:
    key, _ = made(restored, revoked=True)
    assert copy(live, restored, ALL) == [(AS_REVOKED, None)]
    assert tenant_of(live.keys, key) is None
    assert [each.revoked_at is not None for each in live.keys.list()] == [True]


def test_a_key_revoked_in_the_live_table_stays_revoked(live: World, restored: World) -> None:
    key, digest = made(restored)
    shared(live, restored, digest)
    live.keys.revoke(digest)
    assert copy(live, restored, ALL) == [(EXISTS, None)]
    assert tenant_of(live.keys, key) is None


def test_a_revocation_that_only_the_backup_has_takes_effect_again(live: World, restored: World) -> None:
    key, digest = made(restored)
    shared(live, restored, digest)
    restored.keys.revoke(digest)
    assert copy(live, restored) == [(REVOKED, None)]
    assert tenant_of(live.keys, key) is None


def test_a_second_run_changes_nothing_and_a_dry_run_writes_nothing(live: World, restored: World) -> None:
    made(restored)
    made(restored, revoked=True)
    planned = copy(live, restored, ALL, dry_run=True)
    assert list(live.keys.list()) == []
    assert copy(live, restored, ALL) == planned
    assert copy(live, restored, ALL) == [(EXISTS, None)] * 2
