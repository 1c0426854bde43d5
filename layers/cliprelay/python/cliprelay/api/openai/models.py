"""The routes that list models: those of this deployment, under every name that an order may use."""

from datetime import UTC, datetime
from typing import Any

from cliprelay.api.http.answers import Answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.openai.answers import answer_to
from cliprelay.api.openai.prefix import FACE, PREFIX
from cliprelay.api.services import Services
from cliprelay.catalog.families import model_meant, names_meant
from cliprelay.errors import Refusal


def add_models(app: Endpoints, api: Services) -> None:
    """Register the routes."""

    @app.endpoint("GET", f"{PREFIX}/models", face=FACE)
    def list_models(asking: Request) -> Answer:
        return answer_to(asking, {"object": "list", "data": [each for name in _names(api) if (each := _shown(name, api))]})

    @app.endpoint("GET", f"{PREFIX}/models/<model>", face=FACE)
    def get_model(asking: Request) -> Answer:
        found = _shown(asking.path["model"], api)
        if found is None:
            raise Refusal("not_found", f"There is no such model here; there are {', '.join(_names(api))}.")
        return answer_to(asking, found)


def _names(api: Services) -> list[str]:
    return list(dict.fromkeys(names_meant(api.offer, api.aliases)))


def _shown(name: str, api: Services) -> dict[str, Any] | None:
    """Show a model; a family is shown by one of its members."""
    members = (model_meant(name, api.offer, api.aliases, with_picture=with_picture) for with_picture in (True, False))
    model = next((each for each in members if each), None)
    if model is None:
        return None
    # No date of publication is known; that of the price is the youngest of what is.
    created = int(datetime.fromisoformat(model.price.date).replace(tzinfo=UTC).timestamp())
    return {"id": name, "object": "model", "created": created, "owned_by": model.handling.vendor}
