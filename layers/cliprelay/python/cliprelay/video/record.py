"""The record of one video, as stored in the table and used by every step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from cliprelay.media.facts import Facts, Poster
from cliprelay.video.kept_copies import KeptCopy
from cliprelay.video.states import ANNOUNCED, TERMINAL, Status

if TYPE_CHECKING:
    from cliprelay.catalog.spec import Spec

# The upstream ends a task after `execution_expires_after`; 15 more minutes cover its own delay and clock differences.
DEADLINE_MARGIN = timedelta(minutes=15)
# Of `metadata`: how many pairs, and the characters of each key and value.
METADATA_PAIRS, METADATA_KEY, METADATA_VALUE = 16, 64, 500


@dataclass(frozen=True)
class ImageSource:
    """The location of an image: the client's own URL, or an object in our bucket under a random key."""

    url: str | None = None
    key: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Video:
    """One video; times are ISO 8601 in UTC if clients see them, epoch seconds if the table compares them."""

    id: str
    tenant: str
    status: Status
    run: int
    model: str
    settings: dict[str, Any]
    image: ImageSource | None = None  # some models accept none
    created_at: str
    updated_at: str
    deadline: int
    last_image: ImageSource | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    quote: dict[str, Any] | None = None  # tokens, usd and usd_per_million, as calculated on acceptance
    # Money, in micro-dollars. Records of earlier versions have none of these: they touch no budget and no counter of usage.
    reserved: int | None = None  # on acceptance: the price of the dearest shape
    key_name: str | None = None  # of the API key that ordered it
    budgets: list[str] | None = None  # the periods of budgets in which it is reserved: `tenant#acme#2026-11-27`, `key#acme#shop#2026-11`
    resolved_charge: str | None = None  # `charged` or `not_charged`, as the operator found out after its end
    is_recovered: bool = False  # open in a restored table: whether its end was counted before is not known, so no later one is
    warnings: list[dict[str, str]] = field(default_factory=list)
    base_url: str = ""
    webhook_url: str | None = None  # of this request; its query may contain a secret
    webhook_events: list[str] | None = None  # None: all, or as in the tenant's settings
    provider: str | None = None  # who gets the order's data, as in the catalog
    intent: str | None = None  # id of the idempotency item, which expires together with the video
    face: str | None = None  # the foreign API that it was ordered through; None: our own
    asked_model: str | None = None  # the model as that order named it
    # The client's limits.
    expires_in: int | None = None  # seconds in which the video must be submitted
    not_before: str | None = None  # the video is not submitted earlier
    # Cancel: stands next to the status, which goes on; see video/shown.py.
    cancel_requested_at: str | None = None
    discard: bool = False  # the file is thrown away
    discard_after: int | None = None  # until then, a copy may be under way that does not know of `discard`
    ended_at: str | None = None
    expires_at: int | None = None
    # Submit.
    claim: str | None = None
    claimed_at: int | None = None
    attempts: int = 0  # submits that certainly bought nothing
    upstream_id: str | None = None
    waiting_for: str | None = None  # code of the reason why a queued video is not submitted yet
    # Poll.
    submitted_at: int | None = None
    waited: int = 0
    progress: int = 0
    misses: int = 0  # consecutive unusable answers of one kind
    archiving_at: int | None = None
    tokens: int | None = None  # as billed, if the upstream reports it
    # Archive.
    upstream_url: str | None = None  # only until the video is archived
    more_urls: list[str] | None = None  # further links of the same answer, likewise
    link_at: int | None = None  # when the upstream gave these links
    copies: int = 0  # attempts that did not copy the whole file
    refusals: dict[str, int] = field(default_factory=dict)  # how often a link failed, by the code of the reason
    noted_copies: list[KeptCopy] = field(default_factory=list)  # complete downloads that failed a check
    copying_since: int | None = None  # start of the first attempt since the last one that ended by itself
    object_key: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    c2pa: bool | None = None  # whether the file has a C2PA manifest; None: not looked at
    error: dict[str, str] | None = None
    link: str | None = None  # 256 random bits; anyone who has them can watch the video
    revoked_links: list[str] = field(default_factory=list)  # SHA-256 of earlier links
    # Thumbnail.
    poster_due: bool = False  # a Thumbnail follows Archive, and no poster is stored yet
    facts: Facts | None = None
    poster: Poster | None = None
    # Notify.
    event_id: str | None = None
    event_at: str | None = None
    told: str | None = None  # id of the last event that was published
    # Sweep: when it examines the video, unless a step extends the lease.
    due: str | None = None
    due_at: int | None = None
    failing_since: int | None = None  # since when no step of it has got anywhere; None while they do
    queued_by: str | None = None  # the tenant, in a queued record of an earlier version; no longer written
    # Delete: see erasure.py for what is left of the rest.
    deleted_at: str | None = None
    erase_at: int | None = None  # when the sweep deletes the objects (again); None when it has nothing left to do
    erase_inputs: list[str] = field(default_factory=list)  # keys of the input images, until they are gone

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a record of any version: ignore unknown attributes, use defaults for missing ones."""
        known = {f.name: item[f.name] for f in fields(cls) if f.name in item}
        known["status"] = Status(known["status"])
        for name in ("image", "last_image"):
            if known.get(name) is not None:
                known[name] = ImageSource(**{f.name: known[name][f.name] for f in fields(ImageSource) if f.name in known[name]})
        known |= {name: kind.from_item(known[name]) for name, kind in (("facts", Facts), ("poster", Poster)) if known.get(name)}
        known["noted_copies"] = [KeptCopy.from_item(each) for each in known.get("noted_copies", [])]
        return cls(**known)

    @cached_property
    def spec(self) -> "Spec":
        """Return the specification of the request, even for a model unknown to this version."""
        from cliprelay.catalog.registry import spec_of  # some steps never ask for it

        return spec_of(self.model, self.settings)

    @property
    def is_over(self) -> bool:
        """Return whether the video has reached a terminal state."""
        return self.status in TERMINAL

    @property
    def must_be_announced(self) -> bool:
        """Return whether the present state is still to be announced."""
        return self.status in ANNOUNCED and self.told != self.event_id

    @property
    def calls(self) -> int:
        """The number of the present paid call, or of the next one: a video that goes back to the queue is submitted once more."""
        return self.attempts + 1

    @property
    def is_silent(self) -> bool:
        """Return whether the present state has no event: the owner of a canceled video only hears how it ends."""
        return self.cancel_requested_at is not None and not self.is_over

    @property
    def begins_at(self) -> datetime:
        """Return when the video may be submitted at the earliest, from which its time in the queue counts."""
        created, earliest = datetime.fromisoformat(self.created_at), self.not_before
        return max(created, datetime.fromisoformat(earliest)) if earliest else created

    @property
    def submit_by(self) -> int:
        """Return when a video that has not been submitted ends, in epoch seconds; no return to the queue moves it."""
        return queue_deadline(self.begins_at, self.spec, self.expires_in)

    @property
    def awaits_poster(self) -> bool:
        """Return whether the poster is being made; once the video is announced, it has one or has none."""
        return self.poster_due and self.must_be_announced

    @property
    def links(self) -> list[str]:
        """Return the links of the upstream's last answer."""
        return [self.upstream_url, *(self.more_urls or [])] if self.upstream_url else []

    @property
    def kept_copies(self) -> list[KeptCopy]:
        """Return the unverified copies in the bucket, in the order of their arrival."""
        return [each for each in self.noted_copies if each.is_kept]

    @property
    def kept_until(self) -> str | None:
        """Return when an ended video and its record expire."""
        return iso(datetime.fromtimestamp(self.expires_at, UTC)) if self.expires_at else None

    @property
    def execution(self) -> str:
        """Return the name of the execution that is responsible for the video."""
        return f"{self.id}-{self.run}"


# What `from_item` takes for an attribute that is missing.
DEFAULTS = {each.name: each.default_factory() if callable(each.default_factory) else each.default for each in fields(Video)}


def deadline_after(moment: datetime, spec: "Spec") -> int:
    """Return the deadline, in epoch seconds, of a video that was claimed (or could be, first) at `moment`."""
    return int((moment + timedelta(seconds=spec.expires_after) + DEADLINE_MARGIN).timestamp())


def queue_deadline(begins_at: datetime, spec: "Spec", expires_in: int | None) -> int:
    """Return the deadline, in epoch seconds, of a video that may be submitted from `begins_at` on: the client's own, if it set one."""
    return deadline_after(begins_at, spec) if expires_in is None else int(begins_at.timestamp()) + expires_in


def iso(moment: datetime) -> str:
    """Format a time for the API, to the second, as in 2026-11-22T06:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
