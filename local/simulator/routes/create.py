"""`POST /v3/async/<model>`: refuse, or accept and be paid."""

from cliprelay.catalog.model import Model
from local.simulator.contract.errors import Refusal, invalid, refusal_reply
from local.simulator.contract.validation import read_order
from local.simulator.faults.catalogue import MODERATED_AT_CREATE
from local.simulator.faults.directives import Faults, read_prompt
from local.simulator.http.request import Call, Headers
from local.simulator.http.response import Reply
from local.simulator.routes.acceptance import Acceptance
from local.simulator.routes.auth import check_key, check_pace
from local.simulator.routes.create_faults import sabotage
from local.simulator.state import Platform


def answer_create(platform: Platform, call: Call, script: Faults, model: Model) -> Reply:
    """The door: all that the upstream judges, then the fault that the request asked for."""
    platform.ledger.count("posts")
    body = call.read()
    try:
        check_key(platform, call.headers)
        check_pace(platform)
        return _act(platform, _read(platform, call.headers, body, script, model))
    except Refusal as refusal:
        platform.ledger.refuse(refusal.reason)
        return refusal_reply(refusal, **_pacing(platform, refusal))


def _act(platform: Platform, ready: Acceptance) -> Reply:
    prompt = ready.order.prompt
    asked = ready.faults.at("create") + platform.script.outage.at("create")
    fault = platform.tally.first(asked, prompt, platform.prompt_age(prompt))
    return sabotage(ready, fault) if fault else ready.answer(ready.accept())


def _pacing(platform: Platform, refusal: Refusal) -> dict[str, str]:
    if refusal.status != 429 or not platform.options.retry_after:
        return {}
    return {"Retry_After": str(platform.bucket.refill_seconds)}


def _read(platform: Platform, headers: Headers, body: bytes, script: Faults, model: Model) -> Acceptance:
    if headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise invalid("Content-Type must be application/json")
    order = read_order(body, platform.options, model)
    _moderate(order.prompt)
    # An outage's settings hold for what is accepted during it; its faults end with it, so no task carries them.
    settings = Faults(settings=platform.script.outage.settings)
    return Acceptance(platform, order, settings + _faults(order.prompt) + script, body)


def _faults(prompt: str) -> Faults:
    try:
        return read_prompt(prompt)
    except ValueError as reason:
        raise invalid(f"simulator: {reason}") from None


def _moderate(prompt: str) -> None:
    for word, reason in MODERATED_AT_CREATE.items():
        if word in prompt:
            raise Refusal(400, reason)
