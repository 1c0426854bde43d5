"""How a route's exception becomes an answer: ours as the problem it is, everything else without its text."""

import json
import logging
import traceback

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from cliprelay.api.problems import PROBLEM_JSON, problem_body, refused_input
from cliprelay.api.upload_routes import UploadOrder
from cliprelay.errors import Problem

logger = logging.getLogger("cliprelay.api")

# The last places of a traceback are those that tell where it broke.
PLACES = 6


def add_refusals(app: APIGatewayHttpResolver) -> None:
    """Register the handlers; Powertools takes the nearest class in the order of inheritance."""
    app.exception_handler(Problem)(as_answer)
    app.exception_handler(RequestValidationError)(lambda error: _invalid(error, app.current_event.path))
    app.exception_handler([ClientError, BotoCoreError])(_unreachable)
    app.exception_handler(NotFoundError)(_nowhere)
    app.exception_handler(Exception)(_unforeseen)


def as_answer(problem: Problem) -> Response[str]:
    """A refusal as the resolver returns it."""
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store", **problem.headers}
    return Response(status_code=problem.status, content_type=PROBLEM_JSON, headers=headers, body=json.dumps(problem_body(problem)))


def unavailable(error: Exception) -> Problem:
    """The refusal for an AWS service that did not answer."""
    logger.error("unavailable", extra={"error_type": type(error).__name__})
    return Problem(503, "unavailable", "A part of the service does not answer now. Try again.", headers={"Retry-After": "5"})


# Bodies that are no order of a video.
_BODIES: dict[str, type[BaseModel]] = {"/v1/uploads": UploadOrder}


def _invalid(error: RequestValidationError, path: str) -> Response[str]:
    return as_answer(refused_input(error.errors(), _BODIES.get(path)))


def _nowhere(_: NotFoundError) -> Response[str]:
    # The resolver takes fewer letters in a part of a path than the gate does; no id has any other.
    return as_answer(Problem(404, "not_found", "Nothing has this id."))


def _unreachable(error: Exception) -> Response[str]:
    return as_answer(unavailable(error))


def _unforeseen(error: Exception) -> Response[str]:
    # The text of a foreign exception may quote the request, so only its type and the places are logged.
    frames = traceback.extract_tb(error.__traceback__)[-PLACES:]
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in frames]
    logger.error("unforeseen", extra={"error_type": type(error).__name__, "places": places})
    return as_answer(Problem(500, "internal", "Something unforeseen went wrong; it is logged. Try again with the same Idempotency-Key."))
