"""A fresh stack: the upstream's key is stored, a first API key is made, and `sam local` finds its variables."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cliprelay.tenants.api_keys import ApiKeyTable
from local.stack.context import Function, StackContext
from local.stack.create import Stack
from local.stack.seed import first_api_key, store_upstream_key, write_env_file
from local.state.key_file import KeyFile
from tests.support.makers import tenant_of

if TYPE_CHECKING:
    from tests.support.world import World


def _context(world: "World") -> StackContext:
    return StackContext(
        "http://127.0.0.1:4566", "http://front", Path(), clients={"dynamodb": world.dynamodb, "secretsmanager": world.secrets}
    )


def test_the_upstreams_key_is_stored_in_the_secret_of_the_stack(world: "World") -> None:
    arn = world.secrets.create_secret(Name=f"{world.name}-upstream")["ARN"]
    for key in ("sk-any", "sk-other"):
        store_upstream_key(_context(world), Stack({"UpstreamSecretArn": arn}), key)
        assert world.secrets.get_secret_value(SecretId=arn)["SecretString"] == key


def test_the_same_key_at_every_start_is_one_version_of_the_secret(world: "World") -> None:
    arn = world.secrets.create_secret(Name=f"{world.name}-upstream")["ARN"]
    for _ in range(3):
        store_upstream_key(_context(world), Stack({"UpstreamSecretArn": arn}), "sk-any")
    assert len(world.secrets.list_secret_version_ids(SecretId=arn)["Versions"]) == 1


def _key(world: "World", folder: Path, *, is_kept: bool = True) -> tuple[str, list[str]]:
    said: list[str] = []
    stack = Stack({"KeysTableName": world.keys_table})
    key = first_api_key(_context(world), stack, KeyFile(folder, is_kept=is_kept), said.append)
    assert key is not None
    assert tenant_of(world.keys, key) == "local"
    return key, said


def test_the_first_api_key_belongs_to_the_tenant_local_and_remains(world: "World", tmp_path: Path) -> None:
    first, said = _key(world, tmp_path)
    assert _key(world, tmp_path) == (first, said) == (first, [])
    assert len(list(world.keys.list())) == 1


def test_the_key_is_stored_before_anybody_is_told(world: "World", tmp_path: Path) -> None:
    key, _ = _key(world, tmp_path)
    assert (tmp_path / "key").read_text() == f"{key}\n"


def test_a_lost_key_is_replaced_and_the_service_says_so(world: "World", tmp_path: Path) -> None:
    first, _ = _key(world, tmp_path)
    (tmp_path / "key").unlink()
    second, said = _key(world, tmp_path)
    assert second != first
    assert said == [f"The API key in {tmp_path}/key is lost; the service has created a new one."]
    assert _key(world, tmp_path) == (second, [])


def test_a_revoked_key_stays_revoked_and_is_replaced(world: "World", tmp_path: Path) -> None:
    first, _ = _key(world, tmp_path)
    (record,) = world.keys.list()
    assert world.keys.revoke(record.key_sha256)
    second, said = _key(world, tmp_path)
    assert said == [f"The API key in {tmp_path}/key was revoked; the service has created a new one."]
    assert tenant_of(ApiKeyTable(world.dynamodb, world.keys_table), first) is None
    assert _key(world, tmp_path) == (second, [])


def test_a_key_of_another_folder_is_replaced(world: "World", tmp_path: Path) -> None:
    (tmp_path / "key").write_text("clr_of_another_folder")
    _, said = _key(world, tmp_path)
    assert said == [f"The API key in {tmp_path}/key is unknown to this service; the service has created a new one."]


def test_a_folder_that_is_not_kept_gets_a_key_and_no_file(world: "World", tmp_path: Path) -> None:
    _key(world, tmp_path, is_kept=False)
    assert list(tmp_path.iterdir()) == []


def test_a_template_without_keys_and_secret_gets_neither(world: "World", tmp_path: Path) -> None:
    store_upstream_key(_context(world), Stack({}), "sk-any")
    assert first_api_key(_context(world), Stack({}), KeyFile(tmp_path), print) is None
    assert list(tmp_path.iterdir()) == []


def test_the_variables_of_each_function_are_written_with_the_endpoint(world: "World", tmp_path: Path) -> None:
    context = _context(world)
    context.functions["any"] = Function("PollFunction", "any", "app.handler", Path(), (), {"A": "1"}, 3.0, 128, "python3.12")
    written = json.loads(write_env_file(context, tmp_path).read_text())
    assert written == {"PollFunction": {"A": "1", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}}
