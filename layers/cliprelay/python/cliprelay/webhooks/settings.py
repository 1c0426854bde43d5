"""A tenant's webhook: its default URL and the valid versions of its secrets, but not the secrets themselves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from cliprelay.aws.table import ConditionFailed, Table
from cliprelay.video.record import Video
from cliprelay.video.states import ANNOUNCED

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A budget of the tenant has reached a share of its limit. It goes to the tenant's own webhook, never to that of an order.
BUDGET_REACHED = "budget.reached"
EVENT_TYPES = (BUDGET_REACHED, *sorted(f"video.{status.value}" for status in ANNOUNCED))
# After a rotation, both secrets sign for a day: enough time to deploy a receiver.
OVERLAP = timedelta(hours=24)
# Each version adds two signatures to the header; more than four at once means a loop.
MOST_VERSIONS = 4
# An endpoint that accepts nothing for this long is disabled, until its tenant enables it again.
PATIENCE = timedelta(days=5)
# A dead endpoint can fail a thousand deliveries in an hour; the operator needs one message, the queue has all events.
BETWEEN_MESSAGES = timedelta(hours=1)
# Test events go to any address, so a tenant may not send them as often as it likes.
BETWEEN_TESTS = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    """Webhook settings of a tenant; the defaults are version 1 of the secrets and no URL."""

    tenant: str
    url: str | None = None
    events: list[str] | None = None  # None: all
    enabled: bool = True
    version: int = 1
    previous: list[dict[str, int]] = field(default_factory=list)  # {"version", "until"}
    disabled_at: int | None = None
    disabled_for: str | None = None  # "gone" or "failing"
    failing_since: int | None = None
    told_at: int | None = None

    @classmethod
    def from_item(cls, tenant: str, item: Mapping[str, Any]) -> Self:
        """Read an item, possibly of another version."""
        return cls(tenant=tenant, **{f.name: item[f.name] for f in fields(cls) if f.name in item and f.name != "tenant"})

    def valid_versions(self, now: datetime) -> list[tuple[int, int | None]]:
        """Return the versions that sign now, the current one first, each with its end (epoch seconds)."""
        old = [(each["version"], each["until"]) for each in self.previous if each["until"] > now.timestamp()]
        return [(self.version, None), *sorted(old, reverse=True)]

    def has_endpoint(self) -> bool:
        """Return whether there is an enabled URL; an endpoint disabled for failing still collects deliveries."""
        return self.url is not None and self.enabled

    def takes_events(self) -> bool:
        """Return whether there is an endpoint that is not disabled for failing."""
        return self.has_endpoint() and self.disabled_at is None

    def wants(self, video: Video, kind: str) -> bool:
        """Return whether an event of this type goes to a webhook."""
        if video.webhook_url:
            wanted = video.webhook_events
        elif self.has_endpoint():
            wanted = video.webhook_events or self.events
        else:
            return False
        return not wanted or kind in wanted

    def wants_own(self, kind: str) -> bool:
        """Return whether an event of this type that is not about a video goes to the tenant's own webhook."""
        return self.has_endpoint() and (not self.events or kind in self.events)


class RotatedTooOften(Exception):
    """Four versions are valid; the oldest must end first."""


class WebhookSettingsTable:
    """One item per tenant with settings, in the table of deliveries."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def of(self, tenant: str) -> WebhookSettings:
        """Return a tenant's current settings."""
        return WebhookSettings.from_item(tenant, self._table.read(_key(tenant)) or {})

    def put(self, tenant: str, *, url: str | None, events: list[str] | None, enabled: bool) -> WebhookSettings:
        """Replace the tenant's settings; an endpoint disabled for failing is tried again."""
        given = {"url": url, "events": events, "enabled": enabled}
        cleared = dict.fromkeys(("disabled_at", "disabled_for", "failing_since"))
        self._table.update(_key(tenant), given | cleared, "", {})
        return self.of(tenant)

    def rotate(self, tenant: str, now: datetime) -> WebhookSettings:
        """Add the next version of the secrets to the valid ones; raises RotatedTooOften."""
        settings = self.of(tenant)
        valid = [{"version": version, "until": until} for version, until in settings.valid_versions(now) if until is not None]
        if len(valid) + 2 > MOST_VERSIONS:
            raise RotatedTooOften
        ends = {"version": settings.version, "until": int((now + OVERLAP).timestamp())}
        rotated = replace(settings, version=settings.version + 1, previous=[ends, *valid])
        sets = {name: asdict(rotated)[name] for name in ("version", "previous")}
        free = "attribute_not_exists(version) OR version = :was"
        try:
            self._table.update(_key(tenant), sets, free, {":was": settings.version})
        except ConditionFailed:
            return self.of(tenant)  # somebody else rotated in this moment
        return rotated

    def begin_test(self, tenant: str, now: datetime) -> int:
        """Record that test events are sent now; return 0, or the seconds until that is allowed again."""
        epoch, wait = int(now.timestamp()), int(BETWEEN_TESTS.total_seconds())
        # A time ahead of now comes from a wrong clock.
        is_free = "attribute_not_exists(tested_at) OR tested_at <= :latest OR tested_at > :now"
        try:
            self._table.update(_key(tenant), {"tested_at": epoch}, is_free, {":latest": epoch - wait, ":now": epoch})
        except ConditionFailed as refusal:
            return max(1, int((refusal.item or {}).get("tested_at", epoch)) + wait - epoch)
        return 0

    def give_up(self, settings: WebhookSettings, reason: str, now: datetime) -> bool:
        """Stop sending to this URL; False if the tenant has changed it or it is already disabled."""
        sets = {"disabled_at": int(now.timestamp()), "disabled_for": reason}
        return self._write(settings, sets, "#url = :url AND attribute_not_exists(disabled_at)")

    def note_failure(self, settings: WebhookSettings, now: datetime) -> None:
        """Record since when the endpoint has been failing."""
        if settings.failing_since is None:
            self._write(settings, {"failing_since": int(now.timestamp())}, "#url = :url AND attribute_not_exists(failing_since)")

    def note_success(self, settings: WebhookSettings) -> None:
        """Record that the endpoint accepts events."""
        if settings.failing_since is not None:
            self._write(settings, {"failing_since": None}, "#url = :url")

    def note_told(self, settings: WebhookSettings, now: datetime) -> None:
        """Record when the operator was last notified of a failed delivery."""
        self._table.update(_key(settings.tenant), {"told_at": int(now.timestamp())}, "", {})

    def _write(self, settings: WebhookSettings, sets: dict[str, Any], condition: str) -> bool:
        try:
            self._table.update(_key(settings.tenant), sets, condition, {":url": settings.url})
        except ConditionFailed:
            return False
        return True


def _key(tenant: str) -> str:
    return f"tenant_{tenant}"
