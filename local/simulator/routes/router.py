"""Which door a request belongs to: the upstream's two routes, the video URLs, and the simulator's own."""

import json

from cliprelay.catalog.model import Model
from local.simulator.contract.paths import create_path
from local.simulator.contract.pricing import DEFAULT
from local.simulator.http.request import Call
from local.simulator.http.response import RESET, Reply, json_reply, plain_reply
from local.simulator.routes.create import answer_create
from local.simulator.routes.downloads import answer_media
from local.simulator.routes.poll import answer_poll
from local.simulator.state import Platform
from local.simulator.tasks.ledger import Stray

CREATE = create_path(DEFAULT.name)
POLL = "/v3/async/task-result"


def answer(platform: Platform, call: Call) -> Reply:
    match call.method, call.path:
        case "POST", path if path in platform.models:
            return _create(platform, call, platform.models[path])
        case "GET", path if path == POLL:
            return answer_poll(platform, call)
        case "GET" | "HEAD", path if path.startswith("/media/"):
            return answer_media(platform, call)
        case "GET", "/_ledger":
            return json_reply(200, platform.ledger.summary(platform.clock()))
        case _, "/_faults":
            return _faults(platform, call)
        case _, "/_elsewhere":
            return _elsewhere(platform, call)
    return _nowhere(call)


def _create(platform: Platform, call: Call, model: Model) -> Reply:
    script = platform.script.next()
    if any(fault.name == "reset" for fault in script.at("create")):
        platform.ledger.count("posts")
        return RESET
    return answer_create(platform, call, script, model)


def _faults(platform: Platform, call: Call) -> Reply:
    if call.method == "POST":
        try:
            platform.script.add(json.loads(call.read()))
        except (ValueError, RecursionError) as reason:
            return plain_reply(400, str(reason))
    elif call.method == "DELETE":
        platform.script.clear()
    elif call.method != "GET":
        return _nowhere(call)
    return json_reply(200, platform.script.contents())


def _elsewhere(platform: Platform, call: Call) -> Reply:
    platform.ledger.stray(Stray(call.method, call.path, "Authorization" in call.headers))
    return _nowhere(call)


def _nowhere(call: Call) -> Reply:
    """As a gateway says it that never heard of the route: no envelope."""
    if call.headers.get("Content-Length", ""):
        call.read()
    return plain_reply(404, "route not found")
