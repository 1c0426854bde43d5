"""docs/reference/permissions.md: every permission of every role, from template.yaml as SAM expands it."""

from collections.abc import Iterator
from itertools import groupby

from tests.permissions.callers import calls_of_services
from tests.permissions.roles import Grant, Roles, template_roles
from tests.permissions.unused import UNUSED
from tests.support.paths import ROOT

HEAD = """\
# Permissions

Every action that a role of the template allows, on which resource, and who uses it. Resources are named by their logical ids.

"Recorded" means that a whole run of the tests calls AWS with this action: every call of the local service's functions, of the simulation,
and every signature is recorded and judged at the end of `make test`. The run fails if a role does not allow a call, if DynamoDB would
refuse a request, or if an action below is neither used nor excepted. "The template" means that AWS itself uses the permission, because a
state machine calls a function or because Lambda sends a failed event to a queue.

SAM adds two managed policies to each role, to write logs and traces; they are AWS's own and not listed.
"""


def page() -> str:
    """Return the page; it depends on the template and the exceptions alone, not on a run."""
    roles = template_roles(ROOT / "template.yaml")
    by_aws = {grant for caller, need in calls_of_services(roles) for grant in roles.granting(caller, need)}
    return "\n".join([HEAD, *_sections(roles, by_aws)]).rstrip() + "\n"


def _sections(roles: Roles, by_aws: set[Grant]) -> Iterator[str]:
    for role, grants in groupby(roles.allowed, lambda grant: grant.role):
        yield f"## {role.removesuffix('Role')}\n\n| statement | action | resource | used by |\n| --- | --- | --- | --- |"
        yield from (_row(grant, by_aws) for grant in grants)
        yield ""


def _row(grant: Grant, by_aws: set[Grant]) -> str:
    excepted = UNUSED.get((grant.role, grant.sid, grant.action))
    used = f"not recorded: {excepted}" if excepted else "the template" if grant in by_aws else "recorded"
    return f"| {grant.sid} | `{grant.action}` | `{_short(grant.resource)}` | {used} |"


def _short(resource: str) -> str:
    """Return an ARN without what is the same in all: partition, region and account."""
    return ":".join(part for part in resource.split(":")[5:] if part).removesuffix("-abcdef")
