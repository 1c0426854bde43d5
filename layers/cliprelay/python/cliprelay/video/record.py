"""The record of one video: what the table holds and every step works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from cliprelay.catalog.registry import model_of
from cliprelay.catalog.spec import Spec
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status

# The upstream ends a task by itself after `execution_expires_after`; a quarter of an hour more covers its queue of endings and our clocks.
DEADLINE_MARGIN = timedelta(minutes=15)


@dataclass(frozen=True)
class ImageSource:
    """Where an image is: a client's own URL, or an object of ours that a random key names."""

    url: str | None = None
    key: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Video:
    """One video; times are ISO 8601 in UTC where clients see them, epoch seconds where the table compares them."""

    id: str
    tenant: str
    status: Status
    run: int
    model: str
    settings: dict[str, Any]
    image: ImageSource | None = None  # some models take none
    created_at: str
    updated_at: str
    deadline: int
    last_image: ImageSource | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    quote: dict[str, Any] | None = None  # tokens, usd and usd_per_million as they were reckoned when the video was accepted
    warnings: list[dict[str, str]] = field(default_factory=list)
    base_url: str = ""
    webhook_url: str | None = None  # of this request; may carry a secret in its query
    webhook_events: list[str] | None = None  # None: all, or what the tenant's settings say
    intent: str | None = None  # id of the idempotency item that lives as long as the video
    ended_at: str | None = None
    expires_at: int | None = None
    # The paid call.
    claim: str | None = None
    claimed_at: int | None = None
    attempts: int = 0  # submits that surely bought nothing
    upstream_id: str | None = None
    waiting_for: str | None = None  # why a queued video is not submitted yet: a code
    # Asking.
    submitted_at: int | None = None
    waited: int = 0
    progress: int = 0
    misses: int = 0  # unusable answers of one kind in a row
    archiving_at: int | None = None
    tokens: int | None = None  # billed, if the upstream says so
    # Copying.
    upstream_url: str | None = None  # only until the video is ours
    copies: int = 0  # tries that brought no whole video
    object_key: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    error: dict[str, str] | None = None
    link: str | None = None  # 256 random bits: who has them may watch
    revoked_links: list[str] = field(default_factory=list)  # SHA-256 of earlier ones
    # Telling.
    event_id: str | None = None
    event_at: str | None = None
    told: str | None = None  # id of the last event that was published
    # Repair: when the sweep looks at the video, unless a step puts it off.
    due: str | None = None
    due_at: int | None = None
    queued_by: str | None = None  # the tenant, only while queued: the sparse index counts by it

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a record of this or an older version: unknown attributes are ignored, missing ones take their defaults."""
        known = {f.name: item[f.name] for f in fields(cls) if f.name in item}
        known["status"] = Status(known["status"])
        for name in ("image", "last_image"):
            if known.get(name) is not None:
                known[name] = ImageSource(**{f.name: known[name][f.name] for f in fields(ImageSource) if f.name in known[name]})
        return cls(**known)

    @property
    def spec(self) -> Spec:
        """What the request asks for, derived from its settings; also of a model that this version does not know."""
        return Spec.of(model_of(self.model), self.settings)

    @property
    def is_over(self) -> bool:
        """Whether the video has ended for good."""
        return self.status in TERMINAL

    @property
    def must_be_announced(self) -> bool:
        """Whether the owner has not yet been told of the present state."""
        return self.status in ANNOUNCED and self.told != self.event_id

    @property
    def kept_until(self) -> str | None:
        """Until when an ended video and its record are kept."""
        return iso(datetime.fromtimestamp(self.expires_at, UTC)) if self.expires_at else None

    @property
    def execution(self) -> str:
        """Name of the workflow execution that keeps the video now."""
        return f"{self.id}-{self.run}"


def deadline_after(moment: datetime, spec: Spec) -> int:
    """Epoch seconds after which a video that started (or was accepted) at `moment` is judged."""
    return int((moment + timedelta(seconds=spec.expires_after) + DEADLINE_MARGIN).timestamp())


def iso(moment: datetime) -> str:
    """The API's form of a time, to the second, as in 2026-11-22T06:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
