"""What every command has at hand: the client and the output."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from cliprelay_client.cli.output import Output

if TYPE_CHECKING:
    from cliprelay_client.api.client import Client

# A person who watches wants the film rather than an error: an outage of some minutes is waited out.
PATIENCE, PATIENCE_AT_FIRST = 120.0, 6.0


@dataclass
class Session:
    """One run of the command; `going_on` is said when it is interrupted."""

    base_url: str | None
    api_key: str | None
    as_json: bool
    going_on: str = ""
    output: Output = field(init=False)

    def __post_init__(self) -> None:
        self.output = Output(as_json=self.as_json)

    @cached_property
    def client(self) -> "Client":
        """Connect at first use, because `--help` and completion need no HTTP library."""
        from cliprelay_client.api.client import Client

        return Client(self.base_url, self.api_key, patience=PATIENCE, patience_at_first=PATIENCE_AT_FIRST)


def session(ctx: click.Context, /, options: dict[str, Any]) -> Session:
    """Take the common options out of the options of a command, and leave the session where `main` finds it."""
    ctx.find_root().obj = found = Session(options.pop("base_url"), options.pop("api_key"), options.pop("as_json"))
    return found
