"""The route that orders a video."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.openai.answers import video_answer
from cliprelay.api.openai.body import read_body
from cliprelay.api.openai.order import Draft, translate
from cliprelay.api.openai.prefix import FACE, VIDEOS
from cliprelay.api.services import Services
from cliprelay.errors import invalid_request
from cliprelay.faces.openai import FIELD_NAMES
from cliprelay.orders.invalid_order import InvalidOrder
from cliprelay.orders.origin import Origin
from cliprelay.orders.reader import OrderReader

if TYPE_CHECKING:
    from cliprelay.orders.order import Order

# Which try of one call a request is, from 0; only OpenAI's packages say so.
_COUNT = "x-stainless-retry-count"


def add_orders(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the route."""

    # Also a new video is answered with 200: clients of OpenAI compare with that.
    @app.endpoint("POST", VIDEOS, face=FACE)
    def create_video(asking: Request) -> Answer:
        draft = translate(read_body(asking), api.offer, api.aliases)
        order = _order(draft, read_order)
        video, replayed = api.accept(asking, order, known=draft.complaints, origin=_origin(asking, draft))
        return video_answer(asking, video, **({"Idempotency-Replayed": "true"} if replayed else {}))


def _order(draft: Draft, read_order: OrderReader) -> "Order | InvalidOrder":
    """Return the order of a draft, without the complaints about fields that have one."""
    if draft.model is None:
        raise invalid_request(draft.complaints)
    order = read_order(draft.body)
    if not isinstance(order, InvalidOrder):
        return order
    named = {each["field"].partition("[")[0] for each in draft.complaints}

    def is_new(field: str) -> bool:
        return FIELD_NAMES.get(field, field) not in named

    # Without its flaw, a field would pass for a valid one, so it goes as well.
    body = {name: value for name, value in order.body.items() if is_new(name)}
    return replace(order, body=body, flaws=[flaw for flaw in order.flaws if is_new(flaw.field)])


def _origin(asking: Request, draft: Draft) -> Origin:
    count = asking.header(_COUNT) or ""
    return Origin(
        face="openai",
        request=asking.gateway_id,
        arrived=asking.arrived_at,
        asked_model=draft.asked_model,
        number=int(count) if re.fullmatch(r"[0-9]{1,4}", count) else None,
        compares_fields=True,
    )
