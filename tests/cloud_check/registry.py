"""What is checked: each check with its name, its stage and what it needs of the place where ClipRelay runs."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.cloud_check.run import Run


class Stage(Enum):
    """When a check runs; those of PROMISES run side by side, all others one after the other."""

    PREFLIGHT = "preflight"
    DEPLOY = "deployment"
    BEFORE = "before the first key"
    PROMISES = "promises"
    DRILLS = "drills"
    AFTER = "afterwards"


class Need(StrEnum):
    """What not every place has; a check that needs it is skipped there, with the place's reason."""

    ACCOUNT = "an AWS account"
    ROLES = "roles that are enforced"
    CONCURRENCY = "reserved concurrency"
    MANY = "many sandboxes at once"
    GATEWAY = "the gateway's own limits"
    HEAD = "the gateway's answers to HEAD"
    SWEEP = "a sweep by events and schedule"
    METRICS = "CloudWatch's metrics"
    ADDRESS = "addresses that a client can open"
    FORMS = "upload forms that are enforced"
    LONG = "--long"


class Refuted(Exception):
    """A promise did not hold; the message says what was seen."""


# A check returns its evidence, one line for the report.
CheckFunction = Callable[["Run"], str]


@dataclass(frozen=True)
class Check:
    name: str
    stage: Stage
    needs: tuple[Need, ...]
    run: CheckFunction


CHECKS: list[Check] = []


def check(stage: Stage, name: str, *needs: Need) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check; its order within the stage is the order of definition."""

    def register(function: CheckFunction) -> CheckFunction:
        CHECKS.append(Check(name, stage, needs, function))
        return function

    return register


def expect(what: str, found: Any, wanted: Any) -> None:
    """Raise Refuted, with both values, unless they are equal."""
    if found != wanted:
        raise Refuted(f"{what}: {wanted!r} expected, {found!r} found")


def require(what: str, holds: object) -> None:
    """Raise Refuted unless it holds."""
    if not holds:
        raise Refuted(what)
