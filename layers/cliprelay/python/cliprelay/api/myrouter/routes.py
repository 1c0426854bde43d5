"""The routes of the provider's own asynchronous API."""

from collections.abc import Mapping
from typing import Any

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.problems import problem_answer
from cliprelay.api.services import Services
from cliprelay.errors import Refusal
from cliprelay.orders.reader import OrderReader


def add_myrouter(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the routes."""
    app.add_face(FACE)


def _refuse(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    return problem_answer(refusal)


FACE = Face("/v3", _refuse, takes_bare_key=True)
