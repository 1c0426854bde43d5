"""Start the parts of the application in order, and stop them in reverse order."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cliprelay.api.http.base_path import base_path
from cliprelay.catalog.families import read_aliases
from cliprelay.catalog.registry import Offer, UnknownModels
from local.account import REGION, STACK_NAME
from local.aws.dynamodb.service import DynamoDB
from local.aws.eventbridge import EventBus, Scheduler
from local.aws.messaging import Messaging
from local.aws.moto.patches import Hooks, Patches
from local.aws.moto.step_functions import interpreter
from local.aws.s3.store.index import StoredObject
from local.aws.s3.store.store import ObjectStore
from local.aws.server import AwsServer
from local.aws.step_functions.events import Event
from local.aws.step_functions.executions import Executions
from local.aws.step_functions.store import ExecutionStore
from local.gateway.cors import Cors
from local.gateway.server import ApiServer, Gateway
from local.lambda_runtime.invoker import Invoker
from local.lambda_runtime.pool import LambdaPool
from local.lambda_runtime.sandbox import InvocationResult
from local.serve.cleanup import Cleanup
from local.serve.options import NOTIFICATION_EMAIL, Options
from local.serve.own_folder import OwnFolder
from local.serve.progress import ProgressLog
from local.serve.reasons import Reasons
from local.serve.service_log import log_to
from local.stack.context import StackContext
from local.stack.create import create_stack
from local.stack.seed import first_api_key, store_upstream_key, write_env_file
from local.stack.template import Template, TemplateError, read
from local.state.folder import StateFolder
from local.state.key_file import KeyFile
from local.state.problems import no_space
from local.state.records import Records

T = TypeVar("T")


@dataclass(frozen=True)
class ReadyFile:
    """The contents of the ready file."""

    api: str
    api_key: str | None
    aws: str
    region: str
    simulator: str | None
    mail: str
    stack: str
    logs: str
    pid: int


@dataclass(frozen=True)
class Upstream:
    url: str
    key: str
    simulator: str | None


class ServiceError(Exception):
    """The service cannot start; the message is one line for the user."""


class Service:
    """One run of the application, which owns its folder; starts once and stops once."""

    def __init__(self, options: Options, folder: OwnFolder, print_line: Callable[[str], None]) -> None:
        self._options = options
        self._folder = folder
        self._print_line = print_line
        self._cleanup = Cleanup()
        self._cleanup.callback(folder.state.release)
        self.env_file = Path()
        self.serves_docs = False
        self.serves_console = False
        self.open_videos = 0

    def start(self) -> ReadyFile:
        """Start everything. On an error, nothing is left running."""
        try:
            return self._start(self._folder.state)
        except TemplateError:  # a resource cannot be created; its own words would not say that the disk is full
            sentence = no_space(self._folder.data) if self._folder.data else ""
            self.stop()
            if sentence:
                raise ServiceError(sentence) from None
            raise
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._cleanup.close()

    @property
    def stopping(self) -> str:
        """Name the part that is being stopped."""
        return self._cleanup.current

    def _start(self, state: StateFolder) -> ReadyFile:
        """Bind all addresses first, because the stack is created with them."""
        options, at_stop = self._options, self._cleanup.callback
        objects = ObjectStore(state.database, state.objects, lambda: datetime.now(UTC))
        at_stop(objects.close)
        objects.recover()
        self._warn_of_missing(objects.missing(), state)
        at_stop(log_to(state.logs / "service.log"))
        patches = Patches()
        at_stop(patches.restore)
        aws = _listen_for_aws(options, objects, Records(state.database, "ports"))
        at_stop(aws.stop)
        gateway = _listen(lambda: ApiServer(options.port), f"port {options.port}")
        at_stop(gateway.stop)
        state.name_owner(gateway.url)
        return self._start_application(state, patches, aws, gateway, self._start_upstream(state))

    def _start_application(self, state: StateFolder, patches: Patches, aws: AwsServer, gateway: ApiServer, upstream: Upstream) -> ReadyFile:
        options, at_stop = self._options, self._cleanup.callback
        parameters = self._parameters(gateway, upstream)
        template = read(options.template, parameters)
        _reject_unknown_parameters(options.parameters, template)
        _check_models(options.parameters)
        context = StackContext(aws.url, gateway.url, template.folder, self._variable_overrides())
        context.subscriptions = Records(state.database, "stack subscriptions")
        reasons = Reasons(lambda: context.client("dynamodb"))
        progress = ProgressLog(context.functions, self._print_line, reasons.of, options.time_scale)
        pool = LambdaPool(aws.url, state.logs, state.temporary, progress.log_load_failure)
        at_stop(pool.close)
        invoker = Invoker(pool, context.asynchronous, context.send_to_queue, progress.log_invocation, options.time_scale)
        at_stop(invoker.stop)
        executions = Executions(ExecutionStore(state.database), _publisher(context, progress, invoker))
        at_stop(executions.interrupt)
        messaging = Messaging(state.database, state.mail, aws.url, options.time_scale, progress.write, invoker.error_of)
        patches.apply(self._hooks(aws, context, executions, invoker, messaging))
        messaging.load()
        aws.start(messaging, DynamoDB(state.database) if options.tables == "own" else None)

        stack = create_stack(template, parameters, context)
        store_upstream_key(context, stack, upstream.key)
        self.env_file = write_env_file(context, state.path)
        api_key = first_api_key(context, stack, KeyFile(state.path, is_kept=state.is_kept), self._print_line)
        reasons.table = stack.outputs.get("VideosTableName")
        self.open_videos = reasons.count_open()
        self._folder.identity.record(self._folder.upstream, datetime.now(UTC))
        self.serves_docs = "DocsUrl" in stack.outputs
        self.serves_console = "ConsoleUrl" in stack.outputs
        self._start_functions(context, pool, invoker, gateway, base_path(parameters["PublicBaseUrl"]))
        messaging.start()
        at_stop(messaging.stop)
        executions.resume(interpreter(), lambda text: progress.write("-", text))
        at_stop(progress.silence)
        return self._ready(api_key, state, aws, gateway, upstream)

    def _warn_of_missing(self, objects: list[StoredObject], state: StateFolder) -> None:
        if objects:
            show = f"`python -m local state show --state-dir {shlex.quote(str(state.path))}`"
            subject = "1 stored file is" if len(objects) == 1 else f"{len(objects)} stored files are"
            self._print_line(f"{subject} missing or cut, and requests for what is missing fail. {show} names it.")

    def _ready(self, api_key: str | None, state: StateFolder, aws: AwsServer, gateway: ApiServer, upstream: Upstream) -> ReadyFile:
        return ReadyFile(
            api=gateway.url + self._options.base_path,
            api_key=api_key,
            aws=aws.url,
            region=REGION,
            simulator=upstream.simulator,
            mail=str(state.mail),
            stack=STACK_NAME,
            logs=str(state.logs),
            pid=os.getpid(),
        )

    def _start_upstream(self, state: StateFolder) -> Upstream:
        options = self._options
        if options.upstream_url and options.upstream_key:
            return Upstream(options.upstream_url, options.upstream_key, None)
        from local.simulator.service import Simulator  # only here: it loads a video encoder

        # On the same host as the AWS endpoint, because containers of `sam local invoke` must reach it too.
        simulator = Simulator(None, 0, options.time_scale, options.aws_host, database=state.database, folder=state.simulator)
        simulator.start()
        self._cleanup.callback(simulator.stop)
        return Upstream(simulator.url, simulator.key, simulator.url)

    def _variable_overrides(self) -> dict[str, str]:
        return {"ADDRESS_RULES": "loopback"} if self._options.loopback else {}

    def _parameters(self, gateway: ApiServer, upstream: Upstream) -> dict[str, str]:
        """Return this machine's template parameters, overridden by those of the command line."""
        return {
            "UpstreamUrl": upstream.url,
            "PublicBaseUrl": gateway.url + self._options.base_path,
            "NotificationEmail": NOTIFICATION_EMAIL,
            "AlarmEmail": NOTIFICATION_EMAIL,
            "NotificationHttpsUrl": self._options.events_url or "",
            **({} if self._options.console else {"Console": "false"}),
            **self._options.parameters,
        }

    def _hooks(self, aws: AwsServer, context: StackContext, executions: Executions, invoker: Invoker, messaging: Messaging) -> Hooks:
        return Hooks(
            time_scale=self._options.time_scale,
            endpoint=aws.url,
            invoke=invoker.for_moto(),
            call=invoker.invoke,
            functions=context.functions,
            executions=executions,
            moto_tables=self._options.tables == "moto",
            replacements=messaging.replacements(),
        )

    def _start_functions(self, context: StackContext, pool: LambdaPool, invoker: Invoker, gateway: ApiServer, base: str) -> None:
        if len(context.apis) != 1:
            raise TemplateError(f"the local service needs exactly one HTTP API, the template has {len(context.apis)}")
        api = context.apis[0]
        scheduler = Scheduler(context.rules, invoker.invoke_later, self._options.time_scale, first_tick_at_once=self.open_videos > 0)
        pool.open(context.functions, {api.function_name})
        pool.wait_until_warm(api.function_name)

        def invoke(event: Event) -> InvocationResult:
            return invoker.invoke(api.function_name, event)

        gateway.start(Gateway(invoke, api.api_id, Cors(api.cors), routes=api.routes, base_path=base))
        # Registered again, so that it stops accepting requests among the first.
        self._cleanup.callback(gateway.stop)
        scheduler.start()
        self._cleanup.callback(scheduler.stop)


def _publisher(context: StackContext, progress: ProgressLog, invoker: Invoker) -> Callable[[Event], None]:
    bus = EventBus(context.rules, invoker.invoke_later)

    def publish(event: Event) -> None:
        progress.log_execution(event)
        bus.publish(event)

    return publish


def _listen(make: Callable[[], T], where: str) -> T:
    try:
        return make()
    except OSError as error:
        raise ServiceError(f"cannot listen on {where}: {error.strerror or error}") from None


def _listen_for_aws(options: Options, objects: ObjectStore, ports: Records) -> AwsServer:
    """Take the port of the last start, if none is given and it is free: links in e-mails and messages name it."""
    earlier = (ports.get("aws") or {"port": 0})["port"]
    try:
        aws = AwsServer(options.aws_host, options.aws_port or earlier, objects)
    except OSError:
        aws = _listen(lambda: AwsServer(options.aws_host, options.aws_port, objects), f"{options.aws_host}:{options.aws_port}")
    if aws.port != earlier:
        ports.put("aws", {"version": 1, "port": aws.port})
    return aws


def _check_models(parameters: dict[str, str]) -> None:
    """Report an unknown model at startup; in the cloud, the API function would report it on its first request."""
    try:
        Offer.of(parameters.get("EnabledModels", ""))
        read_aliases(parameters.get("ModelAliases", ""))
    except UnknownModels as error:
        raise TemplateError(str(error)) from None


def _reject_unknown_parameters(parameters: dict[str, str], template: Template) -> None:
    unknown = sorted(set(parameters) - set(template.section("Parameters")))
    if unknown:
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}")
