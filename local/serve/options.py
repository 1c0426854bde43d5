"""The options of `python -m local serve`."""

import argparse
import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from local.paths import ROOT

# The recipient of the e-mails that are written to files.
NOTIFICATION_EMAIL = "you@example.com"


@dataclass(frozen=True)
class Options:
    port: int
    ready_file: Path | None
    upstream_url: str | None
    upstream_key: str | None
    time_scale: float
    base_path: str
    console: bool
    aws_host: str
    aws_port: int
    loopback: bool
    events_url: str | None
    state_dir: Path | None
    ephemeral: bool
    tables: str
    parameters: dict[str, str]
    template: Path


def parse(argv: list[str]) -> Options:
    """Parse the command line; on an invalid option, print one line and exit with status 2."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.upstream_url and args.upstream_key is None:
        args.upstream_key = os.environ.get("UPSTREAM_API_KEY")
    if (args.upstream_url is None) != (args.upstream_key is None):
        parser.error("--upstream-url and --upstream-key must be used together")
    if args.tables == "moto" and not args.ephemeral:
        parser.error("--tables moto keeps the tables in memory, so it must be used with --ephemeral")
    if args.ready_file and not args.ready_file.absolute().parent.is_dir():
        parser.error(f"the folder of --ready-file {args.ready_file} does not exist")
    return Options(**vars(args) | {"parameters": dict(args.parameters)})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local serve",
        description="Run the application of template.yaml on this machine. What it has answered is on disk.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--port", type=_port, default=8787, metavar="N", help="port of the API; 0 selects a free one (default 8787)")
    add("--ready-file", type=Path, metavar="PATH", help="JSON file with all addresses, written once the service is ready")
    add("--upstream-url", type=_url, metavar="URL", help="use a real upstream instead of the built-in simulator")
    add(
        "--upstream-key",
        metavar="KEY",
        help="its API key (default: the environment variable UPSTREAM_API_KEY, hidden from process lists)",
    )
    add("--time-scale", type=_scale, default=1.0, metavar="F", help="multiply waits, retry delays and schedules by F")
    add("--base-path", type=_path, default="", metavar="PATH", help="path of the API's URL, such as /clips, as behind a custom domain")
    add("--no-console", dest="console", action="store_false", help="do not serve the web page at /console")
    add(
        "--aws-host",
        default="127.0.0.1",
        metavar="H",
        help="address of the AWS endpoint and simulator (default 127.0.0.1); any client that can connect has full access",
    )
    add(
        "--aws-port",
        type=_port,
        default=0,
        metavar="N",
        help="port of the AWS endpoint (default: that of the last start if it is free, or any free one)",
    )
    add("--no-loopback", dest="loopback", action="store_false", help="use the cloud's address rules: public https only")
    add("--events-url", type=_url, metavar="URL", help="HTTP endpoint to subscribe to the events")
    add(
        "--state-dir",
        type=_folder,
        metavar="DIR",
        help="folder for data, e-mails and logs (default: .local/state next to the template)",
    )
    add("--ephemeral", action="store_true", help="keep all data in memory; e-mails and logs go to a new folder in .local/, or to DIR")
    add(
        "--tables",
        choices=("own", "moto"),
        default="own",
        help="who answers for DynamoDB: the service's own tables in its database (default), or moto's, which are always in memory",
    )
    add(
        "--parameter",
        dest="parameters",
        type=_assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="set a template parameter, such as CorsAllowOrigin=http://localhost:3000",
    )
    add("--template", type=Path, default=ROOT / "template.yaml", metavar="PATH", help="template to run (default: template.yaml)")
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
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def _path(text: str) -> str:
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a path such as /clips: parts of A-Z, a-z, 0-9, '.', '_', '~' and '-', no slash at the end"
        )
    return text


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name.isalnum() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of the folder is empty; is a variable unset?")
    return Path(text)


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} does not start with http:// or https://")
    if not _has_address(text):
        raise argparse.ArgumentTypeError(f"{text!r} has no valid host and port")
    return text.rstrip("/")


def _has_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # raised for a port that is no number
        return False
