"""Searches the product's output and the workflow's data for secrets."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

from tests.simulation.actors.requests import IMAGE_SECRET, PROMPT_SECRET
from tests.simulation.upstream.media import SIGNATURE

# Prefixes of the upstream's keys and of our own.
UPSTREAM_KEY, CLIENT_KEY = "upstream-key-", "clr_key-of"
SECRETS = {
    UPSTREAM_KEY: "the upstream's key",
    CLIENT_KEY: "a client's key",
    PROMPT_SECRET: "a prompt",
    IMAGE_SECRET: "an image's address",
    SIGNATURE: "the upstream's link",
    "X-Amz-Signature": "a presigned link",
    "base64,": "an inline image",
    "iVBORw0KGgo": "an inline image",
    "Bearer ": "an authorization",
}


def secret_in(text: str) -> str | None:
    """Return the secret in a text; None if there is none."""
    return next((what for secret, what in SECRETS.items() if secret in text), None)


class Output(io.TextIOBase):
    """The product's standard output: checked, counted and discarded."""

    def __init__(self) -> None:
        self.lines = 0
        self.leak: Callable[[str, str], None] = lambda what, text: None
        self.metric: Callable[[str], None] = lambda text: None

    def write(self, text: str) -> int:
        self.lines += 1
        if what := secret_in(text):
            self.leak(what, text)
        if '"_aws"' in text:
            self.metric(text)
        return len(text)


@contextmanager
def heard_by(output: Output) -> Iterator[None]:
    """Redirect all output and logs to it."""
    from cliprelay.telemetry import log_as

    log_as("simulation", {}, None)  # the first call creates the logger's handler
    streams = [handler for handler in logging.getLogger("cliprelay").handlers if isinstance(handler, logging.StreamHandler)]
    before = [handler.setStream(output) for handler in streams]
    try:
        with redirect_stdout(output):
            yield
    finally:
        for handler, stream in zip(streams, before, strict=True):
            if stream:
                handler.setStream(stream)
