"""A video, a quote and a page of videos, as the server describes them; unknown members stay in `raw`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from cliprelay_client.api.errors import VideoError, VideoFailed, VideoUnconfirmed

V = TypeVar("V")
D = TypeVar("D", bound="VideoData")


@dataclass(frozen=True)
class Notice:
    """A warning of the server: a stable code and a sentence."""

    code: str
    message: str


class VideoData:
    """A video at one moment."""

    def __init__(self, raw: Mapping[str, Any], *, replayed: bool = False) -> None:
        self.raw, self.replayed = dict(raw), replayed

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def status(self) -> str:
        """`queued`, `submitting`, `running`, `archiving`, `succeeded`, `failed`, `expired`, `canceled` or `unconfirmed`."""
        return str(self.raw.get("status", ""))

    @property
    def progress(self) -> int:
        return int(self.raw.get("progress") or 0)

    @property
    def model(self) -> str:
        return str(self.raw.get("model", ""))

    @property
    def created_at(self) -> str:
        return str(self.raw.get("created_at", ""))

    @property
    def has_ended(self) -> bool:
        """Whether the status is final; a status that this client does not know is final once there is an end."""
        if self.status == "canceled":
            return bool(self.raw.get("ended_at")) or self.raw.get("billed") != "possibly"
        return bool(self.raw.get("ended_at")) or self.status in ("succeeded", "failed", "expired", "not_found")

    @property
    def is_decided(self) -> bool:
        """Whether waiting longer brings nothing soon: it has ended, was canceled, or an operator has to resolve it."""
        return self.has_ended or self.status in ("canceled", "unconfirmed")

    @property
    def cost_usd(self) -> Decimal | None:
        """US dollars, calculated from published prices unless `raw["cost"]["estimated"]` is false."""
        usd = (self.raw.get("cost") or {}).get("usd")
        return None if usd is None else Decimal(str(usd))

    @property
    def error(self) -> Notice | None:
        found = self.raw.get("error")
        return Notice(str(found.get("code", "")), str(found.get("message", ""))) if isinstance(found, dict) else None

    @property
    def warnings(self) -> Sequence[Notice]:
        return [Notice(str(each.get("code", "")), str(each.get("message", ""))) for each in self.raw.get("warnings") or []]

    @property
    def metadata(self) -> Mapping[str, str]:
        return self.raw.get("metadata") or {}

    @property
    def link(self) -> str | None:
        """The durable link, which needs no key; treat it like a password."""
        return (self.raw.get("video") or {}).get("link")

    @property
    def url(self) -> str | None:
        """A presigned URL, valid for an hour at most."""
        return (self.raw.get("video") or {}).get("url")

    @property
    def sha256(self) -> str | None:
        return (self.raw.get("video") or {}).get("sha256")

    @property
    def bytes(self) -> int | None:
        return (self.raw.get("video") or {}).get("bytes")


def id_of(video: str | VideoData) -> str:
    """Return the id of a video, or the id itself."""
    return video.id if isinstance(video, VideoData) else video


def or_error(video: D) -> D:
    """Return a video that has a file or is on its way; raise the error of one that was decided without."""
    if error := outcome_error(video):
        raise error
    return video


def outcome_error(video: VideoData) -> VideoError | None:
    """Return the error of a video that is decided without a file; no message advises another order."""
    if video.status == "unconfirmed":
        return VideoUnconfirmed(
            f"{video.id} is unconfirmed: the provider did not answer the paid call, so it may have been charged. "
            "The operator has been notified and resolves it; the video keeps its id.",
            video,
        )
    if not video.is_decided or video.status == "succeeded":
        return None
    said = video.error
    billed = f"; billed: {video.raw['billed']}" if "billed" in video.raw else ""
    because = f": {said.message} ({said.code}){billed}" if said else f"{billed}."
    return VideoFailed(f"{video.id} {_ENDED.get(video.status, 'ended as ' + video.status)}{because}", video)


_ENDED = {"failed": "failed", "expired": "expired", "canceled": "was canceled", "not_found": "is not there"}


@dataclass(frozen=True)
class Quote:
    """What an order would produce and cost; nothing was recorded or paid."""

    raw: Mapping[str, Any]

    @property
    def usd(self) -> Decimal:
        """The price of the order as asked."""
        return Decimal(str(self.raw["usd"]["request"]))

    @property
    def is_exact(self) -> bool:
        """Whether the shape of the video is known, so that the price is that of the published rates."""
        return bool((self.raw.get("geometry") or {}).get("exact"))

    @property
    def warnings(self) -> Sequence[Notice]:
        return [Notice(str(each.get("code", "")), str(each.get("message", ""))) for each in self.raw.get("warnings") or []]


@dataclass(frozen=True)
class Page(Generic[V]):
    """A page of videos; `next` is the value for `after`."""

    data: Sequence[V]
    next: str | None
