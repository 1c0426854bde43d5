"""A row of the fault table: the behaviour of the far end and the expected state of the video, as data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.support.wire_responses import Behaviour, answer


class Endpoint(StrEnum):
    """Where the product calls the upstream."""

    SUBMIT = "submit"
    POLL = "poll"
    VIDEO = "video URL"


class At(StrEnum):
    """What a connection to the far end meets."""

    HTTP = "a server"
    TLS = "a server that speaks TLS, under a name"
    CLOSED = "a port where nobody listens"
    FULL = "a server that accepts no connection"
    NAMELESS = "a name that nobody knows"


class Money(StrEnum):
    """What the upstream's ledger has for the video, as far as we can know."""

    NOTHING = "not charged"
    ONCE = "charged once"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Far:
    """A far end: where it is, how much of a request it reads, and what it does then.

    `certificate` also makes its address an https one; `slow` ones make the client wait until its time is over.
    """

    behave: Behaviour = field(default_factory=answer)
    at: At = At.HTTP
    reads: str = "body"  # or "head", or "nothing"
    certificate: str | None = None
    slow: bool = False


@dataclass(frozen=True)
class Expected:
    """The video after the step; `then` and `wait` are what the step returns to the workflow."""

    status: str
    code: str
    money: Money
    then: str
    wait: int | None = None


@dataclass(frozen=True)
class Row:
    """One fault at one endpoint: either directives for the simulator, or our own server in front of it."""

    endpoint: Endpoint
    fault: str
    expected: Expected
    words: str = ""
    far: Far | None = None
    turns: int = 1  # number of consecutive steps with the fault
    after: int = 0  # seconds after the submit
    large: bool = False  # the request contains an image of tens of megabytes
    public: bool = False  # use the address rules of the cloud
    end: str = ""  # how the video ends once the fault is gone, if not as usual

    @property
    def name(self) -> str:
        return f"{self.endpoint}: {self.fault}"

    @property
    def end_after_all(self) -> str:
        """How the video ends once the fault is gone: an open one succeeds, an ended or unconfirmed one does not change."""
        return self.end or ("succeeded" if self.expected.status in ("queued", "running", "archiving") else self.expected.status)


# Submit


def queued(code: str, wait: int = 5) -> Expected:
    """Expect no payment; the video waits and is submitted again."""
    return Expected("queued", code, Money.NOTHING, "submit", wait)


def refused(code: str) -> Expected:
    """Expect no payment; the video has failed."""
    return Expected("failed", code, Money.NOTHING, "notify")


DOUBT = Expected("unconfirmed", "outcome_unknown", Money.UNKNOWN, "notify")
RUNS = Expected("running", "", Money.ONCE, "wait", 20)


# Poll


def asks(code: str, wait: int = 8) -> Expected:
    """Expect a running video that is polled again."""
    return Expected("running", code, Money.ONCE, "wait", wait)


def ends(status: str, code: str) -> Expected:
    """Expect that the paid video ends without a file."""
    return Expected(status, code, Money.ONCE, "notify")


FINISHED = Expected("archiving", "", Money.ONCE, "archive")


# Video URL


def fetches(code: str, wait: int = 5) -> Expected:
    """Expect a video that is not archived yet: Poll asks for a fresh link, and Archive tries again."""
    return Expected("archiving", code, Money.ONCE, "wait", wait)


COPIED = Expected("succeeded", "", Money.ONCE, "notify")


@dataclass(frozen=True)
class Everywhere:
    """One far end, at every endpoint."""

    fault: str
    far: Far
    submit: Expected
    poll: Expected
    video: Expected | None = None  # None: does not apply to downloads

    def rows(self) -> Sequence[Row]:
        met = ((Endpoint.SUBMIT, self.submit), (Endpoint.POLL, self.poll), (Endpoint.VIDEO, self.video))
        return [Row(endpoint, self.fault, expected, far=self.far) for endpoint, expected in met if expected]
