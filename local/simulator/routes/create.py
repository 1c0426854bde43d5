"""`POST /v3/async/<model>`: reject a request, or accept and charge it."""

from cliprelay.catalog.model import Model
from local.simulator.contract.errors import UpstreamError, error_response, invalid
from local.simulator.contract.validation import read_order
from local.simulator.faults.catalogue import MODERATED_AT_CREATE
from local.simulator.faults.counter import prompt_scope
from local.simulator.faults.directives import Directives, read_prompt
from local.simulator.http.request import Headers, Request
from local.simulator.http.response import Response
from local.simulator.routes.acceptance import Acceptance
from local.simulator.routes.auth import check_key, check_rate_limit
from local.simulator.routes.create_faults import apply_create_fault
from local.simulator.state import SimulatorState


def handle_create(simulator: SimulatorState, request: Request, script: Directives, model: Model) -> Response:
    """Handle a create: check it as the upstream does, then apply the requested fault."""
    simulator.ledger.count("posts")
    body = request.read()
    try:
        check_key(simulator, request.headers)
        check_rate_limit(simulator)
        return _apply_faults(simulator, _read(simulator, request.headers, body, script, model))
    except UpstreamError as refusal:
        simulator.ledger.count_refusal(refusal.reason)
        return error_response(refusal, **_retry_after_header(simulator, refusal))


def _apply_faults(simulator: SimulatorState, ready: Acceptance) -> Response:
    prompt = ready.order.prompt
    asked = ready.faults.at("create") + simulator.script.outage.at("create")
    fault = simulator.fault_counter.first(asked, prompt_scope(prompt), simulator.prompt_age(prompt)) if asked else None
    return apply_create_fault(ready, fault) if fault else ready.answer(ready.accept())


def _retry_after_header(simulator: SimulatorState, refusal: UpstreamError) -> dict[str, str]:
    if refusal.status != 429 or not simulator.options.retry_after:
        return {}
    return {"Retry_After": str(simulator.rate_limit.refill_seconds)}


def _read(simulator: SimulatorState, headers: Headers, body: bytes, script: Directives, model: Model) -> Acceptance:
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise invalid("Content-Type must be application/json")
    order = read_order(body, simulator.options, model)
    _moderate(order.prompt)
    # An outage's settings apply to tasks accepted during it; its faults end with it, so tasks do not retain them.
    settings = Directives(settings=simulator.script.outage.settings)
    return Acceptance(simulator, order, settings + _faults(order.prompt) + script, body)


def _faults(prompt: str) -> Directives:
    try:
        return read_prompt(prompt)
    except ValueError as reason:
        raise invalid(f"simulator: {reason}") from None


def _moderate(prompt: str) -> None:
    for word, reason in MODERATED_AT_CREATE.items():
        if word in prompt:
            raise UpstreamError(400, reason)
