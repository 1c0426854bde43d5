"""Reads `[sim create=drop-after-accept poll=404:3 run=3]` in a prompt, or the same words from a script."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from local.simulator.faults.catalogue import ARGUMENTS, CATALOGUE, SETTINGS, Kind

_DIRECTIVE = re.compile(r'\[sim\s((?:[^\]"]|"[^"]*")*)\]')
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
# A colon that no quotation mark encloses: even numbers of marks follow it.
_COLON = re.compile(r':(?=(?:[^"]*"[^"]*")*[^"]*$)')
_LIMIT = re.compile(r"(\d+)(s?)")


@dataclass(frozen=True)
class Limit:
    """For how long a fault lasts: so many times, so many simulated seconds, or always."""

    times: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Fault:
    kind: Kind
    name: str
    argument: str
    limit: Limit
    key: str  # its place in the text it came from: equal faults are counted apart

    def number(self, default: float) -> float:
        return float(self.argument) if self.argument else default

    @property
    def status(self) -> int:
        return int(self.name[:3])


@dataclass(frozen=True)
class Faults:
    """What one text asks for, by door, in the order written."""

    faults: tuple[Fault, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def at(self, door: str) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.kind.door == door)

    def __add__(self, other: "Faults") -> "Faults":
        return Faults(self.faults + other.faults, {**self.settings, **other.settings})


def read_prompt(prompt: str) -> Faults:
    """All directives of a prompt; ValueError names the first that makes no sense."""
    return read_words(" ".join(_DIRECTIVE.findall(prompt)), origin="prompt")


def read_words(text: str, origin: str, lasts: str = "") -> Faults:
    """`lasts` replaces the usual COUNT of every fault that states none."""
    faults = []
    settings = {}
    for place, word in enumerate(_WORD.findall(text)):
        name, equals, value = word.partition("=")
        if name in SETTINGS and equals:
            settings[name] = _setting(name, value)
        elif name in ("create", "poll", "video") and equals:
            faults.append(_fault(name, value, f"{origin}-{place}", lasts))
        else:
            raise ValueError(f"{word!r} is not a fault; see: python -m local simulator --help")
    return Faults(tuple(faults), settings)


def _setting(name: str, value: str) -> str:
    value = value.replace('"', "")
    pattern, text = SETTINGS[name]
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{name}={value}: expected {text}")
    return value


def _fault(door: str, value: str, key: str, lasts: str) -> Fault:
    name, *rest = (part.replace('"', "") for part in _COLON.split(value))
    kind = next((kind for kind in CATALOGUE if kind.door == door and kind.matches(name)), None)
    if kind is None:
        raise ValueError(f"{door}={name} is not a fault; see: python -m local simulator --help")
    argument = rest.pop(0) if kind.argument and rest else ""
    if argument and not re.fullmatch(ARGUMENTS[kind.argument], argument):
        raise ValueError(f"{door}={value}: {argument!r} is not {kind.argument}")
    count = rest.pop(0) if rest else ""
    if rest:
        raise ValueError(f"{door}={value}: too many parts")
    return Fault(kind, name, argument, _limit(value, door, count or lasts or kind.lasts), key)


def _limit(value: str, door: str, text: str) -> Limit:
    if text == "always":
        return Limit()
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise ValueError(f"{door}={value}: {text!r} is not a count: expected 3, 10s or always")
    return Limit(seconds=float(match[1])) if match[2] else Limit(times=int(match[1]))


class Tally:
    """Counts how often each fault has struck, per scope: a task, or the prompt of a create."""

    def __init__(self) -> None:
        self._struck: dict[str, dict[str, int]] = {}
        self._lock = Lock()

    def strikes(self, fault: Fault, scope: str, age: float) -> bool:
        """Whether the fault strikes now, which is counted; `age` is the scope's, in simulated seconds."""
        if fault.limit.seconds is not None:
            return age < fault.limit.seconds
        with self._lock:
            struck = self._struck.setdefault(scope, {})
            times = struck.get(fault.key, 0)
            if fault.limit.times is not None and times >= fault.limit.times:
                return False
            struck[fault.key] = times + 1
            return True

    def first(self, faults: Iterable[Fault], scope: str, age: float) -> Fault | None:
        return next((fault for fault in faults if self.strikes(fault, scope, age)), None)

    def forget(self, scope: str) -> None:
        with self._lock:
            self._struck.pop(scope, None)
