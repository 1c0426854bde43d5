"""Add what a stack needs in addition to its resources: keys, and the variables for `sam local`."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cliprelay.tenants.api_keys import ApiKeyTable
from local.stack.context import StackContext
from local.stack.create import Stack
from local.state.key_file import KeyFile


def store_upstream_key(context: StackContext, stack: Stack, key: str) -> None:
    """Store the key; the one of an earlier start is no new version of the secret."""
    if "UpstreamSecretArn" in stack.outputs:
        secret, secrets = stack.outputs["UpstreamSecretArn"], context.client("secretsmanager")
        if _value(secrets, secret) != key:
            secrets.put_secret_value(SecretId=secret, SecretString=key)


def _value(secrets: Any, secret: str) -> str | None:
    try:
        value: str | None = secrets.get_secret_value(SecretId=secret).get("SecretString")
    except secrets.exceptions.ClientError:  # it has no value, or was deleted
        return None
    return value


def first_api_key(context: StackContext, stack: Stack, file: KeyFile, say: Callable[[str], None]) -> str | None:
    """Return the folder's own API key, of tenant `local`; create one if it has none that works, and say why.

    None if the template has no keys table.
    """
    if "KeysTableName" not in stack.outputs:
        return None
    table = ApiKeyTable(context.client("dynamodb"), stack.outputs["KeysTableName"])
    key = file.read()
    problem = _problem_of(key, file.path, table)
    if key and not problem:
        return key
    key = table.create("local")
    file.write(key)
    if problem:
        say(f"{problem}; the service has created a new one.")
    return key


def _problem_of(key: str | None, path: Path, table: ApiKeyTable) -> str:
    """Say why the key cannot be used; an empty text if it can, or if there never was one."""
    records = {record.key_sha256: record for record in table.list()}
    if key is None:
        return f"The API key in {path} is lost" if records else ""
    record = records.get(hashlib.sha256(key.encode()).hexdigest())
    if record is None:
        return f"The API key in {path} is unknown to this service"
    return f"The API key in {path} was revoked" if record.revoked_at else ""


def write_env_file(context: StackContext, folder: Path) -> Path:
    """Write each function's variables for `sam local invoke --env-vars`."""
    variables = {
        function.logical_id: {**function.variables, "AWS_ENDPOINT_URL": context.endpoint} for function in context.functions.values()
    }
    path = folder / "env.json"
    path.write_text(json.dumps(variables, indent=2) + "\n", encoding="utf-8")
    return path
