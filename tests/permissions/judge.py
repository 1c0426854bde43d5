"""Judge recorded calls: is each allowed, does DynamoDB accept it, and is every grant used?"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.permissions.actions import Call, by_logical_ids, needs
from tests.permissions.callers import calls_of_services
from tests.permissions.requests import Keys, refusals
from tests.permissions.roles import Grant, Need, Roles, template_roles
from tests.permissions.unused import UNUSED


@dataclass
class Judgement:
    """The result; `problems` lists what must not be."""

    calls: Counter[str] = field(default_factory=Counter)
    denied: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    used: set[Grant] = field(default_factory=set)
    unused: list[Grant] = field(default_factory=list)
    reasons_of_used: list[str] = field(default_factory=list)

    def problems(self) -> list[str]:
        """Return one line per problem; none if all is well."""
        return [
            *(f"denied {count} times: {what}" for what, count in sorted(self.denied.items())),
            *(f"refused by DynamoDB {count} times: {what}" for what, count in sorted(self.refused.items())),
            *(f"granted, and used by no call: {grant}" for grant in self.unused),
            *(f"in tests/permissions/unused.py, but used: {what}" for what in self.reasons_of_used),
        ]

    def table(self) -> list[str]:
        """Return one line per function or state machine with its calls, and one with all findings."""
        rows = [f"{function:22}{count:7} calls" for function, count in sorted(self.calls.items())]
        excepted = len(UNUSED)
        found = f"{self.denied.total()} denied, {self.refused.total()} refused by DynamoDB, {len(self.unused)} grants unused"
        return [*rows, f"{self.calls.total()} calls and {len(self.used)} grants: {found}, {excepted} excepted"]


def recorded_calls(folder: Path, names: Iterable[str]) -> Iterator[Call]:
    """Read all files of a folder, with the resources of `names` by their logical ids."""
    by_name = {name.lower(): name for name in names}
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            yield Call(**call | {"parameters": by_logical_ids(call["parameters"], by_name)})


def judge(calls: Iterable[Call], roles: Roles, unused: Mapping[tuple[str, str, str], str] = UNUSED) -> Judgement:
    """Judge calls of functions together with those that AWS makes for the template's resources."""
    judgement, bench = Judgement(), _Bench(roles)
    for holder, need in calls_of_services(roles):
        judgement.calls[holder] += 1
        bench.judge_need(judgement, holder, need, "the template")
    for call in calls:
        judgement.calls[call.function] += 1
        bench.judge_call(judgement, call)
    excepted = {grant for grant in roles.allowed if (grant.role, grant.sid, grant.action) in unused}
    judgement.unused = [grant for grant in roles.allowed if grant not in judgement.used | excepted]
    known = {(grant.role, grant.sid, grant.action): grant in judgement.used for grant in roles.allowed}
    judgement.reasons_of_used = [" ".join(key) for key in unused if known.get(key, True)]
    return judgement


class _Bench:
    """Answers each question once: most calls differ only in ids."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._tables = {name: Keys.read(roles.resolved(name)) for name in roles.names("AWS::DynamoDB::Table")}
        self._known: dict[tuple[Any, ...], list[Grant]] = {}

    def judge_call(self, judgement: Judgement, call: Call) -> None:
        if call.service == "dynamodb":
            judgement.refused.update(
                f"{call.function} {call}: {reason}" for reason in refusals(call.operation, call.parameters, self._tables)
            )
        for need in needs(call):
            self.judge_need(judgement, call.function, need, str(call))

    def judge_need(self, judgement: Judgement, holder: str, need: Need, why: str) -> None:
        key = (holder, need, *(f"{name}={values}" for name, values in need.context.items()))
        if key not in self._known:
            self._known[key] = self._roles.granting(holder, need)
        judgement.used.update(self._known[key])
        if not self._known[key]:
            judgement.denied[f"{holder}: {need}, for {why}"] += 1


def judge_folder(folder: Path, template: Path) -> Judgement:
    """Judge the calls recorded in a folder by the roles of a template."""
    roles = template_roles(template)
    return judge(recorded_calls(folder, roles.all_names()), roles)
