"""API keys: shown once, stored as a hash, refused soon after being revoked."""

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.tenants.api_keys import CACHE_SECONDS, CACHE_SIZE, REFUSAL_CACHE_SECONDS, ApiKeyTable
from cliprelay.tenants.budgets import Limits
from cliprelay.video.spend import Scope
from tests.support.makers import Meddled, tenant_of

if TYPE_CHECKING:
    from tests.support.world import World


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _counting(world: "World") -> tuple[ApiKeyTable, list[str]]:
    read: list[str] = []

    def note(real: Any, **kwargs: Any) -> Any:
        read.append(kwargs["Key"]["key_sha256"]["S"])
        return real(**kwargs)

    client: Any = Meddled(world.dynamodb, get_item=note)
    return ApiKeyTable(client, world.keys_table, seconds=world.clock.seconds), read


def test_a_key_belongs_to_its_tenant(world: "World") -> None:
    assert tenant_of(world.keys, world.keys.create("acme")) == "acme"


@pytest.mark.parametrize("key", ["", "clr_", "clr_wrong", "x" * 5_000, "ключ"])
def test_any_other_key_belongs_to_nobody(world: "World", key: str) -> None:
    world.keys.create("acme")
    assert tenant_of(world.keys, key) is None


def test_the_table_holds_a_hash_and_a_hint_but_never_the_key(world: "World") -> None:
    key = world.keys.create("acme")
    items = world.dynamodb.scan(TableName=world.keys_table)["Items"]
    assert key not in str(items)
    assert items[0]["key_sha256"]["S"] == _digest(key)
    assert key.startswith(items[0]["hint"]["S"])
    assert len(items[0]["hint"]["S"]) <= 8


def test_every_key_is_different(world: "World") -> None:
    assert world.keys.create("acme") != world.keys.create("acme")


@pytest.mark.parametrize("tenant", ["", "Acme", "a/b", "a b", "x" * 41, "a\n", "é"])
def test_a_tenant_name_that_could_leave_its_folder_is_refused(world: "World", tenant: str) -> None:
    with pytest.raises(ValueError, match="tenant name"):
        world.keys.create(tenant)


@pytest.mark.parametrize("name", ["", "-", "-shop", "Shop", "a#b", "x" * 41, "a\n"])
def test_a_name_that_could_be_taken_for_none_is_refused(world: "World", name: str) -> None:
    with pytest.raises(ValueError, match="key's name"):
        world.keys.create("acme", name)


def test_a_key_says_whether_a_budget_applies_and_asks_no_more_than_once_a_minute(world: "World") -> None:
    key, other = world.keys.create("acme", "shop"), world.keys.create("acme")
    assert [world.keys.identify(each) for each in (key, other)] == [("acme", "shop", False), ("acme", None, False)]
    world.budgets.set_limits(Scope("acme", "shop"), Limits(day=1))
    assert world.keys.identify(key) == ("acme", "shop", False)
    world.clock.advance(CACHE_SECONDS)
    assert [world.keys.identify(each) for each in (key, other)] == [("acme", "shop", True), ("acme", None, False)]


def test_keys_of_one_tenant_or_all_are_listed_including_revoked_ones(world: "World") -> None:
    key, _ = world.keys.create("acme"), world.keys.create("other")
    world.keys.revoke(_digest(key))
    assert sorted(record.tenant for record in world.keys.list()) == ["acme", "other"]
    (listed,) = world.keys.list("acme")
    assert listed.revoked_at is not None


def test_a_revoked_key_is_refused_by_a_function_that_never_saw_it(world: "World") -> None:
    key = world.keys.create("acme")
    assert world.keys.revoke(_digest(key))
    assert tenant_of(world.keys, key) is None


def test_a_revoked_key_is_refused_within_the_cache_time_by_a_function_that_knew_it(world: "World") -> None:
    key = world.keys.create("acme")
    tenant_of(world.keys, key)
    world.keys.revoke(_digest(key))
    world.clock.advance(CACHE_SECONDS - 1)
    assert tenant_of(world.keys, key) == "acme"
    world.clock.advance(1)
    assert tenant_of(world.keys, key) is None


def test_a_new_key_works_at_once_although_other_reads_lag(world: "World") -> None:
    def lag(real: Any, **kwargs: Any) -> Any:
        return real(**kwargs) if kwargs.get("ConsistentRead") else {}

    client: Any = Meddled(world.dynamodb, get_item=lag)
    assert tenant_of(ApiKeyTable(client, world.keys_table), world.keys.create("acme")) == "acme"


def test_a_key_that_is_stored_after_it_was_refused_works_within_five_seconds(world: "World") -> None:
    key = world.keys.create("acme")
    item = world.dynamodb.delete_item(TableName=world.keys_table, Key={"key_sha256": {"S": _digest(key)}}, ReturnValues="ALL_OLD")
    assert tenant_of(world.keys, key) is None
    world.dynamodb.put_item(TableName=world.keys_table, Item=item["Attributes"])
    world.clock.advance(REFUSAL_CACHE_SECONDS - 1)
    assert tenant_of(world.keys, key) is None
    world.clock.advance(1)
    assert (REFUSAL_CACHE_SECONDS, tenant_of(world.keys, key)) == (5, "acme")


def test_a_known_key_is_revoked_once(world: "World") -> None:
    digest = _digest(world.keys.create("acme"))
    assert world.keys.revoke(digest)
    assert not world.keys.revoke(digest)
    assert not world.keys.revoke("0" * 64)


@pytest.mark.parametrize("known", [True, False], ids=["right key", "wrong key"])
def test_a_key_is_read_once_within_the_cache_time(world: "World", known: bool) -> None:
    key = world.keys.create("acme") if known else "clr_wrong"
    ring, read = _counting(world)
    answers = {tenant_of(ring, key) for _ in range(5)}
    assert answers == {"acme" if known else None}
    assert read == [_digest(key)]


def test_a_flood_of_wrong_keys_uses_limited_memory(world: "World") -> None:
    client: Any = Meddled(world.dynamodb, get_item=lambda real, **kwargs: {})
    ring = ApiKeyTable(client, world.keys_table, seconds=world.clock.seconds)
    for number in range(2 * CACHE_SIZE + 10):
        tenant_of(ring, f"wrong-{number}")
    assert len(ring._cache) <= CACHE_SIZE


def test_an_unavailable_table_is_an_error_and_not_a_wrong_key(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "GetItem")

    client: Any = Meddled(world.dynamodb, get_item=fail)
    with pytest.raises(ClientError):
        tenant_of(ApiKeyTable(client, world.keys_table), "clr_x")


def test_a_key_record_of_a_newer_version_is_read_too(world: "World") -> None:
    key = world.keys.create("acme")
    names: dict[str, Any] = {"TableName": world.keys_table, "Key": {"key_sha256": {"S": _digest(key)}}}
    world.dynamodb.update_item(**names, UpdateExpression="SET note_of_later = :n", ExpressionAttributeValues={":n": {"S": "x"}})
    assert tenant_of(world.keys, key) == "acme"
