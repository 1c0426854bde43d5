"""What a fresh stack needs beside its resources: the upstream's key, a first API key, and the variables for `sam local`."""

import json
from pathlib import Path

from cliprelay.tenants.api_keys import ApiKeyTable
from local.stack.context import World
from local.stack.create import Stack


def store_upstream_key(world: World, stack: Stack, key: str) -> None:
    if "UpstreamSecretArn" in stack.outputs:
        secret = stack.outputs["UpstreamSecretArn"]
        world.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=key)


def create_api_key(world: World, stack: Stack) -> str | None:
    """A key for the tenant `local`, made by the product's own code; None for a template without keys."""
    if "KeysTableName" not in stack.outputs:
        return None
    return ApiKeyTable(world.client("dynamodb"), stack.outputs["KeysTableName"]).create("local")


def write_env_file(world: World, folder: Path) -> Path:
    """For `sam local invoke --env-vars`: what each function's variables are here."""
    variables = {function.logical_id: {**function.variables, "AWS_ENDPOINT_URL": world.endpoint} for function in world.functions.values()}
    path = folder / "env.json"
    path.write_text(json.dumps(variables, indent=2) + "\n", encoding="utf-8")
    return path
