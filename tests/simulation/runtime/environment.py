"""Puts the product into the simulation: what the operating system gives it (clock, sleep, randomness, sockets, environment) is ours,
and its AWS clients' requests come to us. The product's own parts stay as they are.
"""

import importlib
import os
import pkgutil
import random
import socket
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any, Protocol
from unittest.mock import patch

import botocore.endpoint
import botocore.useragent
import ulid
import urllib3.connection
import urllib3.util.connection
from aws_lambda_powertools.event_handler.openapi import compat
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.regions import EndpointRulesetResolver
from botocore.retries import quota
from botocore.signers import RequestSigner

from tests.permissions.simulated import recorder
from tests.simulation.runtime.deployment import RESOURCES, STEPS, environment
from tests.simulation.runtime.fast_client import SHORT, ShortPath, remembered_adapter, remembered_endpoint
from tests.simulation.runtime.sockets import FakeSocket, resolve
from tests.support.memory_aws.session import REGION, session_over


class Present(Protocol):
    """The run that the product lives in now."""

    rng: random.Random

    @property
    def step(self) -> str: ...
    def wall_clock(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...
    def later(self, seconds: float, action: Callable[[], None]) -> None: ...
    def send(self, service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse: ...
    def open(self, address: tuple[str, int], timeout: Any = None, *rest: Any, **more: Any) -> FakeSocket: ...
    def monotonic(self) -> float: ...


_present: list[Present] = []
_quotas: list[quota.RetryQuota] = []


def present() -> Present:
    return _present[-1]


class _Datetime(datetime):
    """datetime whose now is the simulation's."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(present().wall_clock(), tz or UTC)


# As much of the time module as the product and botocore use.
_time = SimpleNamespace(
    time=lambda: present().wall_clock(),
    monotonic=lambda: present().monotonic(),
    perf_counter=time.perf_counter,
    sleep=lambda seconds: present().sleep(seconds),
    gmtime=time.gmtime,
    strftime=time.strftime,
)


def _open(*args: Any, **more: Any) -> FakeSocket:
    return present().open(*args, **more)


_MACHINE: dict[Any, Any] = {
    time.sleep: _time.sleep,
    time.monotonic: _time.monotonic,
    time.time: _time.time,
    socket.getaddrinfo: resolve,
    urllib3.util.connection.create_connection: _open,
}


class _Secrets:
    """As much of the secrets module as the product uses, from the run's seed."""

    token_hex = staticmethod(lambda size: present().rng.randbytes(size).hex())
    token_urlsafe = staticmethod(lambda size: urlsafe_b64encode(present().rng.randbytes(size)).rstrip(b"=").decode())


class _Timer:
    """threading.Timer on the virtual clock."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._seconds, self._action, self.daemon = seconds, action, False

    def start(self) -> None:
        present().later(self._seconds, lambda: self._action())

    def cancel(self) -> None:
        self._action = lambda: None


class _Thread:
    """threading.Thread for what never waits here, as the guard's question to the resolver: done at once, so that no real time counts."""

    def __init__(self, *, target: Callable[..., object], args: tuple[Any, ...] = (), daemon: bool = True) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        self._target(*self._args)


class _Quota(quota.RetryQuota):
    """The SDK's budget of retries, filled up again for each invocation: every one may be in a sandbox of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _quotas.append(self)


def fill_up_quotas() -> None:
    for each in _quotas:
        each.release(quota.RetryQuota.INITIAL_CAPACITY)


def _send(service: str, operation: str, request: AWSPreparedRequest) -> AWSResponse:
    return present().send(service, operation, request)


# Each kind of call is recorded for the judge of permissions; None if this run of the tests records none.
_recorder = recorder(RESOURCES, lambda: present().step)


def _recorded(service: str, operation: str, parameters: dict[str, Any], *, signed: bool = False) -> None:
    if _recorder and present().step in STEPS:  # the operator has rights of their own
        _recorder.note(service, operation, parameters, signed=signed)


def _note_call(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    _recorded(model.service_model.service_name, model.name, params, signed=bool(context.get("is_presign_request")))


class _Clients:
    """boto3 as the product's wiring sees it: clients are built once and kept for all runs, because building one takes 10 ms."""

    def __init__(self, *, whole: bool) -> None:
        self._session, self._whole = session_over(_send), whole
        self._known: dict[tuple[str, str], Any] = {}
        # The wiring asks a session for the region.
        self.session = SimpleNamespace(Session=lambda: self._session)

    def client(self, service: str, **options: Any) -> Any:
        config = options.get("config")
        key = service, repr(sorted(vars(config).items(), key=lambda pair: pair[0])) if config else ""
        if key not in self._known:
            self._known[key] = self._made(service, options)
        return self._known[key]

    def _made(self, service: str, options: dict[str, Any]) -> Any:
        client = self._session.client(service, **options)  # type: ignore[call-overload]
        client.meta.events.register("before-parameter-build", _note_call)
        if service in SHORT and not self._whole:
            client._make_api_call = ShortPath(client, _send, SHORT[service], _recorded)
        return client


@cache
def _clients(whole: bool) -> _Clients:
    return _Clients(whole=whole)


def product_modules() -> list[ModuleType]:
    return [module for name, module in sorted(sys.modules.items()) if name == "cliprelay" or name.startswith(("cliprelay.", "simulated_"))]


def _import_product() -> None:
    """Import every module of the product, because a module that is first imported during a run would have the machine's clock."""
    import cliprelay

    for module in pkgutil.walk_packages(cliprelay.__path__, "cliprelay."):
        importlib.import_module(module.name)


def _defaults_of(module: ModuleType) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Keyword defaults of a module's functions that are the machine's sleep, clock or network, each with what replaces it."""
    classes = [part for part in vars(module).values() if isinstance(part, type) and part.__module__ == module.__name__]
    for owner in (module, *classes):
        for function in vars(owner).values():
            defaults = getattr(function, "__kwdefaults__", None) or {}
            ours = {name: _MACHINE[value] for name, value in defaults.items() if callable(value) and value in _MACHINE}
            if ours:
                yield defaults, ours


def stand_in(module: ModuleType, stack: ExitStack | None = None) -> None:
    """Replace a module's clock, sleep, timers and threads."""
    threads = (("Timer", _Timer, threading.Timer), ("Thread", _Thread, threading.Thread))
    for name, ours, theirs in (("datetime", _Datetime, datetime), ("time", _time, time), *threads):
        if getattr(module, name, None) is theirs:
            if stack:
                stack.enter_context(patch.object(module, name, ours))
            else:
                setattr(module, name, ours)


@contextmanager
def installed(*, whole: bool = False) -> Iterator[None]:
    """Within it the product lives in whatever run `inhabit` names; its clients go the short path, or the `whole` one."""
    import cliprelay.ids
    import cliprelay.wiring

    wiring = cliprelay.wiring
    _import_product()
    with ExitStack() as stack:
        for module in product_modules():
            stand_in(module, stack)
            for defaults, ours in _defaults_of(module):
                stack.enter_context(patch.dict(defaults, ours))
        replaced: list[tuple[Any, str, Any]] = [
            (quota, "RetryQuota", _Quota),
            (botocore.endpoint, "time", _time),
            (cliprelay.ids, "secrets", _Secrets),
            (ulid, "os", SimpleNamespace(urandom=lambda size: present().rng.randbytes(size))),
            (urllib3.util.connection, "create_connection", _open),
            (urllib3.connection, "_ssl_wrap_socket_and_match_hostname", _shake_hands),
            (urllib3.connection, "wait_for_read", lambda sock, timeout=None: False),
            # Nobody reads or checks these, and they are a third of the time that a call takes. Presigning signs by another way.
            (botocore.useragent.UserAgentString, "to_string", lambda self: "simulated"),
            (RequestSigner, "handler", lambda self, **_: None),
            (EndpointRulesetResolver, "construct_endpoint", remembered_endpoint(EndpointRulesetResolver.construct_endpoint)),
            # Every new sandbox of the API builds its routes; what pydantic makes of their types is always the same.
            (compat, "TypeAdapter", remembered_adapter(compat.TypeAdapter)),  # type: ignore[attr-defined]
        ]
        for owner, name, value in replaced:
            stack.enter_context(patch.object(owner, name, value))
        stack.enter_context(patch.object(wiring, "boto3", _clients(whole)))
        # A look at an image changes nothing, and there is nothing to see behind the clients' addresses.
        stack.enter_context(patch.dict(os.environ, {**environment(), "AWS_DEFAULT_REGION": REGION, "IMAGE_PROBE": "off"}))
        stack.callback(forget)
        yield


def _shake_hands(sock: FakeSocket, **_: Any) -> Any:
    """The TLS handshake of a connection that is made of nothing."""
    if sock.line.tls:
        raise sock.line.tls
    return urllib3.connection._WrappedAndVerifiedSocket(socket=sock, is_verified=True)  # type: ignore[arg-type]


def forget() -> None:
    """Let the wiring build its parts anew: nothing of one run is warm in the next."""
    import cliprelay.wiring

    for name, part in vars(cliprelay.wiring).items():
        if hasattr(part, "cache_clear") and name != "_logger":
            part.cache_clear()


@contextmanager
def inhabit(run: Present, seed: int) -> Iterator[None]:
    """Let the product live in this run; what uses Python's own generator follows the seed too."""
    _present.append(run)
    forget()
    state = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
        _present.pop()
