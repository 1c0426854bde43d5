"""Parse `[sim create=drop-after-accept poll=404:3 run=3]` in a prompt, or the same words in a script."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from local.simulator.faults.catalogue import ARGUMENTS, CATALOGUE, SETTINGS, FaultKind

_DIRECTIVE = re.compile(r'\[sim\s((?:[^\]"]|"[^"]*")*)\]')
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
# A colon outside quotation marks: an even number of them follows.
_COLON = re.compile(r':(?=(?:[^"]*"[^"]*")*[^"]*$)')
_LIMIT = re.compile(r"(\d+)(s?)")


@dataclass(frozen=True)
class Limit:
    """How long a fault lasts: a number of times or simulated seconds, or always."""

    times: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    name: str
    argument: str
    limit: Limit
    key: str  # its position in the text, so that equal faults are counted separately

    def number(self, default: float) -> float:
        return float(self.argument) if self.argument else default

    @property
    def status(self) -> int:
        return int(self.name[:3])


@dataclass(frozen=True)
class Directives:
    """The faults that one text requests, in order, and its settings."""

    faults: tuple[Fault, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)

    def at(self, endpoint: str) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.kind.endpoint == endpoint)

    def __add__(self, other: "Directives") -> "Directives":
        return Directives(self.faults + other.faults, {**self.settings, **other.settings})


def read_prompt(prompt: str) -> Directives:
    """Parse all directives in a prompt; raise ValueError for the first invalid one."""
    return read_words(" ".join(_DIRECTIVE.findall(prompt)), origin="prompt")


def read_words(text: str, origin: str, default_count: str = "") -> Directives:
    """Parse words; `default_count` replaces the usual COUNT of faults without one."""
    faults = []
    settings = {}
    for place, word in enumerate(_WORD.findall(text)):
        name, equals, value = word.partition("=")
        if name in SETTINGS and equals:
            settings[name] = _setting(name, value)
        elif name in ("create", "poll", "video") and equals:
            faults.append(_fault(name, value, f"{origin}-{place}", default_count))
        else:
            raise ValueError(f"{word!r} is not a fault; see: python -m local simulator --help")
    return Directives(tuple(faults), settings)


def _setting(name: str, value: str) -> str:
    value = value.replace('"', "")
    pattern, text = SETTINGS[name]
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{name}={value}: expected {text}")
    return value


def _fault(endpoint: str, value: str, key: str, default_count: str) -> Fault:
    name, *rest = (part.replace('"', "") for part in _COLON.split(value))
    kind = kind_of(endpoint, name)
    argument = rest.pop(0) if kind.argument and rest else ""
    if argument and not re.fullmatch(ARGUMENTS[kind.argument], argument):
        raise ValueError(f"{endpoint}={value}: {argument!r} is not {kind.argument}")
    count = rest.pop(0) if rest else ""
    if rest:
        raise ValueError(f"{endpoint}={value}: too many parts")
    return Fault(kind, name, argument, _limit(value, endpoint, count or default_count or kind.default_count), key)


def kind_of(endpoint: str, name: str) -> FaultKind:
    """Look a fault up in the catalogue; raise ValueError if it is unknown."""
    kind = next((kind for kind in CATALOGUE if kind.endpoint == endpoint and kind.matches(name)), None)
    if kind is None:
        raise ValueError(f"{endpoint}={name} is not a fault; see: python -m local simulator --help")
    return kind


def _limit(value: str, endpoint: str, text: str) -> Limit:
    if text == "always":
        return Limit()
    match = _LIMIT.fullmatch(text)
    if match is None:
        raise ValueError(f"{endpoint}={value}: {text!r} is not a count: expected 3, 10s or always")
    return Limit(seconds=float(match[1])) if match[2] else Limit(times=int(match[1]))
