"""All patches of moto's internals; a test checks that each patched name still exists."""

import importlib
import sys
import threading
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any

from moto.core.base_backend import BackendDict

from local.account import client
from local.aws.moto import step_functions
from local.aws.moto.transactions import TransactionCopier
from local.aws.step_functions.api import ExecutionsApi
from local.aws.step_functions.direct_lambda import DirectLambda
from local.aws.step_functions.executions import Executions
from local.lambda_runtime.sandbox import InvocationResult

# The state's TimeoutSeconds limits the wait for a function; this must only be longer.
INVOCATION_SECONDS = 86_400

# key: (module, name inside it)
PATCHED = {
    "wait": ("moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function", "WaitFunction._eval_body"),
    "retry": ("moto.stepfunctions.parser.asl.component.common.retry.retrier_decl", "time"),
    "parse": ("moto.stepfunctions.parser.asl.parse.asl_parser", "AmazonStateLanguageParser.parse"),
    "path": ("moto.stepfunctions.parser.asl.utils.json_path", "parse"),
    "result path": ("moto.stepfunctions.parser.asl.component.common.path.result_path", "parse"),
    "program": ("moto.stepfunctions.parser.asl.component.program.program", "Program.eval"),
    "thread": ("moto.stepfunctions.parser.backend.execution_worker", "ExecutionWorker.start"),
    "threads": ("moto.stepfunctions.parser.utils", "TMP_THREADS"),
    "end": ("moto.stepfunctions.parser.backend.execution", "BaseExecutionWorkerCommunication.terminated"),
    "start": ("moto.stepfunctions.parser.models", "StepFunctionsParserBackend.start_execution"),
    "stop": ("moto.stepfunctions.responses", "StepFunctionResponse.stop_execution"),
    "describe": ("moto.stepfunctions.models", "StepFunctionBackend.describe_execution"),
    "list": ("moto.stepfunctions.models", "StepFunctionBackend.list_executions"),
    "history": ("moto.stepfunctions.parser.models", "StepFunctionsParserBackend.get_execution_history"),
    "machine": ("moto.stepfunctions.models", "StepFunctionBackend.describe_state_machine_for_execution"),
    "client": ("moto.stepfunctions.parser.asl.utils.boto_client", "boto_client_for"),
    "invoke": ("moto.awslambda.models", "LambdaFunction.invoke"),
    "dynamodb": ("moto.dynamodb.responses", "DynamoHandler.call_action"),
    "transaction": ("moto.dynamodb.models", "DynamoDBBackend.transact_write_items"),
    "copy": ("moto.dynamodb.models", "copy"),
    "subscribe": ("moto.sns.models", "SNSBackend.subscribe"),
    "publish": ("moto.sns.models", "Topic.publish"),
    "publish_batch": ("moto.sns.models", "SNSBackend.publish_batch"),
    "queue": ("moto.sqs.models", "Queue"),
    "queues": ("moto.sqs.models", "sqs_backends.backend"),
    "call": ("moto.core.responses", "BaseResponse.call_action"),
    "cors": ("moto.moto_server.werkzeug_app", "DISABLE_GLOBAL_CORS"),
    "configuration": ("moto.core.config", "default_user_config"),
    "instance tables": ("moto.utilities.utils", "load_resource"),
}


@dataclass(frozen=True)
class Hooks:
    """What the patched names call instead."""

    time_scale: float
    endpoint: str
    invoke: Callable[[Any, Any, Any, Any], bytes]
    call: Callable[[str, Any], InvocationResult]
    functions: Container[str]
    executions: Executions
    moto_tables: bool
    # What takes the place of moto's names, by their keys in `PATCHED`.
    replacements: dict[str, Callable[[Any], Any]] = field(default_factory=dict)


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
        self._replace("invoke", lambda original: hooks.invoke)
        self.replace(hooks.replacements)
        self._apply_interpreter(hooks.executions, hooks.time_scale)
        self._apply_executions(ExecutionsApi(hooks.executions))
        self._replace_clients(hooks)
        if hooks.moto_tables:
            self._correct_tables()

    def replace(self, replacements: dict[str, Callable[[Any], Any]]) -> None:
        """Replace names of `PATCHED`, each by what is made of its current value."""
        for key, make in replacements.items():
            self._replace(key, make)

    def restore(self) -> None:
        """Restore the patched names and clear moto, whose state is in module variables."""
        self.restore_names()
        BackendDict.reset()

    def restore_names(self) -> None:
        while self._before:
            holder, name, value = self._before.pop()
            setattr(holder, name, value)

    def _correct_tables(self) -> None:
        self._replace("dynamodb", _serialized)
        copier = TransactionCopier()
        self._replace("transaction", copier.track_items)
        self._replace("copy", lambda original: copier)

    def _apply_interpreter(self, executions: Executions, time_scale: float) -> None:
        threads = find("threads")[2]
        self._replace("wait", lambda original: step_functions.scaled_wait(time_scale, executions.waits))
        self._replace("retry", lambda original: step_functions.ScaledTime(time_scale))
        self._replace("parse", lambda original: staticmethod(step_functions.cached_parse(original)))
        self._replace("path", step_functions.cached_parse)
        self._replace("result path", step_functions.cached_parse)
        self._replace("program", lambda original: step_functions.evaluated_in_place(executions))
        self._replace("thread", lambda original: step_functions.start_thread)
        self._replace("end", lambda original: step_functions.reporting_ends(original, executions, threads))

    def _apply_executions(self, api: ExecutionsApi) -> None:
        operations: dict[str, Callable[..., Any]] = {
            "start": api.start,
            "stop": api.stop,
            "describe": api.describe,
            "list": api.list,
            "history": api.history,
            "machine": api.machine_of,
        }
        for key, operation in operations.items():
            self._replace(key, _always(_method(operation)))

    def _replace(self, key: str, make: Callable[[Any], Any]) -> None:
        holder, name, original = find(key)
        self._before.append((holder, name, vars(holder)[name]))
        setattr(holder, name, make(original))

    def _replace_clients(self, hooks: Hooks) -> None:
        """Share clients, because the interpreter creates one for `localhost` at every step; many modules imported the name."""
        original = find("client")[2]

        @lru_cache(maxsize=64)
        def shared(service: str) -> Any:
            over_http = client(service, hooks.endpoint, INVOCATION_SECONDS)
            return DirectLambda(hooks.call, hooks.functions, over_http) if service == "lambda" else over_http

        def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
            return shared(service)

        for module_name, module in list(sys.modules.items()):
            if module_name.startswith("moto.stepfunctions.") and getattr(module, "boto_client_for", None) is original:
                self._before.append((module, "boto_client_for", original))
                vars(module)["boto_client_for"] = boto_client_for


def _always(replacement: Any) -> Callable[[Any], Any]:
    return lambda original: replacement


def _method(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of a bound method, which gets the patched class's instance as an argument."""

    def call(instance: Any, *given: Any, **named: Any) -> Any:
        return operation(instance, *given, **named)

    return call


def _serialized(call_action: Any) -> Any:
    """Serialize calls, because moto's tables have no lock and could lose one of two simultaneous ADDs."""
    lock = threading.RLock()

    @wraps(call_action)
    def locked(handler: Any) -> Any:
        with lock:
            return call_action(handler)

    return locked
