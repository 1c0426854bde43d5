"""The routes of the provider's own asynchronous API: order a video, read it as a task, and describe both."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.json_body import json_object
from cliprelay.api.http.request import Request
from cliprelay.api.myrouter.document import document
from cliprelay.api.myrouter.errors import Missing, error_answer, passes
from cliprelay.api.myrouter.order import read_order, sent_with
from cliprelay.api.services import VIDEO_ID, Services
from cliprelay.catalog.families import model_meant, names_meant
from cliprelay.catalog.model import Model
from cliprelay.errors import FieldComplaint, Refusal
from cliprelay.faces.myrouter import task_of, unread_task
from cliprelay.orders.origin import Origin
from cliprelay.orders.reader import OrderReader
from cliprelay.video.record import Video

PREFIX = "/v3"
TASK_RESULT = f"{PREFIX}/async/task-result"
# A public client ends its wait at the first GET that fails.
PAUSES = (0.2, 0.6)


def refuse(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    """Answer a refused request; a task that cannot be read at the moment is under way, as far as its client can know."""
    http = event["requestContext"]["http"]
    if not passes(refusal) or (http["method"].upper(), event.get("rawPath")) != ("GET", TASK_RESULT):
        return error_answer(refusal)
    try:
        return json_answer(unread_task(_asked_task(parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True))))
    except Refusal as wrong:
        return error_answer(wrong)


FACE = Face(PREFIX, refuse, takes_bare_key=True, pauses=PAUSES)


def add_myrouter(app: Endpoints, api: Services, read: OrderReader) -> None:
    """Register the routes."""
    app.add_face(FACE)

    # Before the orders, whose path it also fits.
    @app.endpoint("GET", TASK_RESULT, face=FACE)
    def get_task(asking: Request) -> Answer:
        video = _find(api, _asked_task(asking.raw_query), asking.tenant)
        return json_answer(task_of(video, api.clock()))

    @app.endpoint("POST", f"{PREFIX}/async/<model>", face=FACE)
    def create_task(asking: Request) -> Answer:
        body = json_object(asking)
        model = _model(api, asking.path["model"], body)
        asked = read_order(asking, body, model, api.offer)
        origin = Origin(
            face="myrouter",
            request=asking.gateway_id,
            arrived=asking.arrived_at,
            asked_model=asking.path["model"],
            compares_fields=True,
        )
        try:
            video, replayed = api.accept(asking, read(asked.fields), known=asked.complaints, origin=origin, sent=sent_with(asking, model))
        except Refusal as refusal:
            raise asked.renamed(refusal) from None
        # Its pages name the one or the other, and its clients accept no status but 200.
        return json_answer({"id": video.id, "task_id": video.id}, HTTPStatus.OK, **({"Idempotency-Replayed": "true"} if replayed else {}))

    if api.serve_docs:

        @app.endpoint("GET", f"{PREFIX}/openapi.json", face=FACE, is_public=True)
        def get_document(asking: Request) -> Answer:
            return json_answer(document(api.base_url(asking), api.offer), HTTPStatus.OK, **{"Cache-Control": "public, max-age=300"})


def _model(api: Services, name: str, body: Mapping[str, Any]) -> Model:
    model = model_meant(name, api.offer, api.aliases, with_picture=body.get("image") is not None)
    if model is None:
        raise Missing("MODEL_NOT_FOUND", f"Unknown model; this deployment has {', '.join(names_meant(api.offer, api.aliases))}.")
    return model


def _asked_task(query: Sequence[tuple[str, str]]) -> str:
    """Return the id that a query asks for; raises Refusal for any other query, and for what no task is called."""
    complaints = [
        FieldComplaint(field=name[:200], message="is not a parameter; send `task_id` alone") for name, _ in query if name != "task_id"
    ]
    ids = [value for name, value in query if name == "task_id"]
    if len(ids) != 1:
        complaints.append(FieldComplaint(field="task_id", message="must be sent once" if ids else "is required"))
    if complaints:
        raise Refusal("invalid_request", "Invalid query.", complaints=complaints)
    if not VIDEO_ID.fullmatch(ids[0]):
        raise _unknown_task()
    return ids[0]


def _find(api: Services, task_id: str, tenant: str) -> Video:
    try:
        return api.find_whole(task_id, tenant)
    except Refusal as refusal:
        raise _unknown_task() if refusal.code == "not_found" else refusal from None


def _unknown_task() -> Refusal:
    return Missing("TASK_NOT_FOUND", "There is no task with this id.")
