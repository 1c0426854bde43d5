"""Runs a video up to the fault of a row, through it and past it, with the real steps, clients and tables."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit

from requests import adapters
from requests.adapters import HTTPAdapter

from cliprelay.ids import claim_token
from cliprelay.media import download
from cliprelay.media.download import Downloader
from cliprelay.net.guard import Guard
from cliprelay.net.urls import AddressRules
from cliprelay.steps.archive import RESERVE, archive
from cliprelay.steps.poll import poll
from cliprelay.steps.submit import Submitter
from cliprelay.upstream.credentials import UpstreamKey
from cliprelay.upstream.myrouter import client as myrouter
from cliprelay.upstream.myrouter.client import MyRouter
from cliprelay.video.record import ImageSource, Video, deadline_after, iso
from cliprelay.video.states import Status
from cliprelay.workflow.contract import Event, Result
from local.simulator.service import Simulator
from tests.contract.faults.rows import At, Endpoint, Expected, Money, Row
from tests.support.certificates import Certificates
from tests.support.cuts import owned_cut
from tests.support.faulty_server import ask, reach, standing
from tests.support.makers import GRACE, PICTURE_TYPE, any_png, any_settings, any_spec, any_video

if TYPE_CHECKING:
    from tests.support.world import World

# AGES is reached by no test. A far end that has the whole request lets the client's time be over itself. MOMENT is for those that never
# get one, and for the time-out of a single read, where the end is the same however late the client comes.
MOMENT, AGES = 0.25, 60.0
# Larger than every video of the simulator, smaller than every flood of the rows.
SIZE_CAP = 3_000_000
# More than both sockets buffer, so that some stays unsent if the far end stops reading.
LARGE_PICTURE = 15_000_000
# A run without faults takes four steps; one that starts a day late copies eight times before it ends.
MOST_STEPS = 20

_NUMBERS = count(1)
# moto's replacement for requests, not needed here, reads a body before passing it on, so all of it would seem sent.
_REAL_SEND = HTTPAdapter.send


@contextmanager
def believing(certificates: Certificates) -> Iterator[None]:
    """Make the product's clients trust our own authority, and send without moto, inside the block."""
    with patch.object(adapters, "DEFAULT_CA_BUNDLE_PATH", str(certificates.believed)), patch.object(HTTPAdapter, "send", _REAL_SEND):
        yield


@dataclass(frozen=True)
class Seen:
    """The result of a step: in the record, in the log and in the upstream's ledger."""

    status: str
    code: str
    money: str
    then: str
    wait: int | None

    @classmethod
    def of(cls, expected: Expected) -> "Seen":
        return cls(expected.status, expected.code, expected.money, expected.then, expected.wait)


class Said(logging.Handler):
    """Return the codes of log lines, or the messages of lines without a code."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.codes: list[str] = []
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.codes.append(getattr(record, "code", None) or record.getMessage())
        self.text += str(vars(record))


def _is_cut(row: Row) -> bool:
    """Whether the far end gets the whole request, and only the limit of the whole exchange ends the wait for its answer."""
    if row.far is None or not row.far.slow:
        return False
    return row.far.at is not At.FULL and row.far.reads == "body" and row.expected.code != "download_broken"


@dataclass
class Walks:
    """The parts of a deployment before one simulator; each row walks with a video of its own.

    `books` has the line that the simulator writes for every task it accepts; its ledger adds all up anew whenever it is asked.
    """

    world: "World"
    simulator: Simulator
    key: UpstreamKey
    certificates: Certificates
    books: list[str]
    said: Said = field(default_factory=Said)

    def begin(self, row: Row) -> str:
        """Create a video just before the row's endpoint, with the row's directives in its prompt."""
        if self.world.controls.read().is_open:
            self.world.controls.close_breaker()
        now = self.world.clock()
        settings = any_settings(prompt=f"A lighthouse. [sim {row.words}]" if row.words else "A lighthouse.")
        times = {"created_at": iso(now), "updated_at": iso(now), "deadline": deadline_after(now, any_spec(**settings))}
        image = self._large_picture() if row.large else any_video().image
        video = any_video(id=f"vid_{next(_NUMBERS):026}", settings=settings, image=image, **times)
        return self.world.put(video if row.endpoint is Endpoint.SUBMIT else self._paid(video, row.endpoint)).id

    def _paid(self, video: Video, endpoint: Endpoint) -> Video:
        """As Submit, and Poll, leave it when nothing goes wrong."""
        client = MyRouter(self.simulator.url, self.key)
        upstream_id = client.create(client.prepare(video, self.world.store.read_input), key=self.key())
        running = replace(video, status=Status.RUNNING, claim="any", upstream_id=upstream_id, waited=18)
        if endpoint is Endpoint.POLL:
            return running
        link = client.task(upstream_id).video_url
        return replace(running, status=Status.ARCHIVING, upstream_url=link, archiving_at=int(self.world.clock.seconds()))

    def _large_picture(self) -> ImageSource:
        picture = any_png() + bytes(LARGE_PICTURE)
        return ImageSource(key=self.world.store.put_input("acme", picture, PICTURE_TYPE), content_type=PICTURE_TYPE)

    # The steps

    def submit(self, video_id: str, url: str = "", seconds: float = AGES) -> Result:
        client = MyRouter(url or self.simulator.url, self.key, submit_seconds=seconds)
        parts: dict[str, Any] = {
            "videos": self.world.videos,
            "controls": self.world.controls,
            "read_input": self.world.store.read_input,
            "clock": self.world.clock,
        }
        step = Submitter(
            **parts, upstream=client, key=self.key, claim_token=claim_token, grace=GRACE, seconds_left=lambda: 180, count=lambda _: None
        )
        return step.submit(Event(video_id=video_id, run=1))

    def poll(self, video_id: str, url: str = "", seconds: float = AGES) -> Result:
        client, world = MyRouter(url or self.simulator.url, self.key), self.world
        with patch.object(myrouter, "POLL_SECONDS", seconds):
            event = Event(video_id=video_id, run=1)
            return poll(event, videos=world.videos, upstream=client, clock=world.clock, grace=GRACE, count=lambda _: None)

    def archive(self, video_id: str, seconds: float = AGES, *, public: bool = False) -> Result:
        guard = Guard(AddressRules.PUBLIC if public else AddressRules.LOOPBACK, resolve=ask, connect=reach)
        with patch.multiple(download, CONNECT_SECONDS=seconds, READ_SECONDS=seconds):
            return archive(
                Event(video_id=video_id, run=1),
                videos=self.world.videos,
                store=self.world.store,
                downloader=Downloader(guard, SIZE_CAP),
                clock=self.world.clock,
                seconds_left=RESERVE + AGES,
            )

    # Up to the fault and through it

    def meet(self, row: Row, *, takes: bool) -> tuple[Seen, str, Result]:
        """Run a new video into the row's fault; return the result, the video's id and the step's answer."""
        books = len(self.books)
        video_id = self.begin(row)
        self.world.clock.advance(row.after)
        self.said.codes.clear()
        with owned_cut() as cut, self._far(row, takes, cut.now) as url:
            result = self._turns(row, video_id, url)
        return self._seen(video_id, result, books), video_id, result

    @contextmanager
    def _far(self, row: Row, takes: bool, cut: Callable[[], None]) -> Iterator[str]:
        if row.far is None:
            yield self.simulator.url
        else:
            waits = cut if _is_cut(row) else lambda: None
            with standing(row.far, self.simulator.url, self.certificates, takes=takes, waits=waits) as url:
                yield url

    def _turns(self, row: Row, video_id: str, url: str) -> Result:
        seconds = MOMENT if row.far and row.far.slow and not _is_cut(row) else AGES
        for turn in range(row.turns):
            match row.endpoint:
                case Endpoint.SUBMIT:
                    result = self.submit(video_id, url, seconds)
                case Endpoint.POLL:
                    result = self.poll(video_id, url, seconds)
                case Endpoint.VIDEO:
                    self._point(video_id, url)
                    result = self.archive(video_id, seconds, public=row.public)
            if turn + 1 < row.turns:
                self.world.clock.advance(result.get("wait", 0))
                if row.endpoint is Endpoint.VIDEO:
                    self.poll(video_id)
        return result

    def _point(self, video_id: str, url: str) -> None:
        """Redirect the link that Poll stored to the far end."""
        link = urlsplit(self.world.read(video_id).upstream_url or "")
        far = urlsplit(url)
        self.world.change(video_id, upstream_url=link._replace(scheme=far.scheme, netloc=far.netloc).geturl())

    def _seen(self, video_id: str, result: Result, books: int) -> Seen:
        video = self.world.read(video_id)
        code = (video.error or {}).get("code") or (video.waiting_for if video.status == "queued" else None)
        code = code or (self.said.codes[-1] if self.said.codes else "")
        return Seen(video.status, code, self.money(video, books), result["next"], result.get("wait"))

    def money(self, video: Video, books: int) -> str:
        """Return what the record claims, if it agrees with the ledger, which had `before` tasks before."""
        paid = self.books[books:]
        if video.status == "unconfirmed" and len(paid) <= 1:
            return Money.UNKNOWN
        if not paid and video.upstream_id is None:
            return Money.NOTHING
        if len(paid) == 1 and video.upstream_id is not None:
            return Money.ONCE
        return f"{len(paid)} paid, and the record holds {video.upstream_id}"

    # Past the fault

    def lead_on(self, video_id: str, result: Result) -> Video:
        """Run the video from there to its end without the fault."""
        for _ in range(MOST_STEPS):
            if result["next"] in ("notify", "done"):
                break
            self.world.clock.advance(result.get("wait", 0))
            result = self._step(result["next"], video_id)
        return self.world.read(video_id)

    def _step(self, then: str, video_id: str) -> Result:
        match then:
            case "submit":
                return self.submit(video_id)
            case "archive":
                return self.archive(video_id)
        return self.poll(video_id)
