"""Pass the calls of moto's durable services through their state, and answer a full disk in the service's format."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any
from xml.sax.saxutils import escape

from local.aws.moto.durable_state import DurableState
from local.state.database import StorageError

# These read only: there is nothing to store after them.
_READ_ONLY = ("Get", "List", "Describe", "BatchGet", "Check")


@dataclass(frozen=True)
class DurableService:
    """A service's state, the code of its internal error, and the operations that are not run under the state's lock."""

    state: DurableState
    error_code: str
    # They store what they change themselves, and may wait, or call functions that call the service.
    independent: Collection[str] = ()
    # They call functions that call the service, and are stored afterwards.
    stored_afterwards: Collection[str] = ()

    def run(self, operation: str, call: Callable[[], Any]) -> Any:
        if operation in self.independent:
            return call()
        if operation in self.stored_afterwards:
            answer = call()
            self.state.store()
            return answer
        return self.state.read(call) if operation.startswith(_READ_ONLY) else self.state.run(call)


def durable_calls(services: Mapping[str, DurableService]) -> Callable[[Any], Any]:
    """Return the replacement of moto's `BaseResponse.call_action`."""

    def replace(original: Any) -> Any:
        @wraps(original)
        def call_action(handler: Any) -> Any:
            service = services.get(handler.service_name)
            if service is None:
                return original(handler)
            try:
                return service.run(handler._get_action(), lambda: original(handler))
            except StorageError as error:
                return _internal_error(handler, service.error_code, str(error))

        return call_action

    return replace


def _internal_error(handler: Any, code: str, message: str) -> tuple[int, dict[str, str], str]:
    """Build a server error, which SDKs retry: JSON for the JSON protocols, otherwise XML."""
    if handler.headers.get("X-Amz-Target"):
        return 500, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps({"__type": code, "message": message})
    return 500, {"Content-Type": "text/xml"}, xml_error(code, message)


def xml_error(code: str, message: str) -> str:
    """Build an error of the query protocol."""
    return f"<ErrorResponse><Error><Type>Receiver</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
