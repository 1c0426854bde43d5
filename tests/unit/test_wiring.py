"""The border between environment and package: functions read exactly what is declared, and imports do nothing."""

import ast
import contextlib
import importlib.util
import inspect
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import pytest

from cliprelay import settings
from cliprelay.net.urls import AddressRefused
from tests.support.product_template import product_template

PACKAGE = Path("layers/cliprelay/python/cliprelay")
STEPS = sorted(path.parent.name for path in Path("functions").glob("*/app.py"))
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__") for path in PACKAGE.rglob("*.py")
)
# Read by libraries: Powertools and boto3.
OF_LIBRARIES = ("POWERTOOLS_", "AWS_ENDPOINT_URL")


@cache
def _template() -> dict[str, Any]:
    return product_template()


def _declared(step: str) -> set[str]:
    shared = _template()["Globals"]["Function"]["Environment"]["Variables"]
    own = _template()["Resources"][f"{step.capitalize()}Function"]["Properties"]["Environment"]["Variables"]
    return {name for name in {*shared, *own} if not name.startswith(OF_LIBRARIES)}


@cache
def _functions(module: str) -> dict[str, ast.FunctionDef]:
    """Return the functions of `wiring` or `settings` by name."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _used(tree: ast.AST, module: str) -> set[str]:
    """Return the functions of a module that a piece of code uses as attributes."""
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == module}


def _reached(module: str, names: set[str]) -> set[str]:
    """Return these functions of a module, and those of the same module that they call."""
    functions, seen = _functions(module), set[str]()
    while todo := names - seen:
        seen |= todo
        names = {node.id for name in todo for node in ast.walk(functions[name]) if isinstance(node, ast.Name)} & set(functions)
    return seen


def _env_calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_env"]


def _read(step: str) -> set[str]:
    """Return the variables that a step's handler reads, directly or through the wiring."""
    door = ast.parse(Path(f"functions/{step}/app.py").read_text())
    parts = _reached("wiring", _used(door, "wiring"))
    settings = _used(door, "settings").union(*(_used(_functions("wiring")[part], "settings") for part in parts))
    calls = [call for name in _reached("settings", settings) - {"_env"} for call in _env_calls(_functions("settings")[name])]
    return {str(call.args[0].value) for call in calls if isinstance(call.args[0], ast.Constant)}


@pytest.mark.parametrize("step", STEPS)
def test_a_function_reads_exactly_the_variables_that_the_template_gives_it(step: str) -> None:
    assert _read(step) == _declared(step)


def test_every_variable_is_read_by_its_written_name_and_nowhere_else() -> None:
    tree = ast.parse((PACKAGE / "settings.py").read_text())
    assert all(isinstance(call.args[0], ast.Constant) for call in _env_calls(tree))
    for path in [*PACKAGE.rglob("*.py"), *Path("functions").glob("*/app.py")]:
        if path != PACKAGE / "settings.py":
            assert not re.search(r"\b(environ|getenv)\b", path.read_text()), path


def test_a_missing_variable_is_named_with_where_to_declare_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUBMIT_TIMEOUT_SECONDS", raising=False)
    with pytest.raises(KeyError, match="SUBMIT_TIMEOUT_SECONDS is missing"):
        settings.grace()


def test_the_grace_is_longer_than_submits_time_out_and_the_paid_call_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    from cliprelay import wiring

    lives = int(_template()["Mappings"]["Step"]["Submit"]["TimeoutSeconds"])
    for name, value in {"SUBMIT_TIMEOUT_SECONDS": str(lives), "UPSTREAM_URL": "http://127.0.0.1:1", "UPSTREAM_SECRET_ARN": "any"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for part in (wiring.upstream, wiring.upstream_key):
        part.cache_clear()
    upstream = wiring.upstream()
    for part in (wiring.upstream, wiring.upstream_key):
        part.cache_clear()
    assert upstream.submit_seconds <= lives - 60
    assert settings.grace().total_seconds() >= lives + 60


@pytest.mark.parametrize(("serves", "wait"), [("true", "25"), ("false", "0")])
def test_the_api_s_switches_are_read_as_the_template_writes_them(monkeypatch: pytest.MonkeyPatch, serves: str, wait: str) -> None:
    monkeypatch.setenv("SERVE_DOCS", serves)
    monkeypatch.setenv("SERVE_CONSOLE", serves)
    monkeypatch.setenv("MAX_WAIT", wait)
    monkeypatch.setenv("LINK_PAGES", serves)
    switches = (settings.serve_docs(), settings.serve_console(), settings.link_pages())
    assert (switches, settings.max_wait()) == ((serves == "true",) * 3, int(wait))


RULES = [
    ("public", "443", "", "https://example.com/", True),
    ("public", "443", "", "https://example.com:8443/", False),
    ("public", "443,8443", "", "https://example.com:8443/", True),
    ("public", "443", "http://172.17.0.1:4566", "https://172.17.0.1/", False),
    ("public", "443", "", "http://127.0.0.1:1/", False),
    ("loopback", "443", "", "http://127.0.0.1:1/", True),
    ("loopback", "443", "http://172.17.0.1:4566", "http://172.17.0.1:1/", True),
    ("loopback", "443", "", "http://172.17.0.1:1/", False),
]


@pytest.mark.parametrize(("rules", "ports", "aws", "url", "accepted"), RULES)
def test_the_guard_obeys_the_environment(
    rules: str, ports: str, aws: str, url: str, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cliprelay import wiring

    for name, value in {"ADDRESS_RULES": rules, "ALLOWED_PORTS": ports, "AWS_ENDPOINT_URL": aws}.items():
        monkeypatch.setenv(name, value)
    wiring.guard.cache_clear()
    guard = wiring.guard()
    wiring.guard.cache_clear()
    with contextlib.nullcontext() if accepted else pytest.raises(AddressRefused):
        assert guard.check(url) == url


# Importing

_GUARD = """
import os, socket, sys

def refuse(*args, **kwargs):
    raise SystemExit(f"touched at import: {args}")

socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
touched = []
class Watched(type(os.environ)):
    pass
real = os.environ
def note(name):
    frame = sys._getframe(2)
    while frame and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    if frame and "cliprelay" in frame.f_code.co_filename:
        touched.append((name, frame.f_code.co_filename))
for method in ("__getitem__", "get", "__contains__", "copy"):
    def watch(self, *args, _real=getattr(Watched, method), _name=method):
        note(args[0] if args else _name)
        return _real(self, *args)
    setattr(Watched, method, watch)
real.__class__ = Watched
for name in sys.argv[1:]:
    __import__(name)
if touched:
    raise SystemExit(f"read at import: {touched}")
"""


def _run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a separate process with an empty environment."""
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n{code}", *arguments]
    return subprocess.run(command, env={}, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own code


def test_importing_any_module_touches_neither_network_nor_environment() -> None:
    done = _run(_GUARD, *MODULES)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_import_guard_detects_violations(tmp_path: Path) -> None:
    package = tmp_path / "cliprelay_that_reads.py"
    package.write_text("import os\nos.environ.get('HOME')\n")
    done = _run(f"sys.path.insert(0, {str(tmp_path)!r})\n{_GUARD}", "cliprelay_that_reads")
    assert "read at import" in done.stderr
    package.write_text("import socket\nsocket.create_connection(('127.0.0.1', 1))\n")
    done = _run(f"sys.path.insert(0, {str(tmp_path)!r})\n{_GUARD}", "cliprelay_that_reads")
    assert "touched at import" in done.stderr


# What each handler may import when it is started and its parts are built, of the packages and modules that take longest to import.
HEAVY = (
    "PIL",
    "av",
    "aws_lambda_powertools.event_handler",
    "cliprelay.api",
    "cliprelay.catalog.model",
    "cliprelay.media.download",
    "cliprelay.net.guard",
    "cliprelay.notifications.excerpt",
    "cliprelay.orders",
    "cliprelay.upstream.myrouter",
    "cliprelay.webhooks.delivery",
    "cryptography",
    "moto",
    "pydantic",
    "requests",
    "ulid",
)
MAY_IMPORT = {
    "api": {"cliprelay.api", "cliprelay.catalog.model", "cliprelay.net.guard", "cliprelay.orders", "cliprelay.webhooks.delivery"},
    "submit": {"cliprelay.catalog.model", "cliprelay.upstream.myrouter", "requests"},
    "poll": {"cliprelay.catalog.model", "cliprelay.upstream.myrouter", "requests"},
    "archive": {"cliprelay.catalog.model", "cliprelay.media.download", "cliprelay.net.guard", "requests"},
    "thumbnail": {"av"},
    "notify": {"cliprelay.catalog.model", "cliprelay.notifications.excerpt", "cliprelay.webhooks.delivery"},
    "deliver": {"cliprelay.catalog.model", "cliprelay.net.guard", "cliprelay.webhooks.delivery", "cryptography", "requests"},
    "sweep": {"cliprelay.catalog.model", "cliprelay.webhooks.delivery"},
}
BUILDERS = {"api": "_front", "deliver": "_deliverer", "submit": "_submitter", "sweep": "_sweeper"}

_START = """
import importlib.util, json
spec = importlib.util.spec_from_file_location("app", sys.argv[1])
app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(app)
build = getattr(app, sys.argv[2])
parts = build(lambda: 0.0) if sys.argv[2] == "_submitter" else build()
if sys.argv[2] == "_front":
    app.handler(json.loads(open("events/api.json").read()), None)
from cliprelay import wiring
built = [name for name, part in vars(wiring).items() if name.endswith("_client") and part.cache_info().currsize]
json.dump([[name for name in sys.argv[3:] if name in sys.modules], built], sys.stderr)
"""


_REGION = {"AWS_DEFAULT_REGION": "us-east-1"}


def _environment_of(step: str) -> dict[str, str]:
    """Return any value for every variable of a function, of the kind that it has."""
    numbers = ("_DAYS", "_SECONDS", "_LIMIT", "_MB", "MAX_WAIT", "_PORTS")
    values = {name: "60" if name.endswith(numbers) else "true" for name in _declared(step)}
    return {**values, "ADDRESS_RULES": "public", "IMAGE_PROBE": "warn", "ENABLED_MODELS": "", "MODEL_ALIASES": "", **_REGION}


def _start(step: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import a handler in a new process and build its parts."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n{_START}"
    command = [sys.executable, "-c", code, f"functions/{step}/app.py", BUILDERS.get(step, "_step"), *HEAVY]
    names = {**_environment_of(step), **environment}
    return subprocess.run(command, env=names, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own code


@pytest.mark.parametrize("step", STEPS)
def test_a_handler_imports_and_builds_only_what_its_first_request_may_need(step: str) -> None:
    imported, built = json.loads(_start(step).stderr)
    assert set(imported) == MAY_IMPORT[step]
    assert built == []  # but DynamoDB's, which every request calls


CLIENTS_IN_INIT = {
    "api": {"s3_client", "step_functions_client"},
    "submit": {"s3_client", "secrets_client"},
    "poll": {"secrets_client"},
    "archive": {"s3_client"},
    "thumbnail": {"s3_client"},
    "notify": {"s3_client", "sns_client", "step_functions_client"},
    "deliver": {"s3_client", "secrets_client"},
    "sweep": {"step_functions_client"},
}


@pytest.mark.parametrize("step", STEPS)
def test_lambda_builds_what_the_first_request_needs_during_init(step: str) -> None:
    imported, built = json.loads(_start(step, AWS_LAMBDA_INITIALIZATION_TYPE="on-demand").stderr)
    assert set(built) == CLIENTS_IN_INIT[step]
    assert set(imported) == MAY_IMPORT[step] | ({"pydantic", "requests"} if step == "api" else set())


@pytest.mark.parametrize("client", ["_dynamodb", "step_functions_client", "secrets_client", "sns_client", "_sqs_client", "s3_client"])
def test_every_client_names_the_product_to_aws_and_gives_up_early(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cliprelay import wiring

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    config = getattr(wiring, client).__wrapped__().meta.config
    assert config.user_agent == f"ClipRelay Botocore/{botocore.__version__}"
    assert (config.connect_timeout, config.read_timeout) == (3, 60 if client == "s3_client" else 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}


@pytest.mark.parametrize("step", STEPS)
def test_a_missing_setting_is_named_by_the_invocation_and_not_by_init(step: str) -> None:
    """A sandbox whose INIT fails is thrown away and INIT repeated, so each invocation would wait for another INIT."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
    code += "import importlib.util\nspec = importlib.util.spec_from_file_location('app', sys.argv[1])\n"
    code += "app = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(app)\nprint('imported')\napp.handler({}, None)\n"
    environment = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_FUNCTION_NAME": step}
    command = [sys.executable, "-c", code, f"functions/{step}/app.py"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own code
    assert done.returncode == 1
    first, *later = done.stdout.splitlines()
    assert ("not built in advance" in first, "imported" in later) == (True, True)
    assert "VIDEOS_TABLE is missing: template.yaml must declare it for this function" in done.stderr


def test_nothing_outside_the_api_s_folder_depends_on_it() -> None:
    outside = [path for path in PACKAGE.rglob("*.py") if PACKAGE / "api" not in path.parents]
    imported = {(path.name, name) for path in outside for name in _imported(path)}
    assert ("deliver.py", "cliprelay.video.view") in imported
    assert [pair for pair in imported if pair[1].startswith("cliprelay.api")] == []


def _imported(path: Path) -> set[str]:
    """Return the modules that a file imports from, anywhere in it."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


# Handlers and sample events


def _door(step: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"door_of_{step}", Path(f"functions/{step}/app.py"))
    assert spec is not None
    assert spec.loader is not None
    door = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(door)
    return door


def _event(step: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(f"events/{step}.json").read_text())
    return loaded


@pytest.mark.parametrize("step", STEPS)
def test_every_handler_takes_its_event_and_a_context(step: str) -> None:
    inspect.signature(_door(step).handler).bind(_event(step), object())


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.mark.parametrize("step", ["archive", "deliver", "notify", "poll", "submit", "thumbnail"])
def test_a_step_ends_the_execution_of_an_unknown_video(step: str, handler_environment: None) -> None:
    answer = _door(step).handler(_event(step), Context())
    known = {name: value for name, value in _event(step).items() if name not in ("definition", "wait", "poster_of")}
    assert answer == {**known, "next": "done"}


def test_the_sample_event_of_the_sweep_starts_a_sweep(handler_environment: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert _door("sweep").handler(_event("sweep"), Context()) == {"seen": 0, "revived": 0, "unconfirmed": 0}
    assert "UnconfirmedVideos" in capsys.readouterr().out


def test_the_end_of_an_unknown_execution_is_handled(handler_environment: None) -> None:
    event = {"detail-type": "Step Functions Execution Status Change", "detail": {"name": "vid_nobody-1", "status": "FAILED"}}
    assert _door("sweep").handler(event, Context()) == {"revived": 0}


def test_the_sample_event_of_the_api_is_answered(handler_environment: None) -> None:
    answer = _door("api").handler(_event("api"), Context())
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"status": "ok"})


@pytest.fixture
def handler_environment(moto_world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the environment that the template gives the functions; every part is built anew, and discarded afterwards."""
    from cliprelay import wiring

    values = {
        "VIDEOS_TABLE": moto_world.videos_table,
        "KEYS_TABLE": moto_world.keys_table,
        "SPEND_TABLE": moto_world.spend_table,
        "VIDEO_BUCKET": moto_world.bucket,
        "STATE_MACHINE_ARN": moto_world.state_machine(),
        "UPSTREAM_SECRET_ARN": moto_world.name,
        "EVENTS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:events",
        "UPSTREAM_URL": "http://127.0.0.1:1",
        "PUBLIC_BASE_URL": "",
        "ADDRESS_RULES": "public",
        "ALLOWED_PORTS": "443",
        "RETENTION_DAYS": "30",
        "QUEUE_LIMIT": "100",
        "MODEL_ALIASES": "",
        "REPEAT_WINDOW_SECONDS": "0",
        "MAX_WAIT": "25",
        "SERVE_DOCS": "true",
        "LINK_PAGES": "false",
        "SERVE_CONSOLE": "true",
        "IMAGE_PROBE": "off",
        "ENABLED_MODELS": "",
        "SUBMIT_TIMEOUT_SECONDS": "180",
        "EPHEMERAL_STORAGE_MB": "1024",
        "WEBHOOKS_TABLE": moto_world.webhooks_table,
        "WEBHOOK_SECRET_ARN": moto_world.name,
        "DELIVERY_STATE_MACHINE_ARN": moto_world.state_machine(),
        "ALARMS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alarms",
        "UNDELIVERED_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/undelivered",
        "DELIVER_TIMEOUT_SECONDS": "60",
        "POWERTOOLS_SERVICE_NAME": "cliprelay",
        "POWERTOOLS_METRICS_NAMESPACE": "ClipRelay",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    parts = [part for part in vars(wiring).values() if hasattr(part, "cache_clear") and part.__module__ == wiring.__name__]
    for part in parts:
        part.cache_clear()
    yield
    for part in parts:
        part.cache_clear()
    assert set(values) >= set[str]().union(*(_declared(step) for step in STEPS))
