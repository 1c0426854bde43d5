"""`python -m operate keys`: create, list and revoke API keys."""

import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cliprelay.aws.items import typed
from cliprelay.tenants.api_keys import CACHE_SECONDS, ApiKeyTable
from operate.main import main
from tests.support.closed_pipe import closed_pipe
from tests.support.makers import tenant_of

# A DynamoDB client and the table's name.
Table = tuple[Any, str]

TEMPLATE = {
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


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """Return the keys table of the stack; created once, because boto3 clients are slow to create."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_PROFILE", raising=False)
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="cliprelay", TemplateBody=json.dumps(TEMPLATE))
        outputs = cloudformation.describe_stacks(StackName="cliprelay")["Stacks"][0]["Outputs"]
        yield boto3.client("dynamodb"), outputs[0]["OutputValue"]


@pytest.fixture
def ring(table: Table) -> Iterator[ApiKeyTable]:
    """Return the API function's view of the keys, initially empty."""
    client, name = table
    yield ApiKeyTable(client, name)
    for item in client.scan(TableName=name)["Items"]:
        client.delete_item(TableName=name, Key={"key_sha256": item["key_sha256"]})


def rows(capsys: pytest.CaptureFixture[str], *options: str) -> list[list[str]]:
    assert main(["keys", "list", *options]) == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_create_writes_only_the_key_to_standard_output(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    assert main(["keys", "create", "--tenant", "acme"]) == 0
    key = capsys.readouterr().out.removesuffix("\n")
    assert tenant_of(ring, key) == "acme"


@pytest.mark.usefixtures("ring")
def test_create_explains_on_standard_error_without_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", "create", "--tenant", "acme"])
    said = capsys.readouterr()
    assert "acme of stack cliprelay in eu-west-1" in said.err
    assert said.out.strip() not in said.err


def test_create_prints_the_command_that_revokes_the_key(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    main(["keys", "create", "--tenant", "acme"])
    said = capsys.readouterr()
    command = re.search(r"-m operate (keys revoke \w+)", said.err)
    assert command
    assert main(command[1].split()) == 0
    assert tenant_of(ring, said.out.strip()) is None


def test_create_revokes_the_key_when_it_cannot_be_printed(monkeypatch: pytest.MonkeyPatch, ring: ApiKeyTable) -> None:
    with closed_pipe() as nowhere:
        monkeypatch.setattr("sys.stdout", nowhere)
        assert main(["keys", "create", "--tenant", "acme"]) == 1
    assert [key.revoked_at is None for key in ring.list()] == [False]


@pytest.mark.parametrize("tenant", ["Acme", "a b", "", "x" * 41])
def test_create_rejects_an_invalid_tenant_as_a_usage_error(tenant: str, ring: ApiKeyTable) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["keys", "create", "--tenant", tenant])
    assert stopped.value.code == 2
    assert list(ring.list()) == []


def test_list_shows_hint_tenant_name_creation_revocation_and_id(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key = ring.create("acme", "shop")
    record = next(ring.list())
    assert rows(capsys) == [
        ["hint", "tenant", "name", "created", "revoked", "id"],
        [f"{key[:8]}...", "acme", "shop", record.created_at, "-", record.key_sha256[:12]],
    ]
    ring.revoke(record.key_sha256)
    assert rows(capsys)[1][4] == next(ring.list()).revoked_at


def test_create_gives_a_key_its_name(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    assert main(["keys", "create", "--tenant", "acme", "--name", "shop"]) == 0
    assert ring.identify(capsys.readouterr().out.strip()) == ("acme", "shop", False)


@pytest.mark.parametrize("name", ["", "-", "-a", "Shop", "a b", "x" * 41])
@pytest.mark.usefixtures("ring")
def test_create_refuses_a_name_that_no_key_can_have(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit):
        main(["keys", "create", "--tenant", "acme", f"--name={name}"])
    assert "a key's name is 1 to 40" in capsys.readouterr().err


def test_list_can_be_limited_to_one_tenant(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    for tenant in ("zoo", "acme", "zoo"):
        ring.create(tenant)
    assert [row[1] for row in rows(capsys)[1:]] == ["acme", "zoo", "zoo"]
    assert [row[1] for row in rows(capsys, "--tenant", "zoo")[1:]] == ["zoo", "zoo"]


@pytest.mark.usefixtures("ring")
def test_list_leaves_standard_output_empty_when_there_is_no_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "list", "--tenant", "acme"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "no key of tenant acme" in said.err


def test_revoke_accepts_the_whole_key(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key, other = ring.create("acme"), ring.create("acme")
    assert main(["keys", "revoke", key]) == 0
    assert tenant_of(ring, key) is None
    assert tenant_of(ring, other) == "acme"
    assert key not in capsys.readouterr().out


def test_revoke_accepts_an_id_from_the_list(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key = ring.create("acme")
    shown = rows(capsys)[1][5]
    assert main(["keys", "revoke", shown.upper()]) == 0
    assert tenant_of(ring, key) is None


def test_revoke_prints_when_the_key_stops_working(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    main(["keys", "revoke", ring.create("acme")])
    assert f"within {CACHE_SECONDS} seconds" in capsys.readouterr().out


def test_revoke_asks_for_more_digits_of_an_ambiguous_id(capsys: pytest.CaptureFixture[str], table: Table, ring: ApiKeyTable) -> None:
    put(table, "abcd" + "0" * 60)
    put(table, "abcd" + "1" * 60)
    assert main(["keys", "revoke", "abcd"]) == 1
    assert "matches 2 keys" in capsys.readouterr().err
    assert all(key.revoked_at is None for key in ring.list())


def test_revoke_accepts_any_unique_prefix(table: Table, ring: ApiKeyTable) -> None:
    put(table, "abcd" + "0" * 60)
    put(table, "abcd" + "1" * 60)
    assert main(["keys", "revoke", "abcd1"]) == 0
    assert [key.key_sha256[4] for key in ring.list() if key.revoked_at] == ["1"]


@pytest.mark.parametrize("name", ["abcd1234", "f" * 64, "clr_" + "x" * 43])
def test_revoke_fails_for_an_unknown_key(name: str, capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    ring.create("acme")
    assert main(["keys", "revoke", name]) == 1
    said = capsys.readouterr()
    assert "no such key" in said.err
    assert said.out == ""


def test_revoking_again_changes_nothing_and_succeeds(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key = ring.create("acme")
    ring.revoke(next(ring.list()).key_sha256)
    before = next(ring.list())
    assert main(["keys", "revoke", key]) == 0
    assert "already" in capsys.readouterr().out
    assert next(ring.list()) == before


@pytest.mark.parametrize("name", ["abc", "clr_abcd", "clr_" + "x" * 42, "sk-other", ""])
def test_revoke_rejects_other_text_without_repeating_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["keys", "revoke", name])
    assert stopped.value.code == 2
    assert not name or name not in capsys.readouterr().err


def put(table: Table, digest: str) -> None:
    client, name = table
    item = {"key_sha256": digest, "tenant": "acme", "created_at": "2026-11-22T06:00:00Z", "hint": "clr_abcd"}
    client.put_item(TableName=name, Item=typed(item))
