"""The routes of Ark's content generation tasks."""

import logging
from collections.abc import Mapping
from typing import Any

from cliprelay.api.ark.errors import error_answer, renamed
from cliprelay.api.ark.order import ArkOrder, read_order_of_ark
from cliprelay.api.ark.tasks import find_tasks, listed, read_query
from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.json_body import json_object
from cliprelay.api.http.request import Request
from cliprelay.api.services import VIDEO_ID, Services
from cliprelay.errors import Refusal
from cliprelay.faces.ark import status_word, task_of
from cliprelay.orders.origin import Origin
from cliprelay.orders.reader import OrderReader
from cliprelay.video.record import Video

logger = logging.getLogger("cliprelay.api")

PREFIX = "/api/v3"
TASKS = f"{PREFIX}/contents/generations/tasks"
TASK = f"{TASKS}/<task_id>"
# The AI SDK orders again after one failed GET, so the table is given some time first, in seconds.
PAUSES = (0.2, 0.6)
# What passes by itself: a GET of a task must not fail because of it.
_PASSING = ("internal", "unavailable", "busy")


def add_ark(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the routes."""
    app.add_face(FACE)
    _add_create(app, api, read_order)
    _add_reading(app, api)
    if api.serve_docs:
        _add_document(app, api)


def _add_create(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    @app.endpoint("POST", TASKS, face=FACE)
    def create_task(asking: Request) -> Answer:
        order = read_order_of_ark(json_object(asking), api.offer, api.aliases)
        video, replayed = _accept(api, asking, order, read_order)
        headers = {"Idempotency-Replayed": "true"} if replayed else {}
        return json_answer({"id": video.id}, 200, **headers)


def _accept(api: Services, asking: Request, order: ArkOrder, read_order: OrderReader) -> tuple[Video, bool]:
    """Record the order; raises Refusal in the names of the body."""
    origin = Origin(
        face="ark", request=asking.gateway_id, arrived=asking.arrived_at, asked_model=order.model, warnings=tuple(order.warnings)
    )
    try:
        return api.accept(asking, read_order(order.body), known=order.complaints, origin=origin)
    except Refusal as refusal:
        raise renamed(refusal, order.place_of) from None


def _add_reading(app: Endpoints, api: Services) -> None:
    @app.endpoint("GET", TASKS, face=FACE)
    def list_tasks(asking: Request) -> Answer:
        found, total = find_tasks(api, asking.tenant, read_query(asking.raw_query))
        return json_answer(listed([task_of(video) for video in found], total))

    @app.endpoint("GET", TASK, face=FACE)
    def get_task(asking: Request) -> Answer:
        return json_answer(task_of(api.find_whole(asking.path["task_id"], asking.tenant)))

    @app.endpoint("DELETE", TASK, face=FACE)
    def delete_task(asking: Request) -> Answer:
        video = api.find(asking.path["task_id"], asking.tenant)
        _remove(api, video)
        return json_answer({})


def _remove(api: Services, video: Video) -> None:
    """Cancel what waits unpaid, delete what has ended; raises Refusal for everything else."""
    match status_word(video):
        case "queued":
            api.cancel(video, only_unpaid=True)
        case "cancelled":
            raise Refusal("already_ended", "The task was cancelled.")
        case "running":
            raise Refusal("not_ended", "The task is running.")
        case _:
            api.delete(video.id)
            logger.info("deleted", extra={"video_id": video.id, "tenant": video.tenant})


def _add_document(app: Endpoints, api: Services) -> None:
    @app.endpoint("GET", f"{PREFIX}/openapi.json", is_public=True, face=FACE)
    def describe_tasks(asking: Request) -> Answer:
        from cliprelay.api.ark.document import document  # for the few who read it

        return json_answer(document(api.base_url(asking)))


def _refuse(refusal: Refusal, event: Mapping[str, Any]) -> Answer:
    """Answer a refusal; a GET of a task says `running` where the state cannot be read.

    The vendor's clients repeat a failed GET, but one of the AI SDK begins again, with a new order.
    """
    task_id = _task_read(event)
    if task_id and refusal.code in _PASSING:
        logger.warning("state not read", extra={"video_id": task_id, "code": refusal.code})
        return json_answer({"id": task_id, "status": "running"})
    return error_answer(refusal, event)


def _task_read(event: Mapping[str, Any]) -> str | None:
    """Return the id of the task that a request reads; None for other requests, and for what is no id."""
    path = event.get("rawPath") or "/"
    name = path.removeprefix(f"{TASKS}/")
    is_get = event["requestContext"]["http"]["method"].upper() == "GET"
    return name if is_get and path != name and VIDEO_ID.fullmatch(name) else None


FACE = Face(PREFIX, _refuse, pauses=PAUSES)
