"""Replace the response to a create, with or without accepting the task first."""

from collections.abc import Callable
from secrets import token_hex
from zlib import crc32

from local.simulator.contract.errors import UpstreamError, error_response
from local.simulator.faults import responses
from local.simulator.faults.directives import Fault
from local.simulator.http.response import NO_RESPONSE, RESET, Response, json_response, plain_response, raw_json
from local.simulator.routes.acceptance import Acceptance


def apply_create_fault(ready: Acceptance, fault: Fault) -> Response:
    name = fault.kind.name
    if name in _REFUSED:
        ready.simulator.ledger.count_refusal(f"fault {fault.name}")
        return _REFUSED[name](ready, fault)
    if name in _ACCEPTED:
        return _ACCEPTED[name](ready, fault)
    alias = _ALIASES.get(name)
    task_id = _id(ready, fault, alias)
    return json_response(200, {"id": alias(task_id)}) if alias else _ODD[name](task_id)


def _id(ready: Acceptance, fault: Fault, alias: Callable[[str], str | int] | None) -> str:
    """Return the accepted task's id, or an invented one for `unpaid`."""
    return token_hex(16) if fault.argument == "unpaid" else ready.accept(alias)


def _named(status: int, reason: str) -> Callable[[Acceptance, Fault], Response]:
    return lambda ready, fault: error_response(UpstreamError(status, reason))


_REASONS = {404: "API_NOT_FOUND"}

_REFUSED: dict[str, Callable[[Acceptance, Fault], Response]] = {
    "STATUS": lambda ready, fault: responses.refused(fault, _REASONS, fault.argument),
    "429": lambda ready, fault: responses.throttled(fault, ready.simulator.clock()),
    "STATUS-html": lambda ready, fault: responses.proxy_page(fault.status),
    "auth": _named(401, "FAILED_TO_AUTH"),
    "auth-400": _named(400, "MISSING_API_KEY"),
    "auth-403": _named(403, "INVALID_API_KEY"),
    "balance": _named(403, "NOT_ENOUGH_BALANCE"),
    "balance-400": _named(400, "BILLING_BALANCE_NOT_ENOUGH"),
    "moderation": _named(400, "ILLEGAL_PROMPT"),
    "moderation-image": _named(400, "ILLEGAL_IMAGE_CONTENT"),
    "invalid": _named(400, "INVALID_REQUEST_BODY"),
    "openai": lambda ready, fault: responses.openai_error(),
    "no-route": lambda ready, fault: plain_response(404, "route not found"),
    "302": lambda ready, fault: responses.elsewhere(fault),
    "drop": lambda ready, fault: NO_RESPONSE,
    "reset": lambda ready, fault: RESET,
}


def _silent(response: Response) -> Callable[[Acceptance, Fault], Response]:
    def act(ready: Acceptance, fault: Fault) -> Response:
        ready.accept()
        return response

    return act


def _status_after_accept(ready: Acceptance, fault: Fault) -> Response:
    ready.accept()
    # A gateway without its backend responds with its own page.
    return responses.proxy_page(fault.status) if fault.status in (502, 504) else responses.refused(fault, _REASONS)


def _hang(ready: Acceptance, fault: Fault) -> Response:
    if ready.simulator.pause(fault.number(responses.HANG_SECONDS)):
        raise ConnectionAbortedError("the simulator is stopping")
    return ready.answer(ready.accept())


def _flood(make: Callable[[Fault], Response]) -> Callable[[Acceptance, Fault], Response]:
    def act(ready: Acceptance, fault: Fault) -> Response:
        ready.accept()
        return make(fault)

    return act


def _same_id(ready: Acceptance, fault: Fault) -> Response:
    earlier = ready.simulator.ledger.last_id
    task_id = ready.accept()
    return ready.answer(earlier or task_id)


_ACCEPTED: dict[str, Callable[[Acceptance, Fault], Response]] = {
    "drop-after-accept": _silent(NO_RESPONSE),
    "reset-after-accept": _silent(RESET),
    "STATUS-after-accept": _status_after_accept,
    "hang": _hang,
    "hang-after-accept": lambda ready, fault: responses.hanging(ready.answer(ready.accept()), fault),
    "drip": lambda ready, fault: responses.dripping(ready.answer(ready.accept()), fault),
    "huge": _flood(responses.huge),
    "gzip-bomb": _flood(responses.gzip_bomb),
    "same-id": _same_id,
}

_ODD: dict[str, Callable[[str], Response]] = {
    "html": lambda task_id: responses.login_page(),
    "empty": lambda task_id: raw_json(""),
    "empty-object": lambda task_id: json_response(200, {}),
    "null-id": lambda task_id: json_response(200, {"id": None}),
    "error-in-200": lambda task_id: responses.error_in_200(),
    "truncated": lambda task_id: responses.truncated(json_response(200, {"id": task_id})),
    "two-ids": lambda task_id: json_response(200, {"id": token_hex(16), "task_id": task_id}),
    "duplicate-keys": lambda task_id: responses.doubled({"id": task_id}, "id", token_hex(16)),
}

# Unusual ids that are valid in a poll, for clients that transmit them exactly.
_ALIASES: dict[str, Callable[[str], str | int]] = {
    "long-id": lambda task_id: task_id * 300,
    "evil-id": lambda task_id: f"../../{task_id}?admin=1&task_id=",
    # Odd and beyond 2^53, so that a float would round it.
    "number-id": lambda task_id: 2**53 + 1 + 2 * crc32(task_id.encode()),
}
