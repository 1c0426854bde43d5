"""The routes of OpenAI's Videos API."""

from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.request import Request
from cliprelay.api.openai.answers import answer_to
from cliprelay.api.openai.document import document
from cliprelay.api.openai.lists import page_of
from cliprelay.api.openai.models import add_models
from cliprelay.api.openai.orders import add_orders
from cliprelay.api.openai.prefix import FACE, PREFIX, VIDEO, VIDEOS
from cliprelay.api.openai.videos import add_videos
from cliprelay.api.services import Services
from cliprelay.errors import Refusal
from cliprelay.orders.reader import OrderReader

# Operations of OpenAI's API that no model here has, by method and path.
MISSING = {
    ("POST", f"{VIDEOS}/edits"): "Edits do",
    ("POST", f"{VIDEOS}/extensions"): "Extensions do",
    ("POST", f"{VIDEOS}/characters"): "Characters do",
    ("GET", f"{VIDEOS}/characters/<character_id>"): "Characters do",
    ("POST", f"{VIDEO}/remix"): "Remix does",
}


def add_openai(app: Endpoints, api: Services, read_order: OrderReader) -> None:
    """Register the routes."""
    app.add_face(FACE)
    # Before the paths of one video, which /videos/edits would fit too.
    for (method, path), what in MISSING.items():
        _add_missing(app, method, path, what)
    add_orders(app, api, read_order)

    @app.endpoint("GET", VIDEOS, face=FACE)
    def list_videos(asking: Request) -> Answer:
        return answer_to(asking, page_of(api, asking.tenant, asking.raw_query))

    add_videos(app, api)
    add_models(app, api)
    if api.serve_docs:

        @app.endpoint("GET", f"{PREFIX}/openapi.json", is_public=True, face=FACE)
        def describe(asking: Request) -> Answer:
            return json_answer(document(api.base_url(asking)))


def _add_missing(app: Endpoints, method: str, path: str, what: str) -> None:
    @app.endpoint(method, path, face=FACE)
    def refuse_operation(asking: Request) -> Answer:
        raise Refusal("not_found", f"{what} not exist here; videos are made with POST {VIDEOS} from a prompt and, if wanted, a picture.")
