"""`python -m operate keys`: made once, shown once, and stopped by what the list shows."""

import contextlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cliprelay.aws.items import typed
from cliprelay.tenants.api_keys import CACHE_SECONDS, ApiKeyTable
from operate.main import main

# A client of DynamoDB, and the table's name.
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
    """The table of keys of the stack that the commands find; made once, because boto3's clients take their time."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_PROFILE", raising=False)
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        cloudformation = boto3.client("cloudformation")
        cloudformation.create_stack(StackName="cliprelay", TemplateBody=json.dumps(TEMPLATE))
        outputs = cloudformation.describe_stacks(StackName="cliprelay")["Stacks"][0]["Outputs"]
        yield boto3.client("dynamodb"), outputs[0]["OutputValue"]


@pytest.fixture
def ring(table: Table) -> Iterator[ApiKeyTable]:
    """The key ring as the API function holds it; empty at first."""
    client, name = table
    yield ApiKeyTable(client, name)
    for item in client.scan(TableName=name)["Items"]:
        client.delete_item(TableName=name, Key={"key_sha256": item["key_sha256"]})


def rows(capsys: pytest.CaptureFixture[str], *options: str) -> list[list[str]]:
    assert main(["keys", "list", *options]) == 0
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_create_writes_the_key_alone_to_standard_output(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    assert main(["keys", "create", "--tenant", "acme"]) == 0
    key = capsys.readouterr().out.removesuffix("\n")
    assert ring.tenant_of(key) == "acme"


@pytest.mark.usefixtures("ring")
def test_create_explains_on_standard_error_without_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    main(["keys", "create", "--tenant", "acme"])
    said = capsys.readouterr()
    assert "acme of stack cliprelay in eu-west-1" in said.err
    assert said.out.strip() not in said.err


def test_create_names_the_command_that_stops_the_key(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    main(["keys", "create", "--tenant", "acme"])
    said = capsys.readouterr()
    command = re.search(r"-m operate (keys revoke \w+)", said.err)
    assert command
    assert main(command[1].split()) == 0
    assert ring.tenant_of(said.out.strip()) is None


def test_create_revokes_the_key_when_nobody_can_read_it(monkeypatch: pytest.MonkeyPatch, ring: ApiKeyTable) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w") as nowhere:
        monkeypatch.setattr("sys.stdout", nowhere)
        assert main(["keys", "create", "--tenant", "acme"]) == 1
    assert [key.revoked_at is None for key in ring.list()] == [False]


@pytest.mark.parametrize("tenant", ["Acme", "a b", "", "x" * 41])
def test_create_refuses_an_impossible_tenant_as_wrong_usage(tenant: str, ring: ApiKeyTable) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["keys", "create", "--tenant", tenant])
    assert stopped.value.code == 2
    assert list(ring.list()) == []


def test_list_shows_hint_tenant_creation_revocation_and_id(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key = ring.create("acme")
    record = next(ring.list())
    assert rows(capsys) == [
        ["hint", "tenant", "created", "revoked", "id"],
        [f"{key[:8]}...", "acme", record.created_at, "-", record.key_sha256[:12]],
    ]
    ring.revoke(record.key_sha256)
    assert rows(capsys)[1][3] == next(ring.list()).revoked_at


def test_list_shows_one_tenants_keys_when_asked(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
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


def test_revoke_takes_the_whole_key(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key, other = ring.create("acme"), ring.create("acme")
    assert main(["keys", "revoke", key]) == 0
    assert ring.tenant_of(key) is None
    assert ring.tenant_of(other) == "acme"
    assert key not in capsys.readouterr().out


def test_revoke_takes_the_id_that_list_shows(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    key = ring.create("acme")
    shown = rows(capsys)[1][4]
    assert main(["keys", "revoke", shown.upper()]) == 0
    assert ring.tenant_of(key) is None


def test_revoke_says_within_how_many_seconds_the_key_stops(capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
    main(["keys", "revoke", ring.create("acme")])
    assert f"within {CACHE_SECONDS} seconds" in capsys.readouterr().out


def test_revoke_asks_for_more_of_an_id_that_two_keys_share(capsys: pytest.CaptureFixture[str], table: Table, ring: ApiKeyTable) -> None:
    put(table, "abcd" + "0" * 60)
    put(table, "abcd" + "1" * 60)
    assert main(["keys", "revoke", "abcd"]) == 1
    assert "stands for 2 keys" in capsys.readouterr().err
    assert all(key.revoked_at is None for key in ring.list())


def test_revoke_stops_the_key_whose_id_is_unique(table: Table, ring: ApiKeyTable) -> None:
    put(table, "abcd" + "0" * 60)
    put(table, "abcd" + "1" * 60)
    assert main(["keys", "revoke", "abcd1"]) == 0
    assert [key.key_sha256[4] for key in ring.list() if key.revoked_at] == ["1"]


@pytest.mark.parametrize("name", ["abcd1234", "f" * 64, "clr_" + "x" * 43])
def test_revoke_fails_for_a_key_that_is_not_there(name: str, capsys: pytest.CaptureFixture[str], ring: ApiKeyTable) -> None:
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
def test_revoke_refuses_what_is_neither_key_nor_id_without_repeating_it(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["keys", "revoke", name])
    assert stopped.value.code == 2
    assert not name or name not in capsys.readouterr().err


def put(table: Table, digest: str) -> None:
    client, name = table
    item = {"key_sha256": digest, "tenant": "acme", "created_at": "2026-11-22T06:00:00Z", "hint": "clr_abcd"}
    client.put_item(TableName=name, Item=typed(item))
