"""Secrets: derived from one master, the same for ever, and of which no tenant, version or kind has another's."""

from typing import TYPE_CHECKING, Any

from cliprelay.webhooks.secrets import WebhookKeys, derive
from tests.support.makers import Meddled

if TYPE_CHECKING:
    from tests.support.world import World

SECRET_OF_ACME = "gID+UdQVHvq5s9Rx69xB9cpQcPss/gU27veEpXt5BZM="  # noqa: S105 - of a master that only tests have
PUBLIC_OF_ACME = "4Hxp0pgBdVqxXkOhUJhgxVEBT72F2D8tmN3/ZyVX+8k="


def test_every_master_tenant_version_and_kind_has_a_secret_of_its_own() -> None:
    made = [derive(*each) for each in (("m", "a", 1), ("n", "a", 1), ("m", "b", 1), ("m", "a", 2), ("m", "a-1", 1), ("m", "a", 11))]
    material = [part for pair in made for part in (pair.secret, pair.seed)]
    assert len(set(material)) == len(material)
    assert {len(part) for part in material} == {32}


def test_a_secret_is_the_same_whenever_it_is_derived() -> None:
    # A change of the derivation would make every receiver refuse what it gets.
    assert derive("the master", "acme", 1).shown_public == "whpk_" + PUBLIC_OF_ACME
    assert derive("the master", "acme", 1).shown_secret == "whsec_" + SECRET_OF_ACME


def test_the_master_is_read_once_and_only_when_a_key_is_needed(world: "World") -> None:
    asked: list[Any] = []

    def read(real: Any, **kwargs: Any) -> Any:
        asked.append(kwargs["SecretId"])
        return real(**kwargs)

    world.secrets.create_secret(Name=f"{world.name}-own", SecretString="the master")
    keys = WebhookKeys(Meddled(world.secrets, get_secret_value=read), f"{world.name}-own")  # type: ignore[arg-type]
    assert asked == []
    assert [keys.of("acme", 1), keys.of("acme", 1)] == [derive("the master", "acme", 1)] * 2
    assert asked == [f"{world.name}-own"]
