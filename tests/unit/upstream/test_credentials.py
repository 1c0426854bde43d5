"""The upstream's key is read on first use, cached, and read again after a refusal."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.errors import RefusedAccount
from cliprelay.upstream.credentials import CACHE_SECONDS, UpstreamKey
from tests.support.makers import Meddled

if TYPE_CHECKING:
    from tests.support.world import World


def _secret(world: "World", value: str | None) -> tuple[UpstreamKey, str]:
    given = {} if value is None else {"SecretString": value}
    arn = world.secrets.create_secret(Name=world.name, **given)["ARN"]
    return UpstreamKey(world.secrets, arn, seconds=world.clock.seconds), arn


def test_the_key_is_the_secret_without_a_trailing_newline(world: "World") -> None:
    key, _ = _secret(world, " up-key-1\n")
    assert key() == "up-key-1"


@pytest.mark.parametrize("value", [None, " ", "\n"])
def test_a_secret_without_a_value_is_a_refused_account(world: "World", value: str | None) -> None:
    key, _ = _secret(world, value)
    with pytest.raises(RefusedAccount) as caught:
        key()
    assert caught.value.code == "upstream_key_missing"


def test_a_missing_key_is_found_as_soon_as_it_is_stored(world: "World") -> None:
    key, arn = _secret(world, None)
    with pytest.raises(RefusedAccount):
        key()
    world.secrets.put_secret_value(SecretId=arn, SecretString="up-key-1")
    assert key() == "up-key-1"


def test_a_rotated_key_takes_effect_after_the_cache_time(world: "World") -> None:
    key, arn = _secret(world, "old")
    key()
    world.secrets.put_secret_value(SecretId=arn, SecretString="new")
    world.clock.advance(CACHE_SECONDS - 1)
    assert key() == "old"
    world.clock.advance(1)
    assert key() == "new"


def test_a_refetch_reads_a_rotated_key_at_once_and_caches_it(world: "World") -> None:
    key, arn = _secret(world, "old")
    key()
    world.secrets.put_secret_value(SecretId=arn, SecretString="new")
    assert key.refetch() == "new"
    assert key() == "new"


def test_an_unavailable_secret_store_is_an_error_not_a_missing_key(world: "World") -> None:
    def fail(real: Any, **kwargs: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalServiceError"}}, "GetSecretValue")

    client: Any = Meddled(world.secrets, get_secret_value=fail)
    with pytest.raises(ClientError):
        UpstreamKey(client, "any")()
