"""The endpoints that list a video's webhook deliveries and send an event again."""

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.query import Matching
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.api.v1.views.webhooks import show_delivery
from cliprelay.errors import Refusal
from cliprelay.webhooks.delivery import DeliveryStatus
from cliprelay.webhooks.dispatch import NothingToSend

EVENT_ID = r"^evt_[0-9A-HJKMNP-TV-Z]{26}$"


def add_deliveries(app: Endpoints, api: Services) -> None:
    """Register the endpoints of deliveries."""

    @app.endpoint("GET", "/v1/videos/<video_id>/deliveries")
    def list_deliveries(asking: Request) -> Answer:
        video = api.find(asking.path["video_id"], asking.tenant)
        known = api.dispatch.deliveries.of_video(video.id)
        shown = [show_delivery(each) for each in known if each.owner == video.tenant and each.status is not DeliveryStatus.CONTINUED]
        return json_answer({"data": shown})

    @app.endpoint("POST", "/v1/videos/<video_id>/deliveries", query={"event": Matching(EVENT_ID)})
    def send_again(asking: Request) -> Answer:
        video = api.find_whole(asking.path["video_id"], asking.tenant)
        try:
            delivery = api.dispatch.again(video, asking.query.get("event"))
        except NothingToSend as refusal:
            raise Refusal("nothing_to_send", str(refusal)) from None
        return json_answer(show_delivery(delivery), 202)
