"""The flags of `python -m local serve`."""

import argparse
import math
import os
from dataclasses import dataclass
from pathlib import Path

from local.paths import ROOT

# The address in the e-mails that end up as files.
NOTIFICATION_EMAIL = "you@example.com"


@dataclass(frozen=True)
class Options:
    port: int
    ready_file: Path | None
    upstream_url: str | None
    upstream_key: str | None
    time_scale: float
    aws_host: str
    aws_port: int
    loopback: bool
    events_url: str | None
    state_dir: Path | None
    parameters: dict[str, str]
    template: Path


def parse(argv: list[str]) -> Options:
    """Exits with status 2 and one clear line when a flag is wrong."""
    parser = _parser()
    given = parser.parse_args(argv)
    if given.upstream_url and given.upstream_key is None:
        given.upstream_key = os.environ.get("UPSTREAM_API_KEY")
    if (given.upstream_url is None) != (given.upstream_key is None):
        parser.error("--upstream-url and --upstream-key belong together")
    if given.ready_file and not given.ready_file.absolute().parent.is_dir():
        parser.error(f"the folder of --ready-file {given.ready_file} does not exist")
    return Options(**vars(given) | {"parameters": dict(given.parameters)})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local serve",
        description="Runs the application of template.yaml on this machine. All data lives in memory.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--port", type=_port, default=8787, metavar="N", help="port of the API; 0 takes a free one (default 8787)")
    add("--ready-file", type=Path, metavar="PATH", help="appears when everything answers: JSON with every address")
    add("--upstream-url", type=_url, metavar="URL", help="a real upstream instead of the built-in simulator")
    add("--upstream-key", metavar="KEY", help="its API key (default: UPSTREAM_API_KEY of the environment, which no process list shows)")
    add("--time-scale", type=_scale, default=1.0, metavar="F", help="waits, retries and schedules take F times as long")
    add(
        "--aws-host",
        default="127.0.0.1",
        metavar="H",
        help="where AWS and simulator listen (default 127.0.0.1); who reaches it can change everything",
    )
    add("--aws-port", type=_port, default=0, metavar="N", help="its port (default: a free one)")
    add("--no-loopback", dest="loopback", action="store_false", help="address rules as in the cloud: public https only")
    add("--events-url", type=_url, metavar="URL", help="an HTTP endpoint to subscribe to the events")
    add("--state-dir", type=Path, metavar="DIR", help="folder for e-mails and logs (default: a fresh one in .local/)")
    add(
        "--parameter",
        dest="parameters",
        type=_assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another value for a parameter of the template, such as CorsAllowOrigin=http://localhost:3000",
    )
    add("--template", type=Path, default=ROOT / "template.yaml", metavar="PATH", help="another template.yaml")
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name.isalnum() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} does not start with http:// or https://")
    return text.rstrip("/")
