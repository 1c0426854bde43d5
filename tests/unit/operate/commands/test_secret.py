"""`python -m operate secret`: the upstream's key is stored, and never shown."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cliprelay.upstream.credentials import CACHE_SECONDS, UpstreamKey
from operate.commands.secret import MAX_LENGTH, find_problem, read
from operate.errors import CommandError
from operate.main import main

TEMPLATE = {
    # The secret is created separately, because moto's CloudFormation cannot.
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"UpstreamSecretArn": {"Value": "upstream"}},
}
# Problem: (value, part of the error message).
INVALID = {
    "nothing": ("", "is empty"),
    "blanks": (" \n ", "is empty"),
    "two lines": ("sk-1\nsk-2\n", "several lines"),
    "a space": ("sk 1", "characters that no key contains"),
    "a letter that no header carries": ("sk-ü", "characters that no key contains"),
    "a control character": ("sk-\x1b[200~1", "characters that no key contains"),
    "a header": ("Bearer sk-1", "begins with `Bearer`"),
    "quotation marks": ('"sk-1"', "quotation marks"),
    "the console's key/value form": ('{"key":"sk-1"}', "looks like JSON"),
    "an unexpanded variable": ("$UPSTREAM_KEY", "placeholder"),
    "a placeholder": ("<your-key>", "placeholder"),
    "a key of our own": ("clr_" + "x" * 43, "is a ClipRelay API key"),
    "a file": ("x" * (MAX_LENGTH + 1), f"more than {MAX_LENGTH}"),
}


@pytest.fixture(scope="module")
def manager() -> Iterator[Any]:
    """Return a Secrets Manager client for the stack; created once, because boto3 clients are slow to create."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_PROFILE", raising=False)
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        boto3.client("cloudformation").create_stack(StackName="cliprelay", TemplateBody=json.dumps(TEMPLATE))
        yield boto3.client("secretsmanager")


@pytest.fixture
def secrets(manager: Any) -> Iterator[Any]:
    """Provide the stack's secret without a value, as after the first deployment."""
    manager.create_secret(Name="upstream")
    yield manager
    manager.delete_secret(SecretId="upstream", ForceDeleteWithoutRecovery=True)


def pipe(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def unexpected_prompt(prompt: str) -> str:
    raise AssertionError(prompt)


def put(monkeypatch: pytest.MonkeyPatch, content: str) -> int:
    monkeypatch.setattr("sys.stdin", pipe(content.encode()))
    return main(["secret", "set"])


def test_set_stores_the_key_that_the_functions_read(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(monkeypatch, "sk-1\r\n") == 0
    assert UpstreamKey(secrets, "upstream")() == "sk-1"


def test_set_replaces_an_older_key(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(monkeypatch, "sk-1") == 0
    assert put(monkeypatch, "sk-2") == 0
    assert UpstreamKey(secrets, "upstream")() == "sk-2"


def test_set_prints_what_happens_next_without_the_key(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(monkeypatch, "sk-1")
    said = capsys.readouterr()
    assert f"{CACHE_SECONDS} seconds" in said.out
    assert "sk-1" not in said.out + said.err


@pytest.mark.parametrize(("value", "words"), INVALID.values(), ids=INVALID)
def test_an_invalid_key_is_rejected_with_the_reason_without_repeating_it(value: str, words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        read(pipe(value.encode()), unexpected_prompt)
    said = str(refusal.value)
    assert said.startswith("nothing was stored: the input ")
    assert words in said
    assert not value.strip() or value not in said


def test_set_stores_nothing_when_it_rejects_the_key(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert put(monkeypatch, "Bearer sk-1") == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="upstream")


@pytest.mark.parametrize("extra", [["sk-very-secret"], ["--key", "sk-very-secret"], ["--key=sk-very-secret"]])
def test_set_rejects_a_key_as_an_argument_without_repeating_it(extra: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["secret", "set", *extra])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "cannot be an argument" in said
    assert "sk-very-secret" not in said


def test_a_terminal_is_prompted_without_echo() -> None:
    asked: list[str] = []
    assert read(Terminal("shown\n"), lambda prompt: asked.append(prompt) or "sk-1 ") == "sk-1"  # type: ignore[func-returns-value]
    assert "hidden" in asked[0]


def test_a_pipe_is_read_without_a_prompt() -> None:
    assert read(pipe(b"sk-1\n"), unexpected_prompt) == "sk-1"


def test_end_of_input_at_the_prompt_stores_nothing() -> None:
    def leave(prompt: str) -> str:
        raise EOFError

    with pytest.raises(CommandError, match="is empty"):
        read(Terminal(), leave)


def test_binary_input_gets_a_clear_error() -> None:
    with pytest.raises(CommandError, match="characters that no key contains"):
        read(pipe(b"\xff\xfe\x00key"), unexpected_prompt)


@pytest.mark.parametrize("key", ["sk-abc_DEF.123~", "YWJj+/8==", "12|abc", "id:secret", "bearer-1"])
def test_the_key_formats_of_providers_are_accepted(key: str) -> None:
    assert find_problem(key) is None


def test_check_fails_while_no_key_is_stored(secrets: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secret", "check"]) == 1
    assert "no upstream key is stored" in capsys.readouterr().err


def test_check_shows_since_when_a_key_is_stored_but_not_the_key(secrets: Any, capsys: pytest.CaptureFixture[str]) -> None:
    secrets.put_secret_value(SecretId="upstream", SecretString="sk-1")
    assert main(["secret", "check"]) == 0
    said = capsys.readouterr()
    assert "is stored for stack cliprelay in eu-west-1, since 20" in said.out
    assert "sk-1" not in said.out + said.err


@pytest.mark.parametrize("stored", [{"SecretString": '{"key": "sk-1"}'}, {"SecretString": " "}, {"SecretBinary": b"sk-1"}])
def test_check_fails_for_a_value_that_the_functions_cannot_use(
    stored: dict[str, Any], secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.put_secret_value(SecretId="upstream", **stored)
    assert main(["secret", "check"]) == 1
    said = capsys.readouterr()
    assert "cannot use the stored value" in said.err
    assert "sk-1" not in said.out + said.err
