"""Add what a new stack needs in addition to its resources: keys, and the variables for `sam local`."""

import json
from pathlib import Path

from cliprelay.tenants.api_keys import ApiKeyTable
from local.stack.context import StackContext
from local.stack.create import Stack


def store_upstream_key(context: StackContext, stack: Stack, key: str) -> None:
    if "UpstreamSecretArn" in stack.outputs:
        secret = stack.outputs["UpstreamSecretArn"]
        context.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=key)


def create_api_key(context: StackContext, stack: Stack) -> str | None:
    """Create an API key for tenant `local` with the product's code; return None if the template has no keys table."""
    if "KeysTableName" not in stack.outputs:
        return None
    return ApiKeyTable(context.client("dynamodb"), stack.outputs["KeysTableName"]).create("local")


def write_env_file(context: StackContext, folder: Path) -> Path:
    """Write each function's variables for `sam local invoke --env-vars`."""
    variables = {
        function.logical_id: {**function.variables, "AWS_ENDPOINT_URL": context.endpoint} for function in context.functions.values()
    }
    path = folder / "env.json"
    path.write_text(json.dumps(variables, indent=2) + "\n", encoding="utf-8")
    return path
