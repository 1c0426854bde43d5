"""A small receiver of webhooks: it verifies what comes, prints it, and can be told to fail first."""

from local.receiver.command import main

__all__ = ["main"]
