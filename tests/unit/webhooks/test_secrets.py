"""Secrets: derived from one master, of which no tenant, version or kind has another's; a new master signs next to the previous one."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cliprelay.webhooks.secrets import CACHE_SECONDS, MASTER_OVERLAP, SHOWN_AFTER, WebhookKeys, derive
from cliprelay.webhooks.settings import OVERLAP, WebhookSettings
from tests.support.makers import NOW, Meddled

if TYPE_CHECKING:
    from tests.support.world import World

SECRET_OF_ACME = "gID+UdQVHvq5s9Rx69xB9cpQcPss/gU27veEpXt5BZM="  # noqa: S105 - of a master that only tests have
PUBLIC_OF_ACME = "4Hxp0pgBdVqxXkOhUJhgxVEBT72F2D8tmN3/ZyVX+8k="
ACME = WebhookSettings(tenant="acme")
OLD, NEW = "the master", "another master"
SECOND = timedelta(seconds=1)


class Secrets:
    """Secrets Manager with one secret, replaced at the test's times; `calls` are the stages that were read."""

    def __init__(self, world: "World") -> None:
        self.calls: list[str] = []
        self.broken = False
        self._replaced_at = NOW - timedelta(days=400)
        self._name = f"{world.name}-own"
        self._real = world.secrets
        self._real.create_secret(Name=self._name, SecretString=OLD)

    def keys(self) -> WebhookKeys:
        return WebhookKeys(Meddled(self._real, get_secret_value=self._read), self._name)  # type: ignore[arg-type]

    def replace(self, at: datetime, value: str = NEW) -> None:
        self._real.put_secret_value(SecretId=self._name, SecretString=value)
        self._replaced_at = at

    def _read(self, real: Any, **request: Any) -> Any:
        self.calls.append(request.get("VersionStage", "AWSCURRENT"))
        if self.broken:
            raise ClientError({"Error": {"Code": "InternalServiceError"}}, "GetSecretValue")
        return real(**request) | {"CreatedDate": self._replaced_at}


@pytest.fixture
def secrets(world: "World") -> Secrets:
    return Secrets(world)


def shown(keys: WebhookKeys, now: datetime, settings: WebhookSettings = ACME) -> list[tuple[int, Any, int | None]]:
    return [tuple(each) for each in keys.shown(settings, now)]  # type: ignore[misc]


# Derivation


def test_every_master_tenant_version_and_kind_has_a_secret_of_its_own() -> None:
    made = [derive(*each) for each in (("m", "a", 1), ("n", "a", 1), ("m", "b", 1), ("m", "a", 2), ("m", "a-1", 1), ("m", "a", 11))]
    material = [part for pair in made for part in (pair.secret, pair.seed)]
    assert len(set(material)) == len(material)
    assert {len(part) for part in material} == {32}


def test_a_secret_is_the_same_whenever_it_is_derived() -> None:
    # A change of the derivation would make every receiver refuse what it gets.
    assert derive("the master", "acme", 1).shown_public == "whpk_" + PUBLIC_OF_ACME
    assert derive("the master", "acme", 1).shown_secret == "whsec_" + SECRET_OF_ACME


# Reading


def test_the_master_is_read_only_when_a_key_is_needed_and_again_after_the_cache_time(secrets: Secrets) -> None:
    keys = secrets.keys()
    assert secrets.calls == []
    assert [keys.signing(ACME, NOW), keys.signing(ACME, NOW + timedelta(seconds=CACHE_SECONDS - 1))] == [[derive(OLD, "acme", 1)]] * 2
    assert secrets.calls == ["AWSCURRENT"]
    keys.signing(ACME, NOW + timedelta(seconds=CACHE_SECONDS))
    assert secrets.calls == ["AWSCURRENT"] * 2


def test_a_warm_function_signs_through_an_outage_of_secrets_manager_and_then_reads_again(secrets: Secrets) -> None:
    keys, later = secrets.keys(), NOW + timedelta(seconds=CACHE_SECONDS)
    keys.signing(ACME, NOW)
    secrets.replace(NOW)
    secrets.broken = True
    assert keys.signing(ACME, later) == [derive(OLD, "acme", 1)]
    secrets.broken = False
    assert keys.signing(ACME, later) == [derive(NEW, "acme", 1), derive(OLD, "acme", 1)]


def test_a_cold_function_reports_an_outage_of_secrets_manager(secrets: Secrets) -> None:
    secrets.broken = True
    with pytest.raises(ClientError):
        secrets.keys().signing(ACME, NOW)


# A new master


def test_a_master_that_was_never_replaced_signs_alone_from_its_first_day(secrets: Secrets) -> None:
    secrets._replaced_at = NOW
    assert secrets.keys().signing(ACME, NOW) == [derive(OLD, "acme", 1)]
    assert shown(secrets.keys(), NOW) == [(1, derive(OLD, "acme", 1), None)]


@pytest.mark.parametrize(
    ("after", "masters"),
    [(timedelta(0), [NEW, OLD]), (MASTER_OVERLAP - SECOND, [NEW, OLD]), (MASTER_OVERLAP, [NEW])],
    ids=["at once", "until the end of the overlap", "then alone"],
)
def test_both_masters_sign_every_valid_version_during_the_overlap(after: timedelta, masters: list[str], secrets: Secrets) -> None:
    secrets.replace(NOW)
    until = int((NOW + timedelta(days=60)).timestamp())
    settings = WebhookSettings(tenant="acme", version=2, previous=[{"version": 1, "until": until}])
    wanted = [derive(master, "acme", version) for master in masters for version in (2, 1)]
    assert secrets.keys().signing(settings, NOW + after) == wanted


def test_new_secrets_are_shown_only_when_every_function_signs_with_them(secrets: Secrets) -> None:
    assert timedelta(seconds=CACHE_SECONDS) < SHOWN_AFTER
    deliver = secrets.keys()
    deliver.signing(ACME, NOW - SECOND)
    secrets.replace(NOW)
    assert shown(secrets.keys(), NOW + SHOWN_AFTER - SECOND) == [(1, derive(OLD, "acme", 1), None)]
    ends = int((NOW + MASTER_OVERLAP).timestamp())
    assert shown(secrets.keys(), NOW + SHOWN_AFTER) == [(1, derive(NEW, "acme", 1), None), (1, derive(OLD, "acme", 1), ends)]
    assert derive(NEW, "acme", 1) in deliver.signing(ACME, NOW + SHOWN_AFTER)


def test_a_secret_of_the_previous_master_ends_with_its_version_or_its_master(secrets: Secrets) -> None:
    secrets.replace(NOW)
    day, ends = int((NOW + OVERLAP).timestamp()), int((NOW + MASTER_OVERLAP).timestamp())
    settings = WebhookSettings(tenant="acme", version=2, previous=[{"version": 1, "until": day}])
    found = [(version, until) for version, _, until in secrets.keys().shown(settings, NOW + SHOWN_AFTER)]
    assert found == [(2, None), (1, day), (2, ends), (1, day)]


def test_only_the_new_secrets_are_shown_after_the_overlap(secrets: Secrets) -> None:
    secrets.replace(NOW)
    assert shown(secrets.keys(), NOW + MASTER_OVERLAP) == [(1, derive(NEW, "acme", 1), None)]
