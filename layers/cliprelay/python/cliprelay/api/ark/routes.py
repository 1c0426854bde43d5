"""The routes of Ark's content generation tasks."""

from collections.abc import Mapping
from typing import Any

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.problems import problem_answer
from cliprelay.api.services import Services
from cliprelay.errors import Refusal
from cliprelay.orders.reader import OrderReader


def add_ark(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the routes."""
    app.add_face(FACE)


def _refuse(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    return problem_answer(refusal)


FACE = Face("/api/v3", _refuse)
