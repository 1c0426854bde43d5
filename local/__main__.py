"""Entry point of `python -m local`; imports only the selected command."""

import importlib
import sys

from local.interruption import end_at_once

COMMANDS = {
    "serve": ("local.serve.command", "run the whole application on this machine"),
    "simulator": ("local.simulator.command", "run only the simulator of the upstream video API"),
    "state": ("local.state.command", "show or remove what a service has stored on this machine"),
    "receiver": ("local.receiver.command", "receive, verify and print webhooks"),
    "demo": ("local.demo.command", "create one video and show every step"),
}


def usage() -> str:
    lines = [f"  {name:<10} {purpose}" for name, (_, purpose) in COMMANDS.items()]
    return "usage: python -m local COMMAND [--help]\n\n" + "\n".join(lines)


def main(argv: list[str]) -> int:
    """Run one command; exit status 2 means an invalid command line, 130 Ctrl-C."""
    if argv and argv[0] in ("-h", "--help"):
        print(usage())
        return 0
    if not argv or argv[0] not in COMMANDS:
        problem = f"unknown command {argv[0]!r}" if argv else "missing command"
        print(f"python -m local: {problem}\n{usage()}", file=sys.stderr)
        return 2
    end_at_once()
    status: int = importlib.import_module(COMMANDS[argv[0]][0]).main(argv[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
