"""The storage behind the upstream's links: serves each video whole, or cut, late, elsewhere, as something else, or not at all."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import NamedTuple

from tests.simulation.faults.outages import HOUR
from tests.simulation.upstream.ledger import Fate, PaidTask, is_odd
from tests.simulation.upstream.model import KEPT
from tests.support.films import named_film
from tests.support.http_wire import Piece, Reply, Request, chunked, cut, head, html, reply, until_closed
from tests.support.mp4_files import TYPE_BOX, mp4_box

HOST, OTHER_HOST = "media.example.net", "mirror.example.net"
# In every link: it must never be seen anywhere but in the record, and there only until the video is ours.
SIGNATURE = "X-Amz-Signature=upstream"


@dataclass(frozen=True)
class Link:
    """One link to one video."""

    task: PaidTask
    number: int
    fate: str
    given: float
    until: float


class Serving(NamedTuple):
    """A whole video that was served: when, by a link from when, and whether the transfer said where it ends."""

    at: float
    given: float
    is_framed: bool


def video_file(task_id: str) -> bytes:
    """The video of a task: its own bytes, so that a mixed-up one shows; that of an odd task fails every check of form."""
    return TYPE_BOX + mp4_box(b"moov") + mp4_box(b"mdat", task_id.encode() * 40) if is_odd(task_id) else named_film(task_id)


def _announced(data: bytes) -> Piece:
    return 0, head(200, {"Content-Length": str(len(data))})


def _whole(data: bytes) -> Reply:
    return reply(200, data, Content_Type="video/mp4")


GOOD: dict[str, Callable[[bytes], Reply]] = {
    "whole": _whole,
    "chunked": lambda data: chunked(200, [data[:100], data[100:]]),
    "until closed": lambda data: until_closed(200, data),
    "slow": lambda data: Reply([_announced(data), (20, data[:50]), (20, data[50:])]),
}
BAD: dict[str, Callable[[bytes], Reply]] = {
    "403": lambda data: reply(403, b"<Error><Code>AccessDenied</Code></Error>"),
    "404": lambda data: reply(404),
    "410": lambda data: reply(410),
    "503": lambda data: reply(503),
    "206": lambda data: reply(206, data[:100]),
    "cut": lambda data: cut(200, data[: len(data) // 2], len(data) - len(data) // 2),
    "cut chunks": lambda data: chunked(200, [data[:99]], whole=False),
    "short chunks": lambda data: chunked(200, [data]),  # handle() cuts it
    "closed early": lambda data: until_closed(200, data[:-7]),
    "page": lambda data: html(200),
    "empty": lambda data: reply(200),
    "not an mp4": lambda data: reply(200, data[8:]),
    "too long": lambda data: reply(200, data + bytes(1_000_000)),
    "reset": lambda data: Reply([(0, head(200, {"Content-Length": str(len(data))}) + data[:20])], "reset"),
    "stalls": lambda data: Reply([(0, head(200, {"Content-Length": str(len(data))}) + data[:20])], "hang"),
    "drips": lambda data: Reply([_announced(data), *((25.0, data[at : at + 9]) for at in range(0, 900, 9))]),
    "to a private host": lambda data: reply(302, Location="https://169.254.169.254/latest/meta-data"),
    "to plain http": lambda data: reply(302, Location=f"http://{HOST}/x.mp4"),
    "round and round": lambda data: reply(302, Location="#again"),
}
# Links that must not even be opened.
FORBIDDEN = {"plain": "http://media.example.net", "private": "https://10.0.0.8", "userinfo": "https://user:pw@media.example.net"}


@dataclass
class ModelMedia:
    """`rate` is the share of links that do not serve their video."""

    rng: Random
    now: Callable[[], float]
    rate: float
    script: list[str] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    served: Counter[str] = field(default_factory=Counter)
    strange: list[str] = field(default_factory=list)
    whole: dict[str, list[Serving]] = field(default_factory=dict)

    def new_link(self, task: PaidTask) -> str:
        """A fresh link, with its own fate and its own end."""
        task.links += 1
        fate = self._fate(task)
        path = f"/{task.id}/{task.links}.mp4"
        self.links[path] = Link(task, task.links, fate, self.now(), self.now() + self.rng.uniform(HOUR / 60, KEPT))
        return f"{FORBIDDEN.get(fate, f'https://{HOST}')}{path}?{SIGNATURE}{task.links}"

    def _fate(self, task: PaidTask) -> str:
        if self.script:
            return self.script.pop(0)
        if task.fate is Fate.DEAD_LINKS or self.rng.random() < self.rate:
            return self.rng.choice([*BAD, *FORBIDDEN])
        return self.rng.choice([*GOOD, "elsewhere"])

    def handle(self, host: str, request: Request) -> Reply:
        """One GET; a video of a link that ended is not served."""
        link = self.links.get(request.path)
        if link is None or link.fate in FORBIDDEN or "authorization" in request.headers:
            self.strange.append(f"a request that must not be: {host}{request.path}")
            return reply(404)
        self.served[link.fate] += 1
        if self.now() > min(link.until, link.task.ready_at + KEPT):
            return reply(403)
        if link.fate in GOOD or (link.fate == "elsewhere" and host == OTHER_HOST):
            self.whole.setdefault(link.task.id, []).append(Serving(self.now(), link.given, link.fate != "until closed"))
        if link.fate == "elsewhere":
            return self._elsewhere(host, request, link)
        data = video_file(link.task.id)
        if link.fate == "short chunks":
            # Framed as if complete, and each time cut elsewhere than before and than the other fates do: a file that is always cut alike
            # would be the one that the provider has.
            data = data[: 101 + link.number % (len(data) - 120)]
        return (GOOD | BAD)[link.fate](data)

    def _elsewhere(self, host: str, request: Request, link: Link) -> Reply:
        """Storage of another region: one redirect to a public host."""
        if host == HOST:
            return reply(302, Location=f"https://{OTHER_HOST}{request.path}?{SIGNATURE}9")
        return _whole(video_file(link.task.id))


def digest(task_id: str) -> str:
    """What the record must say of the video."""
    return sha256(video_file(task_id)).hexdigest()
