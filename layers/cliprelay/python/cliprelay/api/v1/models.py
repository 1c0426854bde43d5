"""The endpoints that describe the offered models."""

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.services import Services
from cliprelay.api.v1.views.models import show_model
from cliprelay.errors import Refusal


def add_models(app: Endpoints, api: Services) -> None:
    """Register the endpoints of models."""

    @app.endpoint("GET", "/v1/models")
    def list_models(asking: Request) -> Answer:
        return json_answer({"data": [show_model(model, api.offer) for model in api.offer.models]})

    @app.endpoint("GET", "/v1/models/<model>")
    def get_model(asking: Request) -> Answer:
        found = api.offer.find(asking.path["model"])
        if found is None:
            raise Refusal("not_found", f"Unknown model; this deployment offers {', '.join(api.offer.names)}.")
        return json_answer(show_model(found, api.offer))
