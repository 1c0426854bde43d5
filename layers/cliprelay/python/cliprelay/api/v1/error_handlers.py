"""How a route's exception becomes an answer: ours as the problem it is, everything else without its text."""

import json
import logging
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel

from cliprelay.api.http.preconditions import Admitted
from cliprelay.api.http.problems import PROBLEM_JSON, problem_body, refused_input
from cliprelay.api.http.strict_json import parse
from cliprelay.api.services import Api, admitted
from cliprelay.api.v1.uploads import UploadOrder
from cliprelay.errors import FieldComplaint, Problem

logger = logging.getLogger("cliprelay.api")

# The last places of a traceback are those that tell where it broke.
PLACES = 6


def add_refusals(app: APIGatewayHttpResolver, api: Api) -> None:
    """Register the handlers; Powertools takes the nearest class in the order of inheritance."""
    app.exception_handler(Problem)(as_answer)
    app.exception_handler(RequestValidationError)(lambda error: _invalid(error, app, api))
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


_ORDERS = ("/v1/videos", "/v1/quotes")
# Bodies that are no order of a video.
_BODIES: dict[str, type[BaseModel]] = {"/v1/uploads": UploadOrder}


def _invalid(error: RequestValidationError, app: APIGatewayHttpResolver, api: Api) -> Response[str]:
    path, errors = app.current_event.path, error.errors()
    also = _beside(errors, admitted(app), api) if path in _ORDERS else []
    return as_answer(refused_input(errors, _BODIES.get(path), also))


def _beside(errors: Sequence[Mapping[str, Any]], asking: Admitted, api: Api) -> list[FieldComplaint]:
    """What looking elsewhere tells of an order that is wrong by itself: its complaints are to come at once, too."""
    if not asking.body:
        return []
    body = parse(asking.body.decode())
    model = api.offer.find(body.get("model", api.offer.default.name))
    refused = {str(error["loc"][1]) for error in errors if error["loc"][0] == "body"}
    with suppress(ClientError, BotoCoreError):  # the refusal stands without it
        return api.intake.complaints_beside(body, model, refused, asking.tenant) if model else []
    return []


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
