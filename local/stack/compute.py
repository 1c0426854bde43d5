"""Create functions with their layers and roles, state machines and the HTTP API."""

import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from local.account import ACCOUNT_ID, REGION
from local.stack.context import AsyncInvokeConfig, Function, HttpApi, Properties, StackContext
from local.stack.intrinsics import CreatedResource
from local.stack.template import TemplateError

DEFAULT_ROUTE = "$default"
INTEGRATION_URI = re.compile(r":function:([^/:]+)/invocations$")


def function(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    name = properties.get("FunctionName", context.physical_name(logical_id))
    declared = {key: _variable(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()}
    overrides = {key: value for key, value in context.variable_overrides.items() if key in declared}
    created = Function(
        logical_id=logical_id,
        name=name,
        handler=properties["Handler"],
        folder=_source(context, properties["Code"]),
        layers=tuple(context.layers[arn] for arn in properties.get("Layers", [])),
        variables=declared | overrides,
        # 3 s and 128 MB are Lambda's defaults.
        timeout=float(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        runtime=properties["Runtime"],
    )
    context.functions[name] = created
    _register(context, created, properties["Role"])
    return CreatedResource(name, {"Arn": created.arn})


def _register(context: StackContext, created: Function, role: str) -> None:
    context.client("lambda").create_function(
        FunctionName=created.name,
        Runtime=created.runtime,
        Handler=created.handler,
        Role=role,
        Code={"ZipFile": _empty_zip()},
        Environment={"Variables": created.variables},
        Timeout=int(created.timeout),
        MemorySize=created.memory,
    )


@cache
def _empty_zip() -> bytes:
    """Return a placeholder archive for moto; the code runs from the working copy."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("README", "The code runs from the working copy.")
    return archive.getvalue()


def _variable(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _source(context: StackContext, location: Properties) -> Path:
    key = location.get("S3Key") or location.get("Key")
    if key is None:
        raise TemplateError("inline code is not supported by the local service")
    path: Path = context.source / key
    if not path.exists():
        raise TemplateError(f"the template names {key}, which does not exist")
    return path


def layer(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Register a layer's own modules; its requirements come from the current environment."""
    folder = _source(context, properties["Content"])
    name = properties.get("LayerName", context.physical_name(logical_id))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:layer:{name}:1"
    # With a BuildMethod, `sam build` copies the folder's contents into python/; otherwise they are already there.
    context.layers[arn] = folder / "python" if (folder / "python").is_dir() else folder
    return CreatedResource(arn, {"LayerVersionArn": arn})


def role(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    iam = context.client("iam")
    name = properties.get("RoleName", context.physical_name(logical_id))
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    for policy in properties.get("Policies", []):
        # Some of SAM's own policies have no version, which AWS allows and moto rejects.
        document = json.dumps({"Version": "2012-10-17", **policy["PolicyDocument"]})
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return CreatedResource(name, {"Arn": created["Arn"], "RoleId": created["RoleId"]})


def state_machine(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    definition = _definition(context, properties)
    for key, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace("${" + key + "}", str(value))
    left = re.findall(r"\$\{[A-Za-z0-9]+\}", definition)
    if left:
        raise TemplateError(f"{logical_id} has no DefinitionSubstitutions for {', '.join(sorted(set(left)))}")
    name = properties.get("StateMachineName", context.physical_name(logical_id))
    arn = context.client("stepfunctions").create_state_machine(
        name=name,
        definition=definition,
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
    )["stateMachineArn"]
    return CreatedResource(arn, {"Arn": arn, "Name": name})


def _definition(context: StackContext, properties: Properties) -> str:
    if "DefinitionS3Location" in properties:
        return _source(context, properties["DefinitionS3Location"]).read_text(encoding="utf-8")
    if "DefinitionString" in properties:
        return str(properties["DefinitionString"])
    return json.dumps(properties["Definition"])


def http_api(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Register the API's routes and the one function that they lead to, which the gateway calls."""
    body = properties.get("Body", {})
    routes = _routes(logical_id, body.get("paths", {}))
    function_name = routes.pop(DEFAULT_ROUTE, None)
    if function_name is None:
        raise TemplateError(f"{logical_id} has no {DEFAULT_ROUTE} route to a function of the template")
    for key, other in routes.items():
        if other != function_name:
            raise TemplateError(f"{logical_id} has the route {key} to another function than {DEFAULT_ROUTE}: the local gateway calls one")
    api_id = context.physical_name(logical_id).lower()
    context.apis.append(HttpApi(api_id, function_name, _cors(body, properties), frozenset(routes)))
    return CreatedResource(api_id, {"ApiEndpoint": context.api_url, "ApiId": api_id})


def _routes(logical_id: str, paths: Properties) -> dict[str, str | None]:
    """Return the function of each route key, such as `GET /docs`; None if a route leads elsewhere."""
    routes: dict[str, str | None] = {}
    for path, operations in paths.items():
        if "{" in path:
            raise TemplateError(f"{logical_id} has the route {path}: the local gateway knows no path parameters")
        for method, operation in operations.items():
            found = INTEGRATION_URI.search(operation.get("x-amazon-apigateway-integration", {}).get("uri", ""))
            name = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            key = DEFAULT_ROUTE if path.lstrip("/") == DEFAULT_ROUTE else f"{name} {path}"
            routes[key] = found and found.group(1)
    return routes


def _cors(body: Properties, properties: Properties) -> dict[str, Any]:
    """Return the CORS settings in lower camel case, as SAM writes them; the plain resource uses upper camel case."""
    given = body.get("x-amazon-apigateway-cors") or properties.get("CorsConfiguration") or {}
    return {key[0].lower() + key[1:]: value for key, value in given.items()}


def permission(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Check only that the function exists, because nothing here evaluates permissions."""
    name = str(properties["FunctionName"]).rsplit(":", 1)[-1]
    if name not in context.functions:
        raise TemplateError(f"{logical_id} names an unknown function {name}")
    return CreatedResource(context.physical_name(logical_id))


def event_invoke_config(context: StackContext, logical_id: str, properties: Properties) -> CreatedResource:
    """Register how often a failed asynchronous invocation is retried, and the queue for exhausted events."""
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    # Lambda's default is two retries.
    retries = int(properties.get("MaximumRetryAttempts", 2))
    context.asynchronous[properties["FunctionName"]] = AsyncInvokeConfig(retries, destination)
    return CreatedResource(context.physical_name(logical_id))
