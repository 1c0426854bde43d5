"""The entry point of the API: admits and routes requests, and turns every outcome into a response."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cliprelay.api.ark.routes import add_ark
from cliprelay.api.console import Console, add_console
from cliprelay.api.http.answers import Answer, json_answer
from cliprelay.api.http.base_path import base_path, without_base_path, without_double_slash
from cliprelay.api.http.bodies import InvalidBody
from cliprelay.api.http.endpoints import Endpoints
from cliprelay.api.http.face import Face
from cliprelay.api.http.preconditions import Admitted, admit, is_preflight
from cliprelay.api.http.prefer_wait import seconds_since_arrival
from cliprelay.api.http.problems import problem_event, with_accepted
from cliprelay.api.http.query import read_query
from cliprelay.api.http.request import Request
from cliprelay.api.http.strict_json import parse
from cliprelay.api.myrouter.routes import add_myrouter
from cliprelay.api.openai.routes import add_openai
from cliprelay.api.openapi.documentation import Documentation, add_documentation
from cliprelay.api.services import Services
from cliprelay.api.v1.deliveries import add_deliveries
from cliprelay.api.v1.error_handlers import answer_to, refusal_of, unavailable
from cliprelay.api.v1.links import add_links
from cliprelay.api.v1.models import add_models
from cliprelay.api.v1.quotes import add_quotes
from cliprelay.api.v1.uploads import add_uploads
from cliprelay.api.v1.usage import add_usage
from cliprelay.api.v1.videos import add_cancel, add_reading, add_videos
from cliprelay.api.v1.webhook import add_webhook
from cliprelay.errors import Refusal, invalid_request
from cliprelay.orders.reader import OrderReader

# The seconds after the arrival of a request in which it is tried again; the gateway gives up after 30.
RETRIED_WITHIN = 5.0


class Front:
    """Admits and routes requests; every outcome is a response."""

    def __init__(self, api: Services) -> None:
        self._api = api
        self._read_order = OrderReader(api.offer, api.addresses)
        self._app = build_app(api, self._read_order)
        self._base_path = base_path(api.public_base_url)
        self._documentation = Documentation(lambda: describe(api, self._app), api.public_base_url) if api.serve_docs else None
        self._console = Console(api.store) if api.serve_console else None

    def prepare(self) -> None:
        """Load what an order needs, before the first one comes."""
        _ = self._read_order.parser
        self._api.intake.inspector.prepare()

    def answer(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer a request in payload format 2.0."""
        return _end_with_newline(self._answer(event))

    def _answer(self, event: dict[str, Any]) -> dict[str, Any]:
        if is_preflight(event):
            return {"statusCode": 204}
        event = without_base_path(event, self._base_path, lambda path: self._app.find(path) or self._app.face_of(path))
        event = without_double_slash(event, self._app.face_of)
        if face := self._app.face_of(event.get("rawPath") or "/"):
            return self._answer_at(face, event).event()
        arrived = self._arrived(event)
        try:
            admitted = admit(event, self._app.find, self._api.identify)
        except Refusal as refusal:
            return problem_event(refusal)
        except (ClientError, BotoCoreError) as error:
            return problem_event(unavailable(error))
        try:
            for pages in (self._documentation, self._console):
                if pages and (answer := pages.answer(event)):
                    return answer
            return _respond(event, admitted, arrived).event()
        except Exception as error:
            return answer_to(error).event()

    def _answer_at(self, face: Face, event: dict[str, Any]) -> Answer:
        """Answer a request to a foreign API, a GET that AWS does not answer after some further tries."""
        arrived = self._arrived(event)
        pauses = iter(face.pauses if event["requestContext"]["http"]["method"].upper() == "GET" else ())
        while True:
            try:
                return _respond_raw(event, admit(event, self._app.find, self._api.identify), arrived)
            except Exception as error:
                refusal = refusal_of(error)
                pause = next(pauses, None) if refusal.code == "unavailable" else None
                if pause is None or self._api.seconds() - arrived > RETRIED_WITHIN:
                    return face.refuse(refusal, event)
            self._api.sleep(pause)

    def _arrived(self, event: dict[str, Any]) -> float:
        """Return when a request arrived, on the monotonic clock."""
        return self._api.seconds() - seconds_since_arrival(event, self._api.clock())


def _respond_raw(event: dict[str, Any], admitted: Admitted, arrived: float) -> Answer:
    """Call a route of a foreign API, which reads the body and the query itself."""
    path = admitted.endpoint.values(event.get("rawPath") or "/")
    if path is None:
        raise Refusal("not_found", "Nothing has this id.")
    request = Request(event, identity=admitted.identity, path=path, query={}, raw=admitted.body, arrived=arrived)
    return admitted.route.handle(request)


def _respond(event: dict[str, Any], admitted: Admitted, arrived: float) -> Answer:
    """Check the parameters and the body, then call the route; raises Refusal with every complaint."""
    route = admitted.route
    path = admitted.endpoint.values(event.get("rawPath") or "/")
    if path is None:
        raise invalid_request(with_accepted(admitted.query)) if admitted.query else Refusal("not_found", "Nothing has this id.")
    refused = {complaint["field"] for complaint in admitted.query}
    query, of_query = read_query(event.get("queryStringParameters") or {}, route.query, refused)
    body, complaints = None, with_accepted(of_query)
    if route.body:
        try:
            body = route.body(parse(admitted.text))
        except InvalidBody as invalid:
            complaints += invalid.complaints
    if complaints or (admitted.query and not route.lists_complaints):
        raise invalid_request([*with_accepted(admitted.query), *complaints])
    return route.handle(
        Request(
            event,
            identity=admitted.identity,
            path=path,
            query=query,
            body=body,
            text=admitted.text,
            arrived=arrived,
            complaints=admitted.query,
        )
    )


def _end_with_newline(answer: dict[str, Any]) -> dict[str, Any]:
    """End a JSON body with a newline, so that the prompt of a shell does not follow the answer that `curl` prints."""
    body = answer.get("body")
    is_json = isinstance(body, str) and body.endswith(("}", "]")) and not answer.get("isBase64Encoded")
    return {**answer, "body": f"{body}\n"} if is_json else answer


def build_app(api: Services, read_order: OrderReader | None = None) -> Endpoints:
    """Register every route of the API."""
    app, read_order = Endpoints(), read_order or OrderReader(api.offer, api.addresses)
    add_videos(app, api, read_order)
    add_reading(app, api)
    add_cancel(app, api)
    add_links(app, api)
    add_deliveries(app, api)
    add_webhook(app, api)
    add_uploads(app, api)
    add_models(app, api)
    add_quotes(app, api, read_order)
    add_usage(app, api)
    add_openai(app, api, read_order)
    add_ark(app, api, read_order)
    add_myrouter(app, api, read_order)
    _add_health(app)
    if api.serve_docs:
        add_documentation(app)
    if api.serve_console:
        add_console(app)
    return app


def describe(api: Services, app: Endpoints) -> dict[str, Any]:
    """Generate the OpenAPI document, for which alone Powertools' event handler and all schemas are loaded."""
    from cliprelay.api.v1.operations.document import document

    return document(api, {each.template for each in app.endpoints.values() if each.is_public and each.face is None})


def _add_health(app: Endpoints) -> None:
    @app.endpoint("GET", "/health", is_public=True)
    def health(asking: Request) -> Answer:
        return json_answer({"status": "ok"})
