"""Convert exceptions to responses: a Refusal to its problem, anything else without its text."""

import logging
import traceback

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.problems import problem_answer
from cliprelay.errors import Refusal

logger = logging.getLogger("cliprelay.api")

# The innermost frames of a traceback show where the error occurred.
PLACES = 6


def answer_to(error: Exception) -> Answer:
    """Convert an exception of a route."""
    return problem_answer(refusal_of(error))


def refusal_of(error: Exception) -> Refusal:
    """Convert an exception of a route to a refusal."""
    if isinstance(error, Refusal):
        return error
    return unavailable(error) if isinstance(error, ClientError | BotoCoreError) else _unexpected(error)


def unavailable(error: Exception) -> Refusal:
    """Build the refusal for an AWS service that did not answer."""
    logger.error("unavailable", extra={"error_type": type(error).__name__})
    return Refusal("unavailable", "Part of the service is unavailable. Try again.", retry_after=5)


def _unexpected(error: Exception) -> Refusal:
    # An exception's text may quote the request, so only its type and location are logged.
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    logger.error("unforeseen", extra={"error_type": type(error).__name__, "places": places})
    return Refusal("internal", "Unexpected error; it has been logged. Try again with the same Idempotency-Key.")
