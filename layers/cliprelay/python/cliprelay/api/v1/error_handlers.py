"""Convert exceptions to responses: a Refusal to its problem, anything else without its text."""

import logging
import traceback

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.api.http.endpoints import EndpointResolver
from cliprelay.api.http.problems import invalid_input, problem_response
from cliprelay.api.services import admitted
from cliprelay.errors import Refusal

logger = logging.getLogger("cliprelay.api")

# The innermost frames of a traceback show where the error occurred.
PLACES = 6


def add_error_handlers(app: EndpointResolver) -> None:
    """Register the handlers; Powertools selects the nearest base class."""
    app.exception_handler(Refusal)(problem_response)
    app.exception_handler(RequestValidationError)(lambda error: _invalid(error, app))
    app.exception_handler([ClientError, BotoCoreError])(_unreachable)
    app.exception_handler(NotFoundError)(_nowhere)
    app.exception_handler(Exception)(_unexpected)


def unavailable(error: Exception) -> Refusal:
    """Build the refusal for an AWS service that did not answer."""
    logger.error("unavailable", extra={"error_type": type(error).__name__})
    return Refusal("unavailable", "Part of the service is unavailable. Try again.", retry_after=5)


def _invalid(error: RequestValidationError, app: EndpointResolver) -> Response[str]:
    asking = admitted(app)
    return problem_response(invalid_input(error.errors(), asking.model, asking.query))


def _nowhere(_: NotFoundError) -> Response[str]:
    # The resolver allows fewer characters in a path segment than `admit`, but enough for every id.
    return problem_response(Refusal("not_found", "Nothing has this id."))


def _unreachable(error: Exception) -> Response[str]:
    return problem_response(unavailable(error))


def _unexpected(error: Exception) -> Response[str]:
    # An exception's text may quote the request, so only its type and location are logged.
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    logger.error("unforeseen", extra={"error_type": type(error).__name__, "places": places})
    return problem_response(Refusal("internal", "Unexpected error; it has been logged. Try again with the same Idempotency-Key."))
