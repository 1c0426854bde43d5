"""What an agent may do: quote, submit, wait, get, list, cancel. Results are links, never files; a repeated call cannot pay twice."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypedDict

from cliprelay_client.api.async_client import AsyncClient
from cliprelay_client.api.core import Core
from cliprelay_client.api.errors import ApiError, ClipRelayError, ServerTooOld, Unavailable, Unreachable
from cliprelay_client.api.orders import Order, content_key, create, order_of, quote
from cliprelay_client.api.video import Quote, VideoData
from cliprelay_client.api.waiting import LONG_POLL

# Agents' own limits of a call are often 60 seconds.
LONGEST_WAIT = 50
# Between two notices of progress.
NOTICE_SECONDS = 5


class VideoFacts(TypedDict, total=False):
    """A video, for an agent; members that are not known are absent."""

    id: str
    status: str
    progress: int
    has_ended: bool
    cost_usd: str
    link: str
    billed: str
    error: str
    warnings: list[str]
    already_ordered: bool
    next: str


class QuoteFacts(TypedDict):
    """The price of an order; nothing was ordered."""

    usd: str
    is_exact: bool
    seconds: float
    size: str
    warnings: list[str]


class ListFacts(TypedDict):
    """Videos, newest first; `next` is the value for `after`."""

    videos: list[VideoFacts]
    next: str


class LimitExceeded(ClipRelayError):
    """An order would cost more than the person who started the server allows."""

    exit_code = 3


@dataclass
class Spending:
    """The limits of one session, and what it has ordered: each key counts once."""

    max_usd: Decimal | None = None
    session_max_usd: Decimal | None = None
    ordered: dict[str, Decimal] = field(default_factory=dict)

    def reserve(self, key: str, price: Decimal) -> bool:
        """Count an order before it is sent; return whether it is new, and raise LimitExceeded if it is too dear."""
        if key in self.ordered:
            return False
        if self.max_usd is not None and price > self.max_usd:
            raise LimitExceeded(f"The price is ${price}, more than the limit of ${self.max_usd} per video; nothing was ordered.")
        spent = sum(self.ordered.values(), Decimal(0))
        if self.session_max_usd is not None and spent + price > self.session_max_usd:
            raise LimitExceeded(
                f"The price is ${price}, and ${spent} of this session's limit of ${self.session_max_usd} is used; nothing was ordered."
            )
        self.ordered[key] = price
        return True

    def release(self, key: str) -> None:
        """Give back what a refused order had counted."""
        self.ordered.pop(key, None)


class AgentTools:
    """The tools of one session."""

    def __init__(self, client: AsyncClient, spending: Spending) -> None:
        self._client, self._spending = client, spending

    @property
    def _core(self) -> Core:
        return self._client.core

    async def quote(self, image: str | None, prompt: str, settings: Mapping[str, Any]) -> QuoteFacts:
        quoted = await self._quoted(order_of(image, prompt, settings))
        shape = quoted.raw.get("geometry") or {}
        return {
            "usd": str(quoted.usd),
            "is_exact": quoted.is_exact,
            "seconds": float(shape.get("duration") or 0),
            "size": f"{shape.get('width', '?')}x{shape.get('height', '?')}",
            "warnings": [each.message for each in quoted.warnings if each.code != "no_idempotency_key"],
        }

    async def submit(self, image: str | None, prompt: str, settings: Mapping[str, Any], variation: str) -> VideoFacts:
        """Order under a key made of all arguments, so that the same call is the same video."""
        order = order_of(image, prompt, settings)
        key = content_key(order, "mcp", variation)
        quoted = await self._quoted(order) if key not in self._spending.ordered else None
        is_new = self._spending.reserve(key, quoted.usd) if quoted else False
        try:
            raw, replayed = await self._ordered(order, key, quoted)
        except (Unreachable, Unavailable):
            raise  # it may have been recorded, so it counts
        except (ApiError, ServerTooOld):
            if is_new:
                self._spending.release(key)
            raise
        return {**facts(VideoData(raw)), "already_ordered": replayed, "next": "call wait with this id"}

    async def _ordered(self, order: Order, key: str, quoted: Quote | None) -> tuple[dict[str, Any], bool]:
        limit = self._spending.max_usd
        limited = order if limit is None else Order(order.pictures, {**order.settings, "max_cost_usd": str(limit)})
        try:
            found: tuple[dict[str, Any], bool] = await self._client.driver.run(create(self._core, limited, key, None))
        except ServerTooOld:
            # An older server does not know the limit; a price that is exact was checked here.
            if limit is None or (quoted is not None and not quoted.is_exact):
                raise
            found = await self._client.driver.run(create(self._core, order, key, None))
        return found

    async def _quoted(self, order: Order) -> Quote:
        return Quote(await self._client.driver.run(quote(self._core, order)))

    async def wait(self, video_id: str, seconds: int, report: Callable[[float, str], Awaitable[None]]) -> VideoFacts:
        """Wait for the end, at most 50 seconds, with a notice every few seconds."""
        clock = self._core.clock
        end = clock() + max(0, min(seconds, LONGEST_WAIT))
        while True:
            left = end - clock()
            raw = await self._client.driver.run(_look(self._core, video_id, left))
            video = VideoData(raw)
            await report(video.progress, video.status)
            if video.is_decided:
                return facts(video)
            if clock() >= end - 1:
                return {**facts(video), "next": "not finished; call wait again with this id, which costs nothing"}

    async def get(self, video_id: str) -> VideoFacts:
        return facts(await self._client.videos.get(video_id))

    async def list(self, status: str | None, limit: int, after: str | None) -> ListFacts:
        page = await self._client.videos.list(status=status, limit=limit, after=after)
        return {"videos": [facts(each) for each in page.data], "next": page.next or ""}

    async def cancel(self, video_id: str) -> VideoFacts:
        return facts(await self._client.videos.cancel(video_id))


def _look(core: Core, video_id: str, left: float) -> Any:
    """Read the video; the server waits until the next notice is due, and a server that does not wait is asked as seldom."""
    from cliprelay_client.api.records import get
    from cliprelay_client.api.steps import Pause

    began = core.clock()
    seconds = int(min(NOTICE_SECONDS, LONG_POLL, max(0.0, left)))
    shown = yield from get(core, video_id, seconds)
    rest = min(seconds, left) - (core.clock() - began)
    if not VideoData(shown).is_decided and rest > 0:
        yield Pause(rest)
    return shown


def facts(video: VideoData) -> VideoFacts:
    """Describe a video for an agent."""
    found: VideoFacts = {"id": video.id, "status": video.status, "progress": video.progress, "has_ended": video.is_decided}
    if video.cost_usd is not None:
        found["cost_usd"] = str(video.cost_usd)
    if video.link:
        found["link"] = video.link
    if "billed" in video.raw:
        found["billed"] = str(video.raw["billed"])
    if video.error:
        found["error"] = f"{video.error.code}: {video.error.message}"
    if video.status == "unconfirmed":
        found["error"] = (
            "The provider did not answer the paid call, so it may have been charged. The operator resolves it; wait, or ask them."
        )
    if video.warnings:
        found["warnings"] = [each.message for each in video.warnings]
    return found
