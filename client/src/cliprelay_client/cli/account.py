"""`login`, `usage`, `completion` and `mcp`."""

import sys
from decimal import Decimal
from typing import Any

import click

from cliprelay_client.api.errors import UsageError
from cliprelay_client.cli.options import Usd, common
from cliprelay_client.cli.session import session


@click.command("login")
@common
@click.pass_context
def login_command(ctx: click.Context, /, **options: Any) -> int:
    """Store base URL and API key. The server has to accept them first."""
    import os

    from cliprelay_client.api.client import Client
    from cliprelay_client.api.settings import Settings, config_file, store

    url = options["base_url"] or _asked("Base URL", "CLIPRELAY_BASE_URL", hidden=False)
    key = options["api_key"] or _asked("API key", "CLIPRELAY_API_KEY", hidden=True)
    current = session(ctx, options)
    chosen = Settings(url.strip().rstrip("/"), key.strip())
    with Client(chosen.base_url, chosen.api_key, patience=6) as client:
        client.videos.list(limit=1)
    path = config_file(os.environ)
    store(path, chosen)
    current.output.result({"base_url": chosen.base_url, "file": str(path)}, [f"Stored in {path}."])
    return 0


def _asked(what: str, variable: str, *, hidden: bool) -> str:
    """Take a value from the environment, or ask for it; a piped key is one line."""
    import os

    if found := os.environ.get(variable):
        return found
    if not sys.stdin.isatty():
        line = sys.stdin.readline().strip()
        if not line:
            raise UsageError(f"No {what}: give it as an option, in {variable}, or as a line of standard input.")
        return line
    answer: str = click.prompt(what, hide_input=hidden, err=True)
    return answer


@click.command("usage")
@click.option("--from", "since", metavar="DATE", help="First day, such as 2026-11-01.")
@click.option("--to", metavar="DATE", help="Last day.")
@click.option("--by", type=click.Choice(["day", "model", "key", "status"]), default="day", show_default=True)
@common
@click.pass_context
def usage_command(ctx: click.Context, /, since: str | None, to: str | None, by: str, **options: Any) -> int:
    """Show what was made and what it cost."""
    current = session(ctx, options)
    found = current.client.usage(from_=since, to=to, by=by)
    rows = [row for row in found.get("data", []) if isinstance(row, dict)]
    heads = list(dict.fromkeys(name for row in rows for name, value in row.items() if not isinstance(value, dict | list)))
    if rows and isinstance(found.get("total"), dict):
        rows.append({heads[0]: "total", **found["total"]})
    current.output.table(
        found, [name.upper() for name in heads] or ["NOTHING YET"], [[row.get(name, "") for name in heads] for row in rows]
    )
    return 0


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion_command(shell: str) -> int:
    """Print the completion script of a shell. Use it as eval "$(cliprelay completion bash)"."""
    from click.shell_completion import get_completion_class

    from cliprelay_client.cli.main import cli

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows all three
    click.echo(found(cli, {}, "cliprelay", "_CLIPRELAY_COMPLETE").source())
    return 0


@click.command("mcp")
@click.option("--max-usd", type=Usd(), help="The most that one video may cost.")
@click.option("--session-max-usd", type=Usd(), help="The most that all videos of this session may cost together.")
@common
@click.pass_context
def mcp_command(ctx: click.Context, /, max_usd: Decimal | None, session_max_usd: Decimal | None, **options: Any) -> int:
    """Serve agents over standard input and output (MCP)."""
    try:
        from cliprelay_client.mcp.server import serve
    except ImportError as missing:
        if (missing.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise UsageError("The MCP SDK is not installed: pipx install './client[mcp]'.") from None
    current = session(ctx, options)
    serve(current.base_url, current.api_key, max_usd=max_usd, session_max_usd=session_max_usd)
    return 0
