"""Webhook secrets of all tenants, derived from one master secret, so that no table stores them.

The master can be replaced: Secrets Manager retains the previous one, and for MASTER_OVERLAP both generations sign.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cliprelay.webhooks.settings import WebhookSettings
from cliprelay.webhooks.signing import KeyPair

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# Every tenant has to give its receivers a new secret, so this is longer than the overlap of one tenant's rotation.
MASTER_OVERLAP = timedelta(days=7)
# How long a warm function may still not know a new master.
CACHE_SECONDS = 300
# A new secret is shown when every function signs with it: a receiver that switches at once then verifies every event.
SHOWN_AFTER = timedelta(seconds=2 * CACHE_SECONDS)


class ShownSecret(NamedTuple):
    """One valid secret of a tenant, and when it stops signing (epoch seconds)."""

    version: int
    pair: KeyPair
    until: int | None


@dataclass(frozen=True, repr=False)
class Master:
    """The present master and since when, and the one before it while that still signs."""

    current: str
    since: datetime
    previous: str | None

    @property
    def ends(self) -> datetime:
        """Return when the previous generation stops signing."""
        return self.since + MASTER_OVERLAP

    def generations(self, now: datetime) -> list[str]:
        """Return the masters that sign, the present one first."""
        return [self.current, *([self.previous] if self.previous and now < self.ends else [])]


class WebhookKeys:
    """Derives the valid keys of a tenant; reads the master on first use and again every CACHE_SECONDS."""

    def __init__(self, client: "SecretsManagerClient", arn: str) -> None:
        self._client, self._arn = client, arn
        self._master: Master | None = None
        self._fresh_until = 0.0

    def signing(self, settings: WebhookSettings, now: datetime) -> list[KeyPair]:
        """Return every pair that signs now: each valid version, of both masters during their overlap."""
        versions = [version for version, _ in settings.valid_versions(now)]
        masters = self._read(now).generations(now)
        return [derive(master, settings.tenant, version) for master in masters for version in versions]

    def shown(self, settings: WebhookSettings, now: datetime) -> list[ShownSecret]:
        """Return the secrets that a receiver may use, the one to use first; a new master's not before all functions know it."""
        master = self._read(now)
        present, *before = master.generations(now)
        if before and now < master.since + SHOWN_AFTER:
            present, before = before[0], []
        ends = int(master.ends.timestamp())
        versions = settings.valid_versions(now)
        shown = [ShownSecret(version, derive(present, settings.tenant, version), until) for version, until in versions]
        for old in before:
            shown += [ShownSecret(version, derive(old, settings.tenant, version), min(until or ends, ends)) for version, until in versions]
        return shown

    def _read(self, now: datetime) -> Master:
        if self._master is None:
            self._master = read_master(self._client, self._arn, now)
        elif now.timestamp() >= self._fresh_until:
            try:
                self._master = read_master(self._client, self._arn, now)
            except (ClientError, BotoCoreError):
                return self._master  # it signed a moment ago; the next use reads again
        else:
            return self._master
        self._fresh_until = now.timestamp() + CACHE_SECONDS
        return self._master


def read_master(client: "SecretsManagerClient", arn: str, now: datetime) -> Master:
    """Read the present master, and the previous one if it still signs."""
    current = client.get_secret_value(SecretId=arn)
    master = Master(current["SecretString"], current["CreatedDate"], None)
    if now >= master.ends:
        return master
    try:
        previous = client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"]
    except client.exceptions.ResourceNotFoundException:
        return master  # it was never replaced
    return Master(master.current, master.since, previous)


def derive(master: str, tenant: str, version: int) -> KeyPair:
    """Derive keys with HKDF-SHA256 (RFC 5869); tenant names contain no slash, so every context is unique."""

    def material(kind: str) -> bytes:
        context = f"cliprelay/webhook/{tenant}/{version}/{kind}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=context).derive(master.encode())

    return KeyPair(secret=material("v1"), seed=material("v1a"))
