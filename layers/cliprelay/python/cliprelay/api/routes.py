"""The routes: what each request of the documented surface does, over parts that are given."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.api.documentation import DocumentedResolver, add_documentation, refusals, shows
from cliprelay.api.gate import Admitted, admit, is_preflight
from cliprelay.api.problems import problem_answer
from cliprelay.api.refusing import add_refusals, unavailable
from cliprelay.api.schemas import Health, VideoAnswer, VideoList
from cliprelay.api.strict_json import parse
from cliprelay.api.view import URL_SECONDS, collect, is_visible, show
from cliprelay.api.waiting import asked_wait, is_settled, is_submitted, watch
from cliprelay.errors import Problem
from cliprelay.intake import Intake
from cliprelay.intents import LONGEST_KEY
from cliprelay.order import VideoOrder
from cliprelay.states import Status
from cliprelay.video import Video
from cliprelay.video_store import VideoStore
from cliprelay.video_table import VideoTable

logger = logging.getLogger("cliprelay.api")

# Answers show what only their tenant may see, and links that are credentials.
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

VideoId = Annotated[str, Path(description="As given by POST /v1/videos.", examples=["vid_01KAN3J9M4S9A5XH7W2T0QZ8RB"])]
Prefer = Annotated[str | None, Header(description="`wait=N`: watch the video for up to N seconds (at most 25) before answering.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        pattern=r"\S",
        description=f"1 to {LONGEST_KEY} characters, not only blanks; the same key and body never pay twice.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=100, description="Videos per page.")]
After = Annotated[str | None, Query(pattern=r"^vid_[0-9A-HJKMNP-TV-Z]{26}$", description="`next` of the page before.")]


@dataclass(frozen=True)
class Api:
    """The API's parts; `seconds` and `sleep` are a monotonic clock for `Prefer: wait`."""

    videos: VideoTable
    store: VideoStore
    intake: Intake
    tenant_of: Callable[[str], str | None]
    clock: Callable[[], datetime]
    seconds: Callable[[], float]
    sleep: Callable[[float], None]
    public_base_url: str

    def find(self, video_id: str, tenant: str) -> Video:
        """A tenant's own video; raises Problem 404 for every other id, so that no tenant learns of another's."""
        video = self.videos.get(video_id)
        if video is None or not is_visible(video, tenant, self.clock()):
            raise Problem(404, "not_found", "There is no video with this id.")
        return video

    def wait_for(self, video: Video, enough: Callable[[Video], bool], wait: int | None) -> Video:
        """The video once `enough`, or after `wait` seconds."""
        return watch(video, enough, wait, videos=self.videos, seconds=self.seconds, sleep=self.sleep)

    def answer(self, video: Video, status: int, wait: int | None, **headers: str) -> Response[dict[str, Any]]:
        """A video as an HTTP answer."""
        applied = {} if wait is None else {"Preference-Applied": f"wait={wait}"}
        return _json(show(video, self.store, self.clock()), status, **applied, **headers)


class Front:
    """Admits a request, then lets the resolver route it; every way out is an answer."""

    def __init__(self, api: Api) -> None:
        self._api, self._app = api, build_app(api)

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """The answer to one request in payload format 2.0."""
        if is_preflight(event):
            return {"statusCode": 204}
        try:
            admitted = admit(event, self._api.tenant_of)
        except Problem as problem:
            return problem_answer(problem)
        except (ClientError, BotoCoreError) as error:
            return problem_answer(unavailable(error))
        # Powertools knows the media type only in lower case; the gate has checked it.
        event = {**event, "headers": {**(event.get("headers") or {}), "content-type": "application/json"}}
        self._app.append_context(admitted=admitted)  # type: ignore[no-untyped-call]  # Powertools leaves it untyped
        return self._app.resolve(event, context)


def build_app(api: Api) -> APIGatewayHttpResolver:
    """The resolver with every route of the surface."""
    app = DocumentedResolver(enable_validation=True, json_body_deserializer=parse)
    _add_videos(app, api)
    _add_reading(app, api)
    add_refusals(app)
    add_documentation(app)
    return app


def _add_videos(app: APIGatewayHttpResolver, api: Api) -> None:
    @app.post(
        "/v1/videos",
        summary="Order a video",
        tags=["videos"],
        operation_id="createVideo",
        responses={
            202: shows("Recorded; the video is made from here on without you.", VideoAnswer),
            200: shows("The same Idempotency-Key and body were recorded before: the same video.", VideoAnswer),
            **refusals(400, 401, 413, 415, 422, 503),
        },
    )
    def create_video(
        order: Annotated[VideoOrder, Body()], idempotency_key: IdempotencyKey = None, prefer: Prefer = None
    ) -> Response[dict[str, Any]]:
        admitted = _admitted(app)
        base_url = api.public_base_url or f"https://{app.current_event.request_context.domain_name}"
        video, replayed = api.intake.accept(order, tenant=admitted.tenant, key=idempotency_key, body=admitted.body, base_url=base_url)
        logger.info("replayed" if replayed else "recorded", extra={"video_id": video.id, "tenant": video.tenant})
        wait = asked_wait(prefer)
        video = api.wait_for(video, is_submitted, wait)
        replay = {"Idempotency-Replayed": "true"} if replayed else {}
        return api.answer(video, 200 if replayed else 202, wait, Location=f"{base_url}/v1/videos/{video.id}", **replay)

    @app.get(
        "/v1/videos",
        summary="List your videos",
        tags=["videos"],
        operation_id="listVideos",
        responses={200: shows("A page of your videos.", VideoList), **refusals(401, 422, 503)},
    )
    def list_videos(
        status: Annotated[Status | None, Query(description="Only videos in this state.")] = None,
        limit: Limit = 20,
        after: After = None,
        order: Annotated[Literal["asc", "desc"], Query(description="By age; desc is newest first.")] = "desc",
    ) -> Response[dict[str, Any]]:
        found, cursor = collect(
            api.videos, _admitted(app).tenant, status, after=after, newest_first=order == "desc", limit=limit, now=api.clock()
        )
        page: dict[str, Any] = {"data": [show(video, api.store, api.clock()) for video in found], "has_more": cursor is not None}
        return _json(page | ({"next": cursor} if cursor else {}))


def _add_reading(app: APIGatewayHttpResolver, api: Api) -> None:
    @app.get(
        "/v1/videos/<video_id>",
        summary="Read a video",
        tags=["videos"],
        operation_id="getVideo",
        responses={200: shows("The video as it is now.", VideoAnswer), **refusals(401, 404, 503)},
    )
    def get_video(video_id: VideoId, prefer: Prefer = None) -> Response[dict[str, Any]]:
        wait = asked_wait(prefer)
        video = api.wait_for(api.find(video_id, _admitted(app).tenant), is_settled, wait)
        return api.answer(video, 200, wait)

    def redirect(video_id: str, method: str) -> Response[str]:
        video = api.find(video_id, _admitted(app).tenant)
        if video.object_key is None:
            raise Problem(409, "not_ready", f"The video is {video.status.value}; it has no content.", video_status=video.status.value)
        url = api.store.presign(video.object_key, seconds=URL_SECONDS, method=method)
        return Response(status_code=302, headers={"Location": url, **PRIVATE}, body="")

    content: dict[int, OpenAPIResponse] = {
        302: {"description": "Go to `Location`, a URL presigned for this verb just now."},
        **refusals(401, 404, 409, 503),
    }

    @app.get(
        "/v1/videos/<video_id>/content", summary="Get the finished file", operation_id="getContent", tags=["videos"], responses=content
    )
    def get_content(video_id: VideoId) -> Response[str]:
        return redirect(video_id, "GET")

    @app.head(
        "/v1/videos/<video_id>/content", summary="Look at the finished file", operation_id="headContent", tags=["videos"], responses=content
    )
    def head_content(video_id: VideoId) -> Response[str]:
        return redirect(video_id, "HEAD")

    @app.get(
        "/health",
        summary="Liveness",
        tags=["service"],
        operation_id="getHealth",
        responses={200: shows("The API answers.", Health)},
    )
    def health() -> Response[dict[str, Any]]:
        return _json({"status": "ok"})


def _admitted(app: APIGatewayHttpResolver) -> Admitted:
    admitted: Admitted = app.context["admitted"]
    return admitted


def _json(body: Mapping[str, Any], status: int = HTTPStatus.OK, **headers: str) -> Response[dict[str, Any]]:
    return Response(status_code=int(status), content_type="application/json", headers={**PRIVATE, **headers}, body=dict(body))
