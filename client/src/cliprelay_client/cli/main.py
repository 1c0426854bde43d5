"""The command `cliprelay`, its exit codes, and one sentence for whatever goes wrong."""

import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from cliprelay_client.api.errors import ApiError, ClipRelayError, VideoError
from cliprelay_client.cli.output import MARK, say, say_how_to_go_on
from cliprelay_client.version import VERSION

INTERRUPTED = 130
LOCAL, UNREACHABLE = 1, 6
_HOMES = {
    "make": "make",
    "submit": "make",
    "quote": "make",
    "watch": "watch",
    "get": "videos",
    "list": "videos",
    "download": "videos",
    "cancel": "videos",
    "delete": "videos",
    "link": "videos",
    "deliveries": "videos",
    "resend": "videos",
    "batch": "batch",
    "usage": "account",
    "login": "account",
    "completion": "account",
    "mcp": "account",
}


class Commands(click.Group):
    """Imports a command when it is called, so that completion is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        found: click.Command = getattr(import_module(f"cliprelay_client.cli.{_HOMES[cmd_name]}"), f"{cmd_name}_command")
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="cliprelay")
def cli() -> None:
    """Order AI videos, watch them, and download them whole. An order is paid at most once, however often it is repeated.

    \b
    Exit codes: 0 made · 1 this machine · 2 usage · 3 refused · 4 failed
    5 unconfirmed · 6 unreachable · 130 interrupted
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    context: click.Context | None = None
    if "_CLIPRELAY_COMPLETE" in os.environ:
        cli.main(words, prog_name="cliprelay")
    try:
        context = cli.make_context("cliprelay", words)
        with context:
            return int(cli.invoke(context) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        return _fail(error.format_message(), 2, context, {"code": "usage"}, _hint(error))
    except ClipRelayError as error:
        return _fail(str(error), error.exit_code, context, _described(error))
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(context)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that Python's own flush at the end says nothing
        return 1
    except OSError as error:
        return _fail(f"{error.filename or 'This machine'}: {error.strerror or error}.", LOCAL, context, {"code": "local"})


def _hint(error: click.ClickException) -> str:
    found = getattr(error, "ctx", None)
    return f"Try `{found.command_path} --help`." if found else ""


def _described(error: ClipRelayError) -> dict[str, Any]:
    if isinstance(error, ApiError):
        return {"code": error.code or "refused", "status": error.status, "errors": list(error.complaints)}
    if isinstance(error, VideoError) and error.video is not None:
        return {"code": error.video.status, "video": error.video.raw}
    return {"code": type(error).__name__}


def _fail(message: str, code: int, context: click.Context | None, facts: dict[str, Any], hint: str = "") -> int:
    session = context.obj if context else None
    if session and session.as_json:
        sys.stdout.write(json.dumps({"error": {"message": message, **facts}}, ensure_ascii=False, indent=2) + "\n")
    say(f"{MARK} {message}{' ' + hint if hint else ''}")
    if code in (LOCAL, UNREACHABLE) and session:
        say_how_to_go_on(session.going_on)
    return code


def _interrupted(context: click.Context | None) -> int:
    session = context.obj if context else None
    sys.stderr.write("\n")
    say("Interrupted.")
    say_how_to_go_on(session.going_on if session else "")
    return INTERRUPTED
