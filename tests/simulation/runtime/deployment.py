"""The functions of template.yaml: their environment, their time-outs and their handlers in functions/."""

import importlib.util
import sys
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any

from tests.support.memory_aws.session import REGION
from tests.support.paths import ROOT
from tests.support.product_template import product_template

STEPS = ("api", "submit", "poll", "archive", "thumbnail", "notify", "sweep")

VIDEOS, KEYS, WEBHOOKS, SPEND, BUCKET, SECRET = "videos", "keys", "webhooks", "spend", "videos-bucket", "upstream-secret"
MACHINE = f"arn:aws:states:{REGION}:123456789012:stateMachine:videos"
TOPIC, ALARMS = (f"arn:aws:sns:{REGION}:123456789012:{name}" for name in ("events", "alarms"))

# Values of Refs to the template's resources.
RESOURCES = {
    "VideosTable": VIDEOS,
    "KeysTable": KEYS,
    "SpendTable": SPEND,
    "VideoBucket": BUCKET,
    "UpstreamSecret": SECRET,
    "VideoStateMachine": MACHINE,
    "EventsTopic": TOPIC,
    "AlarmsTopic": ALARMS,
    # Webhooks have runs of their own, in tests/simulation/deliveries: no order here names one, so nothing of these is used but the table.
    "WebhooksTable": WEBHOOKS,
    "WebhookMasterSecret": "webhook-master",
    "DeliveryStateMachine": f"arn:aws:states:{REGION}:123456789012:stateMachine:deliveries",
}
# A video over the cap must be cheap to make: one megabyte of disk instead of a thousand.
OVERRIDES = {"EPHEMERAL_STORAGE_MB": "1"}

_numbers = count()


@cache
def template() -> dict[str, Any]:
    return product_template()


@cache
def properties(step: str) -> dict[str, Any]:
    """The function's properties, its globals included."""
    own = template()["Resources"][f"{step.title()}Function"]["Properties"]
    return {**template()["Globals"]["Function"], **own}


def timeout(step: str) -> int:
    """Seconds after which Lambda ends the function."""
    return int(_value(properties(step)["Timeout"]))


@cache
def may_list(step: str) -> bool:
    """Whether the function's role has s3:ListBucket, without which S3 forbids what does not exist."""
    statements = [each for policy in properties(step).get("Policies", []) for each in policy["Statement"]]
    # A request for one object has no prefix, so a statement with such a condition does not count.
    return any("s3:ListBucket" in _actions(each) and "Condition" not in each for each in statements if each["Effect"] == "Allow")


def _actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


@cache
def environment() -> dict[str, str]:
    """The variables of all functions; where two give one different values, one process cannot be all functions."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    found: dict[str, str] = {}
    for step in STEPS:
        for name, value in {**shared, **properties(step).get("Environment", {}).get("Variables", {})}.items():
            text = OVERRIDES.get(name, str(_value(value)))
            if found.setdefault(name, text) != text:
                raise NotImplementedError(f"{name} differs between functions")
    return found


def _value(value: Any) -> Any:
    """A literal, or what an intrinsic function makes of it."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref" if argument in RESOURCES:
            return RESOURCES[argument]
        case "Ref":
            return template()["Parameters"][argument]["Default"]
        case "Fn::FindInMap":
            first, second, third = argument
            return template()["Mappings"][first][second][third]
    raise NotImplementedError(f"{function} {argument}")


def door(step: str) -> ModuleType:
    """A fresh copy of functions/<step>/app.py, as a new sandbox has it."""
    name = f"simulated_{step}_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, ROOT / "functions" / step / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
