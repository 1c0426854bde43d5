"""Parsing of directives: invalid ones are rejected, because a fault without effect makes a test pass wrongly."""

from typing import Any

import pytest

from local.simulator.command import faults_help
from local.simulator.faults import downloads
from local.simulator.faults.catalogue import CATALOGUE, FaultKind
from local.simulator.faults.directives import Fault, Limit, read_prompt, read_words
from local.simulator.routes import bodies, create_faults, poll


def only(text: str) -> Fault:
    (fault,) = read_words(text, "any").faults
    return fault


def test_directives_are_found_anywhere_in_a_prompt() -> None:
    faults = read_prompt('A cat. [sim create=drop-after-accept poll=404:3] It says "hi [sim]". [similar] [sim run=3]')
    assert [(fault.kind.endpoint, fault.name) for fault in faults.faults] == [("create", "drop-after-accept"), ("poll", "404")]
    assert faults.settings == {"run": "3"}


@pytest.mark.parametrize(
    ("text", "name", "argument", "limit"),
    [
        ("poll=404", "404", "", Limit(times=1)),
        ("poll=404:3", "404", "", Limit(times=3)),
        ("poll=404:2s", "404", "", Limit(seconds=2)),
        ("poll=404:always", "404", "", Limit()),
        ("poll=lower-case", "lower-case", "", Limit()),
        ("poll=word:TASK_STATUS_PAUSED:2", "word", "TASK_STATUS_PAUSED", Limit(times=2)),
        ("create=400:ILLEGAL_PROMPT", "400", "ILLEGAL_PROMPT", Limit(times=1)),
        ("create=429:absurd:4", "429", "absurd", Limit(times=4)),
        ("create=502-after-accept", "502-after-accept", "", Limit(times=1)),
        ("create=html:unpaid", "html", "unpaid", Limit(times=1)),
        ("video=cut:1000", "cut", "1000", Limit(times=1)),
        ("video=cut::2", "cut", "", Limit(times=2)),
        ('video=302:"http://a.test:1/b c":2', "302", "http://a.test:1/b c", Limit(times=2)),
    ],
)
def test_a_fault_has_a_name_an_argument_and_a_count(text: str, name: str, argument: str, limit: Limit) -> None:
    fault = only(text)
    assert (fault.name, fault.argument, fault.limit) == (name, argument, limit)


@pytest.mark.parametrize(
    "text",
    [
        "create",
        "create=",
        "create=dorp",
        "create=200",
        "create=429:soonish",
        "create=html:paid",
        "poll=404:x",
        "poll=404:3:4",
        "poll=cut",
        "video=cut:half",
        "picture=404",
        "run=fast",
        "outcome=splendid",
        "ids=ID",
    ],
)
def test_an_unknown_fault_is_rejected_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("=")[0]):
        read_words(text, "any")


ACTORS: dict[str, list[Any]] = {
    "create": [create_faults._REFUSED, create_faults._ACCEPTED, create_faults._ODD, create_faults._ALIASES],
    "poll": [poll._INTERRUPTIONS, bodies._MODIFIERS],
    "video": [downloads._FAULTS],
}


@pytest.mark.parametrize("endpoint", ["create", "poll", "video"])
def test_every_fault_in_the_catalogue_has_exactly_one_implementation(endpoint: str) -> None:
    acted = [name for actors in ACTORS[endpoint] for name in actors]
    assert sorted(acted) == sorted(kind.name for kind in CATALOGUE if kind.endpoint == endpoint)


@pytest.mark.parametrize("kind", CATALOGUE, ids=lambda kind: f"{kind.endpoint}-{kind.name}")
def test_every_fault_in_the_catalogue_is_in_the_help(kind: FaultKind) -> None:
    assert f"  {kind.endpoint}={kind.name}" in faults_help()
    assert kind.help in faults_help()
