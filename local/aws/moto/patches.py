"""All patches of moto's internals; a test checks that each patched name still exists."""

import importlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

from moto.core.base_backend import BackendDict

from local.account import client
from local.aws.moto import step_functions
from local.aws.moto.step_functions import Event
from local.aws.moto.transactions import TransactionCopier

# The state's TimeoutSeconds limits the wait for a function; this must only be longer.
INVOCATION_SECONDS = 86_400

# key: (module, name inside it)
PATCHED = {
    "wait": ("moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function", "WaitFunction._eval_body"),
    "retry": ("moto.stepfunctions.parser.asl.component.common.retry.retrier_decl", "time"),
    "parse": ("moto.stepfunctions.parser.asl.parse.asl_parser", "AmazonStateLanguageParser.parse"),
    "start": ("moto.stepfunctions.parser.models", "StepFunctionsParserBackend.start_execution"),
    "end": ("moto.stepfunctions.parser.backend.execution", "BaseExecutionWorkerCommunication.terminated"),
    "client": ("moto.stepfunctions.parser.asl.utils.boto_client", "boto_client_for"),
    "invoke": ("moto.awslambda.models", "LambdaFunction.invoke"),
    "dynamodb": ("moto.dynamodb.responses", "DynamoHandler.call_action"),
    "transaction": ("moto.dynamodb.models", "DynamoDBBackend.transact_write_items"),
    "copy": ("moto.dynamodb.models", "copy"),
    "subscribe": ("moto.sns.models", "SNSBackend.subscribe"),
    "deliver": ("moto.sns.models", "Subscription.publish"),
    "cors": ("moto.moto_server.werkzeug_app", "DISABLE_GLOBAL_CORS"),
    "configuration": ("moto.core.config", "default_user_config"),
}


@dataclass(frozen=True)
class Hooks:
    """What the patched names call instead."""

    time_scale: float
    endpoint: str
    invoke: Callable[[Any, Any, Any, Any], bytes]
    publish_event: Callable[[Event], None]
    subscribed: Callable[[Any], None]
    deliver: Callable[..., bool]


def find(key: str) -> tuple[Any, str, Any]:
    """Return the object that holds a patched name, the name and its current value."""
    module_name, path = PATCHED[key]
    holder: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        holder = getattr(holder, parent)
    return holder, name, getattr(holder, name)


class Patches:
    """Applied once per service, and restored when it stops."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []

    def apply(self, hooks: Hooks) -> None:
        find("configuration")[2]["stepfunctions"] = {"execute_state_machine": True}
        # Otherwise any web page could read and change the data.
        self._replace("cors", lambda original: True)
        self._replace("wait", lambda original: step_functions.scaled_wait(hooks.time_scale))
        self._replace("retry", lambda original: step_functions.ScaledTime(hooks.time_scale))
        self._replace("parse", lambda original: staticmethod(step_functions.cached_parse(original)))
        self._replace("start", step_functions.serialized_start)
        self._replace("end", lambda original: step_functions.publishing_ends(original, hooks.publish_event))
        self._replace("invoke", lambda original: hooks.invoke)
        self._replace("dynamodb", _serialized)
        copier = TransactionCopier()
        self._replace("transaction", copier.track_items)
        self._replace("copy", lambda original: copier)
        self._replace("subscribe", lambda original: _call_then(original, hooks.subscribed))
        self._replace("deliver", lambda original: _call_unless(hooks.deliver, original))
        self._replace_clients(hooks.endpoint)

    def restore(self) -> None:
        """Restore the patched names and clear moto, whose state is in module variables."""
        while self._before:
            holder, name, value = self._before.pop()
            setattr(holder, name, value)
        BackendDict.reset()

    def _replace(self, key: str, make: Callable[[Any], Any]) -> None:
        holder, name, original = find(key)
        self._before.append((holder, name, vars(holder)[name]))
        setattr(holder, name, make(original))

    def _replace_clients(self, endpoint: str) -> None:
        """Share clients, because the interpreter creates one for `localhost` at every step; many modules imported the name."""
        original = find("client")[2]

        @lru_cache(maxsize=64)
        def shared(service: str) -> Any:
            return client(service, endpoint, INVOCATION_SECONDS)

        def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
            return shared(service)

        for module_name, module in list(sys.modules.items()):
            if module_name.startswith("moto.stepfunctions.") and getattr(module, "boto_client_for", None) is original:
                self._before.append((module, "boto_client_for", original))
                vars(module)["boto_client_for"] = boto_client_for


def _serialized(call_action: Any) -> Any:
    """Serialize calls, because moto's tables have no lock and could lose one of two simultaneous ADDs."""
    lock = threading.RLock()

    @wraps(call_action)
    def locked(handler: Any) -> Any:
        with lock:
            return call_action(handler)

    return locked


def _call_then(original: Any, tell: Callable[[Any], None]) -> Any:
    @wraps(original)
    def replaced(*given: Any, **named: Any) -> Any:
        result = original(*given, **named)
        tell(result)
        return result

    return replaced


def _call_unless(handled: Callable[..., bool], original: Any) -> Any:
    @wraps(original)
    def replaced(*given: Any, **named: Any) -> Any:
        return None if handled(*given, **named) else original(*given, **named)

    return replaced
