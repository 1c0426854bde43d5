"""A row of the fault table: how the far end is, and what becomes of the video, in words that data can be written in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.wire_responses import Behaviour, answer


class Door(StrEnum):
    """Where the upstream is met."""

    SUBMIT = "submit"
    POLL = "poll"
    VIDEO = "video URL"


class At(StrEnum):
    """What a connection to the far end finds."""

    HTTP = "a server"
    TLS = "a server that speaks TLS, under a name"
    CLOSED = "a port where nobody listens"
    FULL = "a server that accepts no connection"
    NAMELESS = "a name that nobody knows"


class Money(StrEnum):
    """What the upstream's books hold for the video, as far as we can know."""

    NOTHING = "not charged"
    ONCE = "charged once"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Far:
    """A far end: where it is, how much of a request it reads, and what it does then.

    `certificate` also makes its address an https one; `slow` ones are waited for only a moment.
    """

    behave: Behaviour = field(default_factory=answer)
    at: At = At.HTTP
    reads: str = "body"  # or "head", or "nothing"
    certificate: str | None = None
    slow: bool = False


@dataclass(frozen=True)
class Expected:
    """The video after the step; `then` and `wait` are the step's answer to the workflow."""

    status: str
    code: str
    money: Money
    then: str
    wait: int | None = None


@dataclass(frozen=True)
class Row:
    """One fault at one door: either words for the simulator, or a far end of our own that stands before it."""

    door: Door
    fault: str
    expected: Expected
    words: str = ""
    far: Far | None = None
    turns: int = 1  # so many steps in a row under the fault
    after: int = 0  # so many seconds after the submit
    large: bool = False  # the request carries a picture of tens of megabytes
    public: bool = False  # the address rules of the cloud
    end: str = ""  # how the video ends without the fault, where that is not what everybody would think

    @property
    def name(self) -> str:
        return f"{self.door}: {self.fault}"

    @property
    def end_after_all(self) -> str:
        """How the video ends once the fault is gone: what is open succeeds, what has ended, or is in doubt, stays so."""
        return self.end or ("succeeded" if self.expected.status in ("queued", "running", "archiving") else self.expected.status)


# Submit


def queued(code: str, wait: int = 5) -> Expected:
    """Nothing was bought; the video waits and is submitted again."""
    return Expected("queued", code, Money.NOTHING, "submit", wait)


def refused(code: str) -> Expected:
    """Nothing was bought and never will be."""
    return Expected("failed", code, Money.NOTHING, "notify")


DOUBT = Expected("unconfirmed", "outcome_unknown", Money.UNKNOWN, "notify")
RUNS = Expected("running", "", Money.ONCE, "wait", 18)


# Poll


def asks(code: str, wait: int = 6) -> Expected:
    """The video goes on running, and Poll asks again."""
    return Expected("running", code, Money.ONCE, "wait", wait)


def ends(status: str, code: str) -> Expected:
    """The paid video ends without a film."""
    return Expected(status, code, Money.ONCE, "notify")


FINISHED = Expected("archiving", "", Money.ONCE, "archive")


# Video URL


def fetches(code: str, wait: int = 5) -> Expected:
    """The film is not ours yet: Poll asks for a fresh link, and Archive tries again."""
    return Expected("archiving", code, Money.ONCE, "wait", wait)


COPIED = Expected("succeeded", "", Money.ONCE, "notify")


@dataclass(frozen=True)
class Everywhere:
    """One far end that is met at every door."""

    fault: str
    far: Far
    submit: Expected
    poll: Expected
    video: Expected | None = None  # None: there is no such thing as this in a film

    def rows(self) -> Sequence[Row]:
        met = ((Door.SUBMIT, self.submit), (Door.POLL, self.poll), (Door.VIDEO, self.video))
        return [Row(door, self.fault, expected, far=self.far) for door, expected in met if expected]
