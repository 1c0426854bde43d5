"""`python -m operate`: selecting the deployment, and one-line errors with an exit status."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.server import ThreadedMotoServer

from operate.deployment import find
from operate.main import main
from operate.parser import Parser, add_command, add_deployment, add_group
from tests.support.closed_pipe import closed_pipe

TEMPLATE = json.dumps(
    {
        "Resources": {
            "KeysTable": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {
                    "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "key_sha256", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "key_sha256", "KeyType": "HASH"}],
                },
            }
        },
        "Outputs": {"KeysTableName": {"Value": {"Ref": "KeysTable"}}},
    }
)
CREATE = ["keys", "create", "--tenant", "acme"]
READY = {"api": "http://127.0.0.1:1", "aws": "http://127.0.0.1:1", "region": "us-east-1", "stack": "cliprelay"}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield


@pytest.fixture
def ready_file(tmp_path: Path) -> Iterator[Path]:
    """Write the ready file of a service backed by moto's server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "maker", "aws_secret_access_key": "maker"}
    cloudformation = boto3.client("cloudformation", endpoint_url=url, region_name="us-east-1", **keys)  # type: ignore[call-overload]
    cloudformation.create_stack(StackName="cliprelay", TemplateBody=TEMPLATE)
    yield write(tmp_path, READY | {"aws": url})
    server.stop()
    # The server shares this process's state, which would leak into the next test's service.
    mock_aws().reset()


def write(folder: Path, ready: Any) -> Path:
    path = folder / "ready.json"
    path.write_text(json.dumps(ready))
    return path


def make_stack(name: str, region: str) -> None:
    boto3.client("cloudformation", region_name=region).create_stack(StackName=name, TemplateBody=TEMPLATE)


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line of output, which must be on standard error."""
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith("\n")
    assert said.err.count("\n") == 1
    return said.err


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# Selecting the deployment


@pytest.mark.usefixtures("aws")
def test_a_stack_is_found_by_name_and_region(capsys: pytest.CaptureFixture[str]) -> None:
    make_stack("other", "us-west-2")
    assert main([*CREATE, "--stack", "other", "--region", "us-west-2"]) == 0
    assert main(["keys", "list", "--stack", "other", "--region", "us-west-2"]) == 0
    assert "acme" in capsys.readouterr().out


@pytest.mark.usefixtures("aws")
def test_a_printed_command_selects_the_same_deployment(capsys: pytest.CaptureFixture[str]) -> None:
    make_stack("other", "us-west-2")
    main([*CREATE, "--stack", "other", "--region", "us-west-2"])
    assert "--stack other --region us-west-2\n" in capsys.readouterr().err


@pytest.mark.usefixtures("aws")
def test_a_missing_stack_is_a_one_line_error_with_stack_and_region(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, "--stack", "nowhere"]) == 1
    assert "no stack nowhere in eu-west-1" in error_line(capsys)


@pytest.mark.usefixtures("aws")
def test_a_stack_of_another_application_is_rejected(capsys: pytest.CaptureFixture[str]) -> None:
    body = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    boto3.client("cloudformation").create_stack(StackName="cliprelay", TemplateBody=body)
    assert main(CREATE) == 1
    assert "no output KeysTableName" in error_line(capsys)


@pytest.mark.parametrize(
    "words", ["--local {} keys list", "keys --local {} list", "keys list --local {}", "--local=any keys list --local {}"]
)
def test_the_options_of_the_deployment_stand_anywhere(words: str, ready_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.format(ready_file).split()) == 0
    assert "no key" in capsys.readouterr().err.lower()


def test_the_ready_file_of_a_killed_service_is_not_believed(ready_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    ready_file.write_text(json.dumps(json.loads(ready_file.read_text()) | {"pid": ended.pid}))
    assert main(["keys", "list", "--local", str(ready_file)]) == 1
    assert f"was killed; start it again: `.venv/bin/python -m local serve --ready-file {ready_file}`" in error_line(capsys)
    ready_file.write_text(json.dumps(json.loads(ready_file.read_text()) | {"pid": os.getpid()}))
    assert main(["keys", "list", "--local", str(ready_file)]) == 0


def test_the_local_service_is_found_by_its_ready_file(ready_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, "--local", str(ready_file)]) == 0
    assert capsys.readouterr().out.startswith("clr_")


def test_the_local_service_ignores_the_users_aws_configuration(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "gone")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(ready_file))  # not an INI file: reading it would fail
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert main([*CREATE, "--local", str(ready_file)]) == 0


def test_the_local_service_never_receives_the_users_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "mine")
    args = _any_command("--local", str(write(tmp_path, READY)))
    credentials = find(args).session.get_credentials()
    assert credentials
    assert "mine" not in (credentials.access_key, credentials.secret_key, credentials.token)


# Errors


def test_a_missing_ready_file_is_a_one_line_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, "--local", str(tmp_path / "none.json")]) == 1
    assert "is the service running?" in error_line(capsys)


@pytest.mark.parametrize("content", [[], {}, READY | {"aws": None}, READY | {"aws": "127.0.0.1:5000"}, {"aws": READY["aws"]}])
def test_an_invalid_ready_file_is_a_one_line_error(content: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, "--local", str(write(tmp_path, content))]) == 1
    assert "is not a ready file" in error_line(capsys)


def test_a_ready_file_without_json_is_a_one_line_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ready.json"
    path.write_bytes(b"\xff")
    assert main([*CREATE, "--local", str(path)]) == 1
    assert "does not contain JSON" in error_line(capsys)


def test_a_stopped_service_is_a_one_line_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, READY | {"aws": f"http://127.0.0.1:{free_port()}"})
    assert main([*CREATE, "--local", str(path)]) == 1
    assert "does not answer; restart it" in error_line(capsys)


def test_missing_credentials_are_a_one_line_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, "--region", "eu-west-1"]) == 1
    assert "no AWS credentials" in error_line(capsys)


def test_a_missing_region_is_a_one_line_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(CREATE) == 1
    assert "add --region" in error_line(capsys)


def test_an_unknown_profile_is_a_one_line_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CREATE, "--profile", "gone"]) == 1
    assert "profile (gone) could not be found" in error_line(capsys)


@pytest.mark.usefixtures("aws")
def test_an_aws_error_is_one_line_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    make_stack("cliprelay", "eu-west-1")
    dynamodb = boto3.client("dynamodb")
    dynamodb.delete_table(TableName=dynamodb.list_tables()["TableNames"][0])
    assert main(CREATE) == 1
    said = error_line(capsys)
    assert "AWS refused PutItem: " in said
    assert "(ResourceNotFoundException)" in said


@pytest.mark.parametrize(
    "line",
    [
        "",
        "keys",
        "keys make",
        "keys create",
        "keys list extra",
        "keys list --ten acme",
        "keys list --stack=",
        "keys list --local f --stack s",
    ],
)
def test_an_invalid_command_line_is_a_one_line_error_with_status_2(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(line.split())
    assert stopped.value.code == 2
    assert "--help)" in error_line(capsys)


# As a program


def test_closed_standard_streams_are_a_one_line_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["secret", "set"]) == 1
    assert "must be open" in error_line(capsys)


@pytest.mark.usefixtures("aws")
def test_a_closed_pipe_ends_the_list_silently(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make_stack("cliprelay", "eu-west-1")
    main(CREATE)
    capsys.readouterr()
    with closed_pipe() as nowhere:
        monkeypatch.setattr("sys.stdout", nowhere)
        assert main(["keys", "list"]) == 1
        monkeypatch.undo()
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_prints_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(path: Path) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "read_text", interrupt)
    assert main([*CREATE, "--local", str(tmp_path / "ready.json")]) == 130
    assert "stopped" in error_line(capsys)


def test_an_interrupt_while_modules_are_loaded_prints_one_line() -> None:
    done = run("-c", "import os, signal, operate.__main__; os.kill(os.getpid(), signal.SIGINT)")
    assert (done.returncode, done.stderr) == (130, "\npython -m operate: stopped\n")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=variables, check=False)  # noqa: S603


def test_the_program_imports_the_layer_without_configuration() -> None:
    done = run("-m", "operate", "--help")
    assert done.returncode == 0
    assert "secret" in done.stdout


def test_a_python_without_the_requirements_prints_how_to_install_them() -> None:
    done = run("-S", "-m", "operate", "--help")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "make setup" in done.stderr


def _any_command(*options: str) -> Any:
    top = Parser()
    add_deployment(top, default=None)
    add_command(add_group(top.add_subparsers(), "noun", "test"), "verb", lambda given, deployment: None, purpose="test", epilog="")
    return top.parse_args(["noun", "verb", *options])
