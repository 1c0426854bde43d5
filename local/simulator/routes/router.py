"""Route requests to the upstream's two endpoints, the video URLs and the simulator's own endpoints."""

import json

from cliprelay.catalog.model import Model
from local.simulator.contract.errors import UpstreamError, error_response
from local.simulator.contract.paths import create_path
from local.simulator.contract.pricing import DEFAULT
from local.simulator.http.request import Request
from local.simulator.http.response import RESET, Response, json_response, plain_response
from local.simulator.routes.create import handle_create
from local.simulator.routes.downloads import handle_download
from local.simulator.routes.poll import handle_poll
from local.simulator.state import SimulatorState
from local.simulator.tasks.ledger import StrayRequest
from local.state.database import StorageError

CREATE = create_path(DEFAULT.name)
POLL = "/v3/async/task-result"


def answer(simulator: SimulatorState, request: Request) -> Response:
    """Answer once everything that the answer promises is on disk."""
    try:
        return _answer(simulator, request)
    except StorageError as error:
        simulator.log(f"answered 503: {error}")
        return error_response(UpstreamError(503, "SERVICE_NOT_AVAILABLE"))
    finally:
        simulator.journal.settle()


def _answer(simulator: SimulatorState, request: Request) -> Response:
    match request.method, request.path:
        case "POST", path if path in simulator.models:
            return _create(simulator, request, simulator.models[path])
        case "GET", path if path == POLL:
            return handle_poll(simulator, request)
        case "GET" | "HEAD", path if path.startswith("/media/"):
            return handle_download(simulator, request)
        case "GET", "/_ledger":
            return json_response(200, simulator.ledger.summary(simulator.clock()))
        case _, "/_faults":
            return _faults(simulator, request)
        case _, "/_elsewhere":
            return _elsewhere(simulator, request)
    return _not_found(request)


def _create(simulator: SimulatorState, request: Request, model: Model) -> Response:
    simulator.sweep()
    script = simulator.script.next()
    if any(fault.name == "reset" for fault in script.at("create")):
        simulator.ledger.count("posts")
        return RESET
    return handle_create(simulator, request, script, model)


def _faults(simulator: SimulatorState, request: Request) -> Response:
    if request.method == "POST":
        try:
            simulator.script.add(json.loads(request.read()))
        except (ValueError, RecursionError) as reason:
            return plain_response(400, str(reason))
    elif request.method == "DELETE":
        simulator.script.clear()
    elif request.method != "GET":
        return _not_found(request)
    return json_response(200, simulator.script.contents())


def _elsewhere(simulator: SimulatorState, request: Request) -> Response:
    simulator.ledger.record_stray(StrayRequest(request.method, request.path, "Authorization" in request.headers))
    return _not_found(request)


def _not_found(request: Request) -> Response:
    """Return a gateway's response to an unknown route, without an envelope."""
    if request.headers.get("Content-Length", ""):
        request.read()
    return plain_response(404, "route not found")
