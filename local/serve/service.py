"""Start the parts of the application in order, and stop them in reverse order."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from cliprelay.catalog.registry import Offer, UnknownModels
from local.account import REGION, STACK_NAME
from local.aws.eventbridge import EventBus, Scheduler
from local.aws.moto import step_functions
from local.aws.moto.patches import Hooks, Patches
from local.aws.moto.step_functions import Event
from local.aws.server import AwsServer
from local.aws.sns.deliveries import NotificationService
from local.aws.sns.mailbox import Mailbox
from local.gateway.cors import Cors
from local.gateway.server import ApiServer, Gateway
from local.lambda_runtime.invoker import Invoker
from local.lambda_runtime.pool import LambdaPool
from local.serve.options import NOTIFICATION_EMAIL, Options
from local.serve.progress import ProgressLog
from local.serve.reasons import Reasons
from local.serve.service_log import log_to
from local.stack.context import StackContext
from local.stack.create import create_stack
from local.stack.seed import create_api_key, store_upstream_key, write_env_file
from local.stack.template import Template, TemplateError, read
from local.state.folder import StateFolder

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
    """One run of the application; starts once and stops once."""

    def __init__(self, options: Options, print_line: Callable[[str], None]) -> None:
        self._options = options
        self._print_line = print_line
        self._cleanup = ExitStack()
        self.env_file = Path()

    def start(self) -> ReadyFile:
        """Start everything; on ServiceError or TemplateError, nothing is left running."""
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._cleanup.close()

    def _start(self) -> ReadyFile:
        """Bind all addresses first, because the stack is created with them."""
        options, at_stop = self._options, self._cleanup.callback
        state = StateFolder(options.state_dir, options.template.resolve().parent)
        at_stop(state.release)
        at_stop(log_to(state.logs / "service.log"))
        patches = Patches()
        at_stop(patches.restore)
        aws = _listen(lambda: AwsServer(options.aws_host, options.aws_port), f"{options.aws_host}:{options.aws_port}")
        at_stop(aws.stop)
        gateway = _listen(lambda: ApiServer(options.port), f"port {options.port}")
        at_stop(gateway.stop)
        state.name_owner(gateway.url)
        return self._start_application(state, patches, aws, gateway, self._start_upstream())

    def _start_application(self, state: StateFolder, patches: Patches, aws: AwsServer, gateway: ApiServer, upstream: Upstream) -> ReadyFile:
        options, at_stop = self._options, self._cleanup.callback
        parameters = self._parameters(gateway, upstream)
        template = read(options.template, parameters)
        _reject_unknown_parameters(options.parameters, template)
        _check_models(options.parameters)
        context = StackContext(aws.url, gateway.url, template.folder, self._variable_overrides())
        reasons = Reasons(lambda: context.client("dynamodb"))
        progress = ProgressLog(context.functions, self._print_line, reasons.of, options.time_scale)
        pool = LambdaPool(aws.url, state.logs, state.temporary, progress.log_load_failure)
        at_stop(pool.close)
        at_stop(step_functions.stop_all)
        invoker = Invoker(pool, context.asynchronous, context.send_to_queue, progress.log_invocation, options.time_scale)
        at_stop(invoker.stop)
        notifications = NotificationService(Mailbox(state.mail), aws.url, options.time_scale, progress.write)
        patches.apply(self._hooks(aws, context, progress, invoker, notifications))
        aws.start(notifications)

        stack = create_stack(template, parameters, context)
        store_upstream_key(context, stack, upstream.key)
        self.env_file = write_env_file(context, state.path)
        api_key = create_api_key(context, stack)
        reasons.table = stack.outputs.get("VideosTableName")
        self._start_functions(context, pool, invoker, gateway)
        at_stop(progress.silence)
        return self._ready(api_key, state, aws, gateway, upstream)

    def _ready(self, api_key: str | None, state: StateFolder, aws: AwsServer, gateway: ApiServer, upstream: Upstream) -> ReadyFile:
        return ReadyFile(
            api=gateway.url,
            api_key=api_key,
            aws=aws.url,
            region=REGION,
            simulator=upstream.simulator,
            mail=str(state.mail),
            stack=STACK_NAME,
            logs=str(state.logs),
            pid=os.getpid(),
        )

    def _start_upstream(self) -> Upstream:
        options = self._options
        if options.upstream_url and options.upstream_key:
            return Upstream(options.upstream_url, options.upstream_key, None)
        from local.simulator.service import Simulator  # only here: it loads a video encoder

        key = f"simulator-{token_hex(8)}"
        # On the same host as the AWS endpoint, because containers of `sam local invoke` must reach it too.
        simulator = Simulator(key=key, port=0, time_scale=options.time_scale, host=options.aws_host)
        simulator.start()
        self._cleanup.callback(simulator.stop)
        return Upstream(simulator.url, key, simulator.url)

    def _variable_overrides(self) -> dict[str, str]:
        return {"ADDRESS_RULES": "loopback"} if self._options.loopback else {}

    def _parameters(self, gateway: ApiServer, upstream: Upstream) -> dict[str, str]:
        """Return this machine's template parameters, overridden by those of the command line."""
        return {
            "UpstreamUrl": upstream.url,
            "PublicBaseUrl": gateway.url,
            "NotificationEmail": NOTIFICATION_EMAIL,
            "AlarmEmail": NOTIFICATION_EMAIL,
            "NotificationHttpsUrl": self._options.events_url or "",
            **self._options.parameters,
        }

    def _hooks(
        self, aws: AwsServer, context: StackContext, progress: ProgressLog, invoker: Invoker, notifications: NotificationService
    ) -> Hooks:
        bus = EventBus(context.rules, invoker.invoke_later)

        def publish(event: Event) -> None:
            progress.log_execution(event)
            bus.publish(event)

        return Hooks(
            time_scale=self._options.time_scale,
            endpoint=aws.url,
            invoke=invoker.for_moto(),
            publish_event=publish,
            subscribed=notifications.subscribed,
            deliver=notifications.deliver,
        )

    def _start_functions(self, context: StackContext, pool: LambdaPool, invoker: Invoker, gateway: ApiServer) -> None:
        if len(context.apis) != 1:
            raise TemplateError(f"the local service needs exactly one HTTP API, the template has {len(context.apis)}")
        api = context.apis[0]
        scheduler = Scheduler(context.rules, invoker.invoke_later, self._options.time_scale)
        pool.open(context.functions, {api.function_name})
        pool.wait_until_warm(api.function_name)
        gateway.start(Gateway(lambda event: invoker.invoke(api.function_name, event), api.api_id, Cors(api.cors)))
        # Registered again, so that it stops accepting requests among the first.
        self._cleanup.callback(gateway.stop)
        scheduler.start()
        self._cleanup.callback(scheduler.stop)


def _listen(make: Callable[[], T], where: str) -> T:
    try:
        return make()
    except OSError as error:
        raise ServiceError(f"cannot listen on {where}: {error.strerror or error}") from None


def _check_models(parameters: dict[str, str]) -> None:
    """Report an unknown model at startup; in the cloud, the API function would report it on its first request."""
    try:
        Offer.of(parameters.get("EnabledModels", ""))
    except UnknownModels as error:
        raise TemplateError(str(error)) from None


def _reject_unknown_parameters(parameters: dict[str, str], template: Template) -> None:
    unknown = sorted(set(parameters) - set(template.section("Parameters")))
    if unknown:
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}")
