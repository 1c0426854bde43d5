"""Every fenced block of the documents is tested in the way that its language and its commands ask for."""

import ast
import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import click
import pytest
from botocore import xform_name
from jsonschema import Draft202012Validator

from cliprelay.media.facts import Poster
from cliprelay.notifications.message import announce
from cliprelay.tenants.notices import BudgetNotice
from cliprelay.video.states import Status
from cliprelay.webhooks.secrets import derive
from cliprelay.webhooks.settings import BUDGET_REACHED
from cliprelay.webhooks.signing import headers
from cliprelay_client.cli.main import cli
from local.lambda_runtime.sandbox import InvocationResult
from local.serve import options
from local.serve.progress import ProgressLog
from local.serve.reasons import Reason
from local.stack.context import Function
from local.state import command as state
from local.state import show
from local.state.contents import Contents
from operate import main
from tests.cloud_check import command as cloud_check
from tests.support.documents import TEXTS, Block, fenced
from tests.support.makers import NOW, any_settings, any_video, read_order
from tests.support.paths import ROOT
from tests.support.shell_blocks import PARSE, RUN, commands, treatment

BLOCKS = [block for page in TEXTS for block in fenced(page)]
OPENAPI: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text())
PATHS = {re.sub(r"\{\w+\}", "ID", path) for path in OPENAPI["paths"]}
AWS = botocore.session.get_session()
# Of every command of the AWS CLI, and the one option that it names differently from its API.
AWS_OPTIONS = {"--query", "--output", "--cli-binary-format", "--region", "--profile", "--notification-endpoint"}
# Written by hand in the AWS CLI, over several operations each.
S3_COMMANDS = {"rm": {"--recursive"}, "rb": {"--force"}}
# Of the SAM CLI, which the requirements do not contain: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-command-reference.html
SAM_OPTIONS = {"build": set[str](), "deploy": {"--guided", "--parameter-overrides"}, "delete": set[str](), "local": {"-e", "--env-vars"}}


# Blocks that need a package from a registry, and who runs them, by hand.
RUN_BY_HAND = {
    ("docs/ark.md", "javascript"): "tests/interop/ark_sdk/page.py",
    ("docs/openai.md", "javascript"): "tests/interop/openai_sdk/documented.py",
    ("docs/openai.md", "python"): "tests/interop/openai_sdk/documented.py",
    ("docs/ark.md", "python"): "tests/interop/ark_sdk/page.py",
    ("docs/webhooks.md", "javascript"): "tests/interop/webhook_verifiers/__main__.py",
    ("docs/myrouter.md", "javascript"): "tests/interop/myrouter_sdk/clients.py",
    ("docs/myrouter.md", "python"): "tests/interop/myrouter_sdk/clients.py",
}


def _of(language: str) -> Any:
    found = [block for block in BLOCKS if treatment(block) == language]
    return pytest.mark.parametrize("block", found, ids=[block.name for block in found])


def test_every_block_has_a_treatment() -> None:
    known = {RUN, PARSE, "json", "python", "javascript", "mermaid", "ini", "text"}
    assert [block.name for block in BLOCKS if treatment(block) not in known] == []
    assert known == {treatment(block) for block in BLOCKS}


# Shell: tests/docs/test_pasted.py runs what can run here; the rest is parsed by bash, and its commands by their own parsers.


@pytest.mark.parametrize("page", [page for page in TEXTS if any(block.language == "sh" for block in fenced(page))])
def test_bash_accepts_the_blocks_of_a_page(page: str) -> None:
    script = "\n".join(block.text for block in fenced(page) if block.language == "sh")
    words = ["bash", "-n"]
    done = subprocess.run(words, input=script, capture_output=True, text=True, check=False)  # noqa: S603 - our own documents
    assert (done.returncode, done.stderr) == (0, "")


@_of(PARSE)
def test_every_command_of_a_block_that_needs_an_account_is_accepted_by_its_parser(block: Block) -> None:
    for words in commands(block):
        (_check_of(words))(words)


def _check_of(words: list[str]) -> Callable[[list[str]], None]:
    """Return what checks a command; fail for one that nothing checks."""
    if words[0] == "cliprelay":
        return _check_cliprelay
    if words[0] in ("pipx", "uvx"):
        return _check_installer
    if words[0] in ("sam", "aws", "curl"):
        return {"sam": _check_sam, "aws": _check_aws, "curl": _check_curl}[words[0]]
    if words[:2] == ["make", "cloud-check"]:
        return _check_cloud_check
    if words[:2] == [".venv/bin/python", "-m"] and words[2] in ("operate", "local"):
        return _check_operate if words[2] == "operate" else _check_local
    assert words[0] == "export" or re.fullmatch(r"[A-Z_]+=\S+", words[0]), words
    return lambda words: None


def _check_cliprelay(words: list[str]) -> None:
    """Parse a command of the client with its own parser; nothing is called."""
    command = cli.get_command(click.Context(cli), words[1])
    assert command is not None, words
    command.make_context(words[1], words[2:])


def _check_installer(words: list[str]) -> None:
    """Both install the folder of the client; after `uvx` stands a command."""
    assert any(word.removesuffix("[mcp]") == "./client" for word in words)
    if words[0] == "uvx":
        _check_cliprelay(words[words.index("cliprelay") :])


def _check_cloud_check(words: list[str]) -> None:
    given = dict(word.split("=", 1) for word in words[2:])
    local = ["--local", given.pop("LOCAL")] if "LOCAL" in given else []
    cloud_check.parse([*local, *given.pop("CLOUD", "").split()])
    assert given == {}


def _check_operate(words: list[str]) -> None:
    assert main._parse(words[3:]).run


def _check_local(words: list[str]) -> None:
    parser = {"serve": options._parser, "state": state._parser}[words[3]]()
    parser.parse_args(words[4:])


def _check_sam(words: list[str]) -> None:
    assert {word for word in words[2:] if word.startswith("-")} <= SAM_OPTIONS[words[1]]
    if words[1] == "local":
        assert words[2] == "invoke"
        assert (ROOT / words[words.index("-e") + 1]).exists()


def _check_aws(words: list[str]) -> None:
    """Compare the operation and its options with the service's own description, which the AWS CLI is generated from."""
    given = {word for word in words[3:] if word.startswith("--")}
    if words[1] == "s3":
        assert given <= S3_COMMANDS[words[2]]
        return
    service = AWS.get_service_model(words[1])
    operations = {xform_name(name, "-"): name for name in service.operation_names}
    shape = service.operation_model(operations[words[2]]).input_shape
    members = {xform_name(name, "-"): member.type_name for name, member in (shape.members if shape else {}).items()}
    negated = {f"--no-{name}" for name, kind in members.items() if kind == "boolean"}
    assert given <= {f"--{name}" for name in members} | negated | AWS_OPTIONS
    for value in words[3:]:
        if value.startswith("{"):
            json.loads(value)
        if value.startswith("file://"):
            assert (ROOT / value.removeprefix("file://")).exists()


def _check_curl(words: list[str]) -> None:
    called = [word for word in words[1:] if word.startswith(("$API", "https://"))]
    assert len(called) == 1
    ours = called[0].startswith("$API")
    assert not ours or called[0].removeprefix("$API").partition("?")[0] in PATHS


@pytest.mark.skipif(shutil.which("sam") is None, reason="the SAM CLI is not installed; cfn-lint checks the template in tests/template")
def test_sam_accepts_the_template() -> None:
    words = ["sam", "validate", "--lint"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - the SAM CLI
    assert done.returncode == 0, done.stderr


# JSON

A_NOTICE = {
    "tenant": "acme",
    "key_name": "shop",
    "span": "day",
    "period": "2026-11-27",
    "percent": 80,
    "limit": 5_000_000,
    "used": 4_052_100,
}


@_of("json")
def test_a_json_sample_is_what_the_api_takes_or_gives(block: Block) -> None:
    sample = json.loads(block.text)
    kind = sample.get("object") or ("event" if "type" in sample and "data" in sample else "order" if "image" in sample else "problem")
    if kind == "order":
        assert "aspect_ratio" in sample or read_order(sample), "tests/docs/test_api.py compares the refusal of the faulty one"
    elif kind == "event" and sample["type"] == BUDGET_REACHED:
        item = {**A_NOTICE, "reached_at": sample["data"]["reached_at"]}
        assert sample["data"] == BudgetNotice.from_item(item).data()
    elif kind == "event":
        assert sample["type"] == f"video.{sample['data']['status']}", "tests/docs/test_notifications.py compares its members"
    else:
        name = {"video": "VideoAnswer", "quote": "QuoteAnswer", "problem": "ProblemAnswer"}[kind]
        schema = {"$ref": f"#/components/schemas/{name}", "components": OPENAPI["components"]}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(sample)] == []
    if sample.get("status") == "succeeded":
        assert sample["video"]["link"]


# Other languages


@_of("python")
def test_a_python_block_runs(block: Block) -> None:
    made = compile(ast.parse(block.text), block.name, "exec")
    if runner := RUN_BY_HAND.get((block.page, block.language)):
        assert f'"{block.page}"' in (ROOT / runner).read_text()
    else:
        exec(made, {})  # noqa: S102 - our own document


@_of("javascript")
def test_a_javascript_block_is_run_with_public_packages(block: Block, tmp_path: Path) -> None:
    assert f'"{block.page}"' in (ROOT / RUN_BY_HAND[block.page, block.language]).read_text()
    node = shutil.which("node")
    if node:
        (tmp_path / "block.mjs").write_text(block.text)
        done = subprocess.run([node, "--check", str(tmp_path / "block.mjs")], capture_output=True, text=True, check=False)  # noqa: S603
        assert (done.returncode, done.stderr) == (0, "")


@_of("mermaid")
def test_a_diagram_is_one_that_is_compared_with_the_code(block: Block) -> None:
    assert block.page == "docs/architecture.md"
    assert block.text.split()[0] in ("flowchart", "stateDiagram-v2"), "tests/docs/test_architecture.py compares both"


# systemd


@_of("ini")
def test_a_unit_starts_the_service_with_flags_that_exist(block: Block) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]  # the names keep their case
    unit.read_string(block.text)
    words = unit["Service"]["ExecStart"].split()
    parsed = options._parser().parse_args(words[words.index("serve") + 1 :])
    assert str(parsed.state_dir) == f"/var/lib/{unit['Service']['StateDirectory']}"
    assert str(parsed.ready_file.parent) == f"/run/{unit['Service']['RuntimeDirectory']}"
    assert parsed.upstream_key is None, "the environment has it, because everybody can read a command line"


@_of("ini")
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_accepts_the_unit(block: Block, tmp_path: Path) -> None:
    unit = tmp_path / "cliprelay.service"
    here = {"/opt/cliprelay/.venv/bin/python": sys.executable, "/opt/cliprelay": str(ROOT)}
    text = block.text
    for there, ours in here.items():
        text = text.replace(there, ours)
    unit.write_text(text)
    words = ["systemd-analyze", "verify", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - systemd
    # It also loads what the unit needs, and complains about units of this machine.
    assert [line for line in done.stderr.splitlines() if unit.name in line] == []


# Text: each is compared with what prints it.


def _overview(text: str) -> None:
    steps = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")} - {"deliver"}
    assert set(re.findall(r"(?<= )([a-z]+)(?=  )", text)) >= steps


def _demo(text: str) -> None:
    assert text in TEXTS["README.md"], "tests/docs/test_readme.py compares its headings and labels"


def _checks(text: str) -> None:
    contracts = (ROOT / "pyproject.toml").read_text().count("[[tool.importlinter.contracts]]")
    assert f"Contracts: {contracts} kept, 0 broken." in text


def _request(text: str) -> None:
    head, body = text.split("\n\n")
    real = headers("evt_1", NOW, b"{}", [derive("the master", "acme", 1)])
    assert [line.split(": ")[0] for line in head.splitlines()] == list(real)
    assert re.findall(r"\b(v1a?),", head) == re.findall(r"\b(v1a?),", real["webhook-signature"])
    assert body.startswith('{"type":"video.succeeded","timestamp":"2026-11-22T10:20:34Z","data":{"id":"vid_')


def _mail(text: str) -> None:
    kept: dict[str, Any] = {"bytes": 1, "sha256": "0" * 64, "object_key": "videos/acme/vid.mp4", "link": "A" * 43, "expires_at": 1}
    kept["poster"] = Poster(key="posters/acme/vid.jpg", bytes=1, width=1, height=1)
    kept |= {"upstream_id": "t", "quote": {"tokens": 108_900, "usd": "0.2614", "usd_per_million": "2.4"}}
    settings = any_settings(prompt="The lamp turns, its beams sweep over the sea. Slow push-in.")
    video = any_video(
        id="vid_01M81CAQDM5W2E3ZK8E9F466RS", status=Status.SUCCEEDED, event_id="evt_1", event_at="any", settings=settings, **kept
    )
    real = announce(video, url="http://any", url_expires_at="2026-11-22T11:20:34Z")
    assert _words(text) == _words(f"Subject: {real.subject}\n\n{real.email}")


def _words(text: str) -> str:
    """Return a text without its links and times, which differ."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "…", re.sub(r"^(?:http\S+|/v1/links/\S+)$", "…", text.strip(), flags=re.MULTILINE))


def _status(text: str) -> None:
    source = (ROOT / "operate/commands/pause.py").read_text()
    assert [line.split()[0] for line in text.splitlines()] == re.findall(r'\("(\w+)", ', source)
    assert "closed: the upstream accepts the account" in source
    assert "closed: the upstream accepts the account" in text


def _progress(text: str) -> None:
    lines: list[str] = []
    function = Function("SubmitFunction", "submit", "app.handler", ROOT, (), {}, 3, 128, "python3.13")
    result = InvocationResult(json.dumps({"status": "queued", "next": "submit", "wait": 30}))
    progress = ProgressLog({"submit": function}, lines.append, lambda video: Reason("upstream_key"), 0.2)
    progress.log_invocation("submit", {"video_id": "vid_01M81EZMJAF244XP4FN478FMGV"}, result)
    assert text.strip().partition(" ")[2] == lines[0].partition(" ")[2]


def _shown(text: str) -> None:
    found = Contents(Path("/srv/cliprelay"), "none is running", "https://api.myrouter.ai", "2026-11-26T12:00:00+00:00", 1)
    found.videos, found.api_keys, found.revoked_api_keys, found.webhooks = {"running": 2, "succeeded": 42}, 2, 1, 1
    found.objects, found.object_bytes, found.emails, found.bytes_on_disk = 45, 88_200_000, 44, 90_100_000
    assert text.splitlines() == list(show.lines(found))


def _insights(text: str) -> None:
    fields = re.findall(r"\w+", text.split("|")[0])[1:]
    # tests/unit/test_telemetry.py and tests/unit/steps/test_sweep_stuck.py show the same.
    assert set(fields) in ({"timestamp", "step", "message", "code"}, {"timestamp", "count", "names"})


TEXT_BLOCKS = {
    ("README.md", "your product"): _overview,
    ("README.md", "== The durable link"): _demo,
    ("README.md", "All checks"): _checks,
    ("docs/webhooks.md", "webhook-id:"): _request,
    ("docs/notifications.md", "Subject:"): _mail,
    ("docs/local.md", "09:58:45"): _progress,
    ("docs/local.md", "State folder"): _shown,
    ("docs/operating.md", "paused"): _status,
    ("docs/operating.md", "fields"): _insights,
}


@_of("text")
def test_a_text_is_what_the_product_prints(block: Block) -> None:
    (compare,) = (check for (page, start), check in TEXT_BLOCKS.items() if page == block.page and block.text.strip().startswith(start))
    compare(block.text)
