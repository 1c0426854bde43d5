"""The environment variables that Lambda gives a function of the template, so that a process of its own can be one."""

import os
import sys
from pathlib import Path
from typing import Any

from tests.simulation.runtime import deployment
from tests.support.memory_aws.session import REGION
from tests.support.paths import ROOT

# Last on the path of a measured process, for the scripts that it runs.
HERE = Path(__file__).parent
STEPS = ("api", "submit", "poll", "archive", "notify", "deliver", "sweep")

# Every function is started anew for a request, not for provisioned concurrency; parts are built in the phase that starts it.
RUNTIME = {
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "AWS_SESSION_TOKEN": "any",
    "AWS_EC2_METADATA_DISABLED": "true",
    "HOME": "/nonexistent",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


def function_environment(step: str, packages: Path | None = None) -> dict[str, str]:
    """Return the variables of a step's function; `packages` is a folder with those of its layer, otherwise the interpreter has them."""
    own = deployment.properties(step).get("Environment", {}).get("Variables", {})
    shared = deployment.template()["Globals"]["Function"]["Environment"]["Variables"]
    declared = {name: str(_value(value)) for name, value in {**shared, **own}.items()}
    paths = [ROOT / "functions" / step, ROOT / "layers/cliprelay/python", *([packages] if packages else []), HERE]
    memory = {"AWS_LAMBDA_FUNCTION_NAME": step, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployment.properties(step)["MemorySize"])}
    # No look at the images of an order: it would use the network.
    declared |= {"IMAGE_PROBE": "off"} if "IMAGE_PROBE" in declared else {}
    # Empty means AWS itself, but not to every version of the SDK.
    filled = {name: value for name, value in declared.items() if value or name != "AWS_ENDPOINT_URL"}
    return {**RUNTIME, **memory, **filled, "PYTHONPATH": os.pathsep.join(map(str, paths))}


def _value(value: Any) -> Any:
    """Return a literal, or what stands for a resource's name, ARN or URL."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    template = deployment.template()
    match function:
        case "Ref" if argument in template["Parameters"]:
            return template["Parameters"][argument].get("Default", "")
        case "Ref" if argument in deployment.RESOURCES:
            return deployment.RESOURCES[argument]
        case "Ref" if argument.endswith("Topic"):
            return f"arn:aws:sns:{REGION}:123456789012:{argument}"
        case "Ref" if argument.endswith("Queue"):
            return f"https://sqs.{REGION}.amazonaws.com/123456789012/{argument}"
        case "Fn::FindInMap":
            first, second, third = argument
            return template["Mappings"][first][second][third]
    return str(argument)


def python() -> str:
    """Return the interpreter to measure: BENCH_PYTHON, or the one that runs."""
    return os.environ.get("BENCH_PYTHON") or sys.executable


def packages() -> Path | None:
    """Return the folder with the layer's packages for another interpreter; None if it is the one that runs."""
    folder = os.environ.get("BENCH_PACKAGES")
    return Path(folder).resolve() if folder else None
