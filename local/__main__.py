"""The door of `python -m local`: picks one command and imports nothing of the others."""

import importlib
import sys

COMMANDS = {
    "serve": ("local.serve.command", "run the whole application on this machine"),
    "simulator": ("local.simulator.command", "run only the stand-in for the video model's API"),
    "receiver": ("local.receiver.command", "receive webhooks, verify and print them"),
    "demo": ("local.demo.command", "make one video and watch every step of it"),
}


def usage() -> str:
    lines = [f"  {name:<10} {purpose}" for name, (_, purpose) in COMMANDS.items()]
    return "usage: python -m local COMMAND [--help]\n\n" + "\n".join(lines)


def main(argv: list[str]) -> int:
    """Exit status 2 means that the command line was wrong."""
    if argv and argv[0] in ("-h", "--help"):
        print(usage())
        return 0
    if not argv or argv[0] not in COMMANDS:
        problem = f"unknown command {argv[0]!r}" if argv else "a command is missing"
        print(f"python -m local: {problem}\n{usage()}", file=sys.stderr)
        return 2
    status: int = importlib.import_module(COMMANDS[argv[0]][0]).main(argv[1:])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
