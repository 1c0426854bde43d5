"""The endpoint that returns a form to upload a large image directly to the bucket."""

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.bodies import body_of
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.images.uploads import FORM_SECONDS
from cliprelay.video.record import iso

if TYPE_CHECKING:
    from cliprelay.api.v1.schemas.uploads import UploadOrder

logger = logging.getLogger("cliprelay.api")


def _order() -> "type[UploadOrder]":
    from cliprelay.api.v1.schemas.uploads import UploadOrder

    return UploadOrder


def add_uploads(app: Endpoints, api: Services) -> None:
    """Register the endpoint of uploads."""

    @app.endpoint("POST", "/v1/uploads", body=body_of(_order))
    def create_upload(asking: Request) -> Answer:
        order: UploadOrder = asking.body
        offer = api.uploads.offer(asking.tenant, order.content_type, order.bytes, order.sha256)
        logger.info("upload offered", extra={"tenant": asking.tenant})
        expires_at = iso(api.clock() + timedelta(seconds=FORM_SECONDS))
        answer = {"object": "upload", "image": offer.image, "url": offer.url, "fields": offer.fields, "expires_at": expires_at}
        return json_answer(answer, 201)
