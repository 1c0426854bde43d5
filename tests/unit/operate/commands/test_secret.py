"""`python -m operate secret`: the upstream's key goes in without a trace, and never comes out."""

import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cliprelay.upstream.credentials import CACHE_SECONDS, UpstreamKey
from operate.commands.secret import LONGEST, complaint, read
from operate.errors import Trouble
from operate.main import main

TEMPLATE = {
    # The secret is made beside it, because moto's CloudFormation makes no secrets.
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"UpstreamSecretArn": {"Value": "upstream"}},
}
# What is wrong with it: the value, and the words that say so.
ODD = {
    "nothing": ("", "is empty"),
    "blanks": (" \n ", "is empty"),
    "two lines": ("sk-1\nsk-2\n", "several lines"),
    "a space": ("sk 1", "characters that no key has"),
    "a letter that no header carries": ("sk-ü", "characters that no key has"),
    "a control character": ("sk-\x1b[200~1", "characters that no key has"),
    "a header": ("Bearer sk-1", "begins with `Bearer`"),
    "quotation marks": ('"sk-1"', "quotation marks"),
    "the console's key/value form": ('{"key":"sk-1"}', "looks like JSON"),
    "an unexpanded variable": ("$UPSTREAM_KEY", "placeholder"),
    "a placeholder": ("<your-key>", "placeholder"),
    "a key of our own": ("clr_" + "x" * 43, "ClipRelay's own"),
    "a file": ("x" * (LONGEST + 1), f"more than {LONGEST}"),
}


@pytest.fixture(scope="module")
def manager() -> Iterator[Any]:
    """Secrets Manager of the stack that the commands find; made once, because boto3's clients take their time."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_PROFILE", raising=False)
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        boto3.client("cloudformation").create_stack(StackName="cliprelay", TemplateBody=json.dumps(TEMPLATE))
        yield boto3.client("secretsmanager")


@pytest.fixture
def secrets(manager: Any) -> Iterator[Any]:
    """The stack's secret is there, but empty, as after the first deployment."""
    manager.create_secret(Name="upstream")
    yield manager
    manager.delete_secret(SecretId="upstream", ForceDeleteWithoutRecovery=True)


def pipe(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def unasked(prompt: str) -> str:
    raise AssertionError(prompt)


def put(monkeypatch: pytest.MonkeyPatch, content: str) -> int:
    monkeypatch.setattr("sys.stdin", pipe(content.encode()))
    return main(["secret", "set"])


def test_set_stores_what_the_functions_then_read(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(monkeypatch, "sk-1\r\n") == 0
    assert UpstreamKey(secrets, "upstream")() == "sk-1"


def test_set_replaces_an_older_key(secrets: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert put(monkeypatch, "sk-1") == 0
    assert put(monkeypatch, "sk-2") == 0
    assert UpstreamKey(secrets, "upstream")() == "sk-2"


def test_set_says_what_happens_next_without_the_key(
    secrets: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(monkeypatch, "sk-1")
    said = capsys.readouterr()
    assert f"{CACHE_SECONDS} seconds" in said.out
    assert "sk-1" not in said.out + said.err


@pytest.mark.parametrize(("value", "words"), ODD.values(), ids=ODD)
def test_what_cannot_be_a_key_is_refused_by_its_fault_without_repeating_it(value: str, words: str) -> None:
    with pytest.raises(Trouble) as refusal:
        read(pipe(value.encode()), unasked)
    said = str(refusal.value)
    assert said.startswith("nothing was stored: what was given ")
    assert words in said
    assert not value.strip() or value not in said


def test_set_stores_nothing_when_it_refuses(secrets: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert put(monkeypatch, "Bearer sk-1") == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="upstream")


@pytest.mark.parametrize("surplus", [["sk-very-secret"], ["--key", "sk-very-secret"], ["--key=sk-very-secret"]])
def test_set_refuses_a_key_as_an_argument_without_repeating_it(surplus: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["secret", "set", *surplus])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "never an argument" in said
    assert "sk-very-secret" not in said


def test_a_person_is_asked_without_echo() -> None:
    asked: list[str] = []
    assert read(Terminal("shown\n"), lambda prompt: asked.append(prompt) or "sk-1 ") == "sk-1"  # type: ignore[func-returns-value]
    assert "hidden" in asked[0]


def test_a_pipe_is_read_without_asking() -> None:
    assert read(pipe(b"sk-1\n"), unasked) == "sk-1"


def test_a_person_who_types_nothing_stores_nothing() -> None:
    def leave(prompt: str) -> str:
        raise EOFError

    with pytest.raises(Trouble, match="is empty"):
        read(Terminal(), leave)


def test_what_is_no_text_gets_a_clear_complaint() -> None:
    with pytest.raises(Trouble, match="characters that no key has"):
        read(pipe(b"\xff\xfe\x00key"), unasked)


@pytest.mark.parametrize("key", ["sk-abc_DEF.123~", "YWJj+/8==", "12|abc", "id:secret", "bearer-1"])
def test_the_forms_that_providers_give_keys_are_taken(key: str) -> None:
    assert complaint(key) is None


def test_check_fails_while_no_key_is_stored(secrets: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secret", "check"]) == 1
    assert "no upstream key is stored" in capsys.readouterr().err


def test_check_says_since_when_a_key_is_stored_but_never_which(secrets: Any, capsys: pytest.CaptureFixture[str]) -> None:
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
