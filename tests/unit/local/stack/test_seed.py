"""A fresh stack: the upstream's key is stored, a first API key is made, and `sam local` finds its variables."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from local.stack.context import Function, StackContext
from local.stack.create import Stack
from local.stack.seed import create_api_key, store_upstream_key, write_env_file

if TYPE_CHECKING:
    from tests.support.world import World


def _context(world: "World") -> StackContext:
    return StackContext(
        "http://127.0.0.1:4566", "http://front", Path(), clients={"dynamodb": world.dynamodb, "secretsmanager": world.secrets}
    )


def test_the_upstreams_key_is_stored_in_the_secret_of_the_stack(world: "World") -> None:
    arn = world.secrets.create_secret(Name=f"{world.name}-upstream")["ARN"]
    store_upstream_key(_context(world), Stack({"UpstreamSecretArn": arn}), "sk-any")
    assert world.secrets.get_secret_value(SecretId=arn)["SecretString"] == "sk-any"


def test_the_first_api_key_belongs_to_the_tenant_local(world: "World") -> None:
    key = create_api_key(_context(world), Stack({"KeysTableName": world.keys_table}))
    assert key is not None
    assert world.keys.tenant_of(key) == "local"


def test_a_template_without_keys_and_secret_gets_neither(world: "World") -> None:
    store_upstream_key(_context(world), Stack({}), "sk-any")
    assert create_api_key(_context(world), Stack({})) is None


def test_the_variables_of_each_function_are_written_with_the_endpoint(world: "World", tmp_path: Path) -> None:
    context = _context(world)
    context.functions["any"] = Function("PollFunction", "any", "app.handler", Path(), (), {"A": "1"}, 3.0, 128, "python3.12")
    written = json.loads(write_env_file(context, tmp_path).read_text())
    assert written == {"PollFunction": {"A": "1", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}}
