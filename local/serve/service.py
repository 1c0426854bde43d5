"""The whole application on this machine: what is started in which order, and stopped in the reverse one."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from cliprelay.catalog.registry import Offer, UnknownModels
from local.account import REGION, STACK_NAME
from local.aws.eventbridge import Clock, EventBus
from local.aws.moto import step_functions
from local.aws.moto.patches import Hooks, Patches
from local.aws.moto.step_functions import Event
from local.aws.server import AwsServer
from local.aws.sns.deliveries import Notifications
from local.aws.sns.mailbox import MailFolder
from local.gateway.cors import Cors
from local.gateway.server import Front, Gateway
from local.lambda_runtime.invoker import Invoker
from local.lambda_runtime.pool import LambdaPool
from local.serve.options import NOTIFICATION_EMAIL, Options
from local.serve.progress import Narrator
from local.stack.context import World
from local.stack.create import make_stack
from local.stack.seed import create_api_key, store_upstream_key, write_env_file
from local.stack.template import Template, TemplateError, read
from local.state.folder import StateFolder

T = TypeVar("T")


@dataclass(frozen=True)
class Ready:
    """What the ready file says."""

    api: str
    api_key: str | None
    aws: str
    region: str
    simulator: str | None
    mail: str
    stack: str
    logs: str


@dataclass(frozen=True)
class Upstream:
    url: str
    key: str
    simulator: str | None


class ServiceError(Exception):
    """The service cannot start; the message is one line for the person at the keyboard."""


class Service:
    """Start it once, stop it once. `say` gets every line that is worth a person's attention."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self._options = options
        self._say = say
        self._cleanup = ExitStack()
        self.env_file = Path()

    def start(self) -> Ready:
        """Raises ServiceError or TemplateError, with nothing left running."""
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._cleanup.close()

    def _start(self) -> Ready:
        """First everything that has an address, because the stack is made with these addresses in it."""
        options, at_stop = self._options, self._cleanup.callback
        state = StateFolder(options.state_dir, options.template.resolve().parent)
        at_stop(state.release)
        at_stop(_log_to(state.logs / "service.log"))
        patches = Patches()
        at_stop(patches.take_back)
        aws = _bound(lambda: AwsServer(options.aws_host, options.aws_port), f"{options.aws_host}:{options.aws_port}")
        at_stop(aws.stop)
        front = _bound(lambda: Front(options.port), f"port {options.port}")
        at_stop(front.stop)
        return self._start_application(state, patches, aws, front, self._start_upstream())

    def _start_application(self, state: StateFolder, patches: Patches, aws: AwsServer, front: Front, upstream: Upstream) -> Ready:
        options, at_stop = self._options, self._cleanup.callback
        parameters = self._parameters(front, upstream)
        template = read(options.template, parameters)
        _refuse_unknown(options.parameters, template)
        _check_models(options.parameters)
        world = World(aws.url, front.url, template.folder, self._variable_overrides())
        narrator = Narrator(world.functions, self._say)
        pool = LambdaPool(aws.url, state.logs, state.temporary, narrator.tell_broken)
        at_stop(pool.close)
        at_stop(step_functions.stop_all)
        invoker = Invoker(pool, world.asynchronous, world.send_to_queue, narrator.tell, options.time_scale)
        at_stop(invoker.stop)
        notifications = Notifications(MailFolder(state.mail), aws.url, options.time_scale, narrator.say)
        patches.apply(self._hooks(aws, world, narrator, invoker, notifications))
        aws.start(notifications)

        stack = make_stack(template, parameters, world)
        store_upstream_key(world, stack, upstream.key)
        self.env_file = write_env_file(world, state.path)
        api_key = create_api_key(world, stack)
        self._start_functions(world, pool, invoker, front)
        at_stop(narrator.silence)
        return self._ready(api_key, state, aws, front, upstream)

    def _ready(self, api_key: str | None, state: StateFolder, aws: AwsServer, front: Front, upstream: Upstream) -> Ready:
        return Ready(
            api=front.url,
            api_key=api_key,
            aws=aws.url,
            region=REGION,
            simulator=upstream.simulator,
            mail=str(state.mail),
            stack=STACK_NAME,
            logs=str(state.logs),
        )

    def _start_upstream(self) -> Upstream:
        options = self._options
        if options.upstream_url and options.upstream_key:
            return Upstream(options.upstream_url, options.upstream_key, None)
        from local.simulator.service import Simulator  # only here: it loads a video encoder

        key = f"simulator-{token_hex(8)}"
        # Beside the AWS endpoint: the containers of `sam local invoke` have to reach it as well.
        simulator = Simulator(key=key, port=0, time_scale=options.time_scale, host=options.aws_host)
        simulator.start()
        self._cleanup.callback(simulator.stop)
        return Upstream(simulator.url, key, simulator.url)

    def _variable_overrides(self) -> dict[str, str]:
        return {"ADDRESS_RULES": "loopback"} if self._options.loopback else {}

    def _parameters(self, front: Front, upstream: Upstream) -> dict[str, str]:
        """Those of this machine, then those of the command line."""
        return {
            "UpstreamUrl": upstream.url,
            "PublicBaseUrl": front.url,
            "NotificationEmail": NOTIFICATION_EMAIL,
            "AlarmEmail": NOTIFICATION_EMAIL,
            "NotificationHttpsUrl": self._options.events_url or "",
            **self._options.parameters,
        }

    def _hooks(self, aws: AwsServer, world: World, narrator: Narrator, invoker: Invoker, notifications: Notifications) -> Hooks:
        bus = EventBus(world.rules, invoker.invoke_later)

        def publish(event: Event) -> None:
            narrator.tell_run(event)
            bus.publish(event)

        return Hooks(
            time_scale=self._options.time_scale,
            endpoint=aws.url,
            invoke=invoker.for_moto(),
            publish_event=publish,
            subscribed=notifications.subscribed,
            deliver=notifications.deliver,
        )

    def _start_functions(self, world: World, pool: LambdaPool, invoker: Invoker, front: Front) -> None:
        if len(world.apis) != 1:
            raise TemplateError(f"the local service needs exactly one HTTP API, the template has {len(world.apis)}")
        api = world.apis[0]
        clock = Clock(world.rules, invoker.invoke_later, self._options.time_scale)
        pool.open(world.functions, {api.function_name})
        pool.wait_until_warm(api.function_name)
        front.start(Gateway(lambda event: invoker.invoke(api.function_name, event), api.api_id, Cors(api.cors)))
        # Once more, so that its doors are among the first to close.
        self._cleanup.callback(front.stop)
        clock.start()
        self._cleanup.callback(clock.stop)


def _log_to(path: Path) -> Callable[[], None]:
    """What the libraries warn of goes to a file, not between the steps; returns what undoes it."""
    handler = logging.FileHandler(path, delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    # Executions that are ended with the service have a last word, when this file is closed already.
    logging.getLogger("moto").addHandler(logging.NullHandler())

    def undo() -> None:
        logging.getLogger().removeHandler(handler)
        handler.close()

    return undo


def _bound(make: Callable[[], T], where: str) -> T:
    try:
        return make()
    except OSError as error:
        raise ServiceError(f"cannot listen on {where}: {error.strerror or error}") from None


def _check_models(parameters: dict[str, str]) -> None:
    """In the cloud the function says it with its first request; here it can be said at once."""
    try:
        Offer.of(parameters.get("EnabledModels", ""))
    except UnknownModels as error:
        raise TemplateError(str(error)) from None


def _refuse_unknown(parameters: dict[str, str], template: Template) -> None:
    unknown = sorted(set(parameters) - set(template.section("Parameters")))
    if unknown:
        raise TemplateError(f"the template has no parameter {', '.join(unknown)}")
