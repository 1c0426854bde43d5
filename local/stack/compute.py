"""Makes the resources that run: functions with their layers and roles, the state machine, the HTTP API."""

import io
import json
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from local.account import ACCOUNT_ID, REGION
from local.stack.context import Asynchronous, Function, HttpApi, Properties, World
from local.stack.intrinsics import Made
from local.stack.template import TemplateError

INTEGRATION_URI = re.compile(r":function:([^/:]+)/invocations$")


def function(world: World, logical_id: str, properties: Properties) -> Made:
    name = properties.get("FunctionName", world.physical_name(logical_id))
    declared = {key: _variable(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()}
    overrides = {key: value for key, value in world.variable_overrides.items() if key in declared}
    made = Function(
        logical_id=logical_id,
        name=name,
        handler=properties["Handler"],
        folder=_source(world, properties["Code"]),
        layers=tuple(world.layers[arn] for arn in properties.get("Layers", [])),
        variables=declared | overrides,
        # 3 s and 128 MB are Lambda's own defaults.
        timeout=float(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        runtime=properties["Runtime"],
    )
    world.functions[name] = made
    _register(world, made, properties["Role"])
    return Made(name, {"Arn": made.arn})


def _register(world: World, made: Function, role: str) -> None:
    world.client("lambda").create_function(
        FunctionName=made.name,
        Runtime=made.runtime,
        Handler=made.handler,
        Role=role,
        Code={"ZipFile": _empty_zip()},
        Environment={"Variables": made.variables},
        Timeout=int(made.timeout),
        MemorySize=made.memory,
    )


@cache
def _empty_zip() -> bytes:
    """moto wants an archive; the code itself runs from the working copy."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("README", "The code runs from the working copy.")
    return archive.getvalue()


def _variable(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _source(world: World, location: Properties) -> Path:
    key = location.get("S3Key") or location.get("Key")
    if key is None:
        raise TemplateError("inline code is not supported by the local service")
    path: Path = world.source / key
    if not path.exists():
        raise TemplateError(f"the template names {key}, which does not exist")
    return path


def layer(world: World, logical_id: str, properties: Properties) -> Made:
    """A layer's own modules; what its requirements.txt names comes from the environment this service runs in."""
    folder = _source(world, properties["Content"])
    name = properties.get("LayerName", world.physical_name(logical_id))
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:layer:{name}:1"
    # With a BuildMethod, `sam build` copies the folder's content into python/; without, it lies there already.
    world.layers[arn] = folder / "python" if (folder / "python").is_dir() else folder
    return Made(arn, {"LayerVersionArn": arn})


def role(world: World, logical_id: str, properties: Properties) -> Made:
    iam = world.client("iam")
    name = properties.get("RoleName", world.physical_name(logical_id))
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    for policy in properties.get("Policies", []):
        # Some of SAM's own documents name no version, which AWS allows and moto does not.
        document = json.dumps({"Version": "2012-10-17", **policy["PolicyDocument"]})
        iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return Made(name, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def state_machine(world: World, logical_id: str, properties: Properties) -> Made:
    definition = _definition(world, properties)
    for key, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace("${" + key + "}", str(value))
    left = re.findall(r"\$\{[A-Za-z0-9]+\}", definition)
    if left:
        raise TemplateError(f"{logical_id} has no DefinitionSubstitutions for {', '.join(sorted(set(left)))}")
    name = properties.get("StateMachineName", world.physical_name(logical_id))
    arn = world.client("stepfunctions").create_state_machine(
        name=name,
        definition=definition,
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
    )["stateMachineArn"]
    return Made(arn, {"Arn": arn, "Name": name})


def _definition(world: World, properties: Properties) -> str:
    if "DefinitionS3Location" in properties:
        return _source(world, properties["DefinitionS3Location"]).read_text(encoding="utf-8")
    if "DefinitionString" in properties:
        return str(properties["DefinitionString"])
    return json.dumps(properties["Definition"])


def http_api(world: World, logical_id: str, properties: Properties) -> Made:
    """Has one integration for `$default`; the front of this service calls the same function."""
    body = properties.get("Body", {})
    operations = body.get("paths", {}).get("/$default") or body.get("paths", {}).get("$default") or {}
    integration = operations.get("x-amazon-apigateway-any-method", {}).get("x-amazon-apigateway-integration", {})
    found = INTEGRATION_URI.search(integration.get("uri", ""))
    if not found:
        raise TemplateError(f"{logical_id} has no $default route to a function of the template")
    api_id = world.physical_name(logical_id).lower()
    world.apis.append(HttpApi(api_id, found.group(1), _cors(body, properties)))
    return Made(api_id, {"ApiEndpoint": world.front_url, "ApiId": api_id})


def _cors(body: Properties, properties: Properties) -> dict[str, Any]:
    """SAM writes the settings into the OpenAPI body in lower camel case; the plain resource has them in upper."""
    given = body.get("x-amazon-apigateway-cors") or properties.get("CorsConfiguration") or {}
    return {key[0].lower() + key[1:]: value for key, value in given.items()}


def permission(world: World, logical_id: str, properties: Properties) -> Made:
    """Nothing here asks who may invoke; kept so that a wrong function name is found."""
    name = str(properties["FunctionName"]).rsplit(":", 1)[-1]
    if name not in world.functions:
        raise TemplateError(f"{logical_id} is about an unknown function {name}")
    return Made(world.physical_name(logical_id))


def event_invoke_config(world: World, logical_id: str, properties: Properties) -> Made:
    """How often an event that nobody waits for is tried again, and the queue it goes to when that was in vain."""
    destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    # Two more attempts are Lambda's default.
    retries = int(properties.get("MaximumRetryAttempts", 2))
    world.asynchronous[properties["FunctionName"]] = Asynchronous(retries, destination)
    return Made(world.physical_name(logical_id))
