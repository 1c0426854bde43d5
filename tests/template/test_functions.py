"""One word per step, the same in folder, resource, log group, sample event and state."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
WORKFLOWS: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(Path("statemachine").glob("*.asl.json"))]
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
FUNCTIONS = {name: part for name, part in RESOURCES.items() if part["Type"] == "AWS::Serverless::Function"}
STEPS = sorted(name.removesuffix("Function").lower() for name in FUNCTIONS)
# The steps of a video, without api, sweep and deliver.
WORKFLOW_STEPS = ["archive", "notify", "poll", "submit", "thumbnail"]
DOORS = sorted(Path("functions").glob("*/app.py"))


def event(step: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(f"events/{step}.json").read_text())
    return loaded


def imported_modules(source: str) -> set[str]:
    """Return the top-level names that a source imports; a relative import is named by its dots."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add("." * node.level or (node.module or "").split(".")[0])
    return modules


def deployed_modules() -> set[str]:
    """Return the top-level names in layers/dependencies."""
    lines = Path("layers/dependencies/requirements.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines if "==" in line}
    return {
        module
        for module, distributions in packages_distributions().items()
        if {name.lower().replace("_", "-") for name in distributions} & pinned
    }


def test_function_folders_and_resources_match() -> None:
    assert sorted(path.name for path in Path("functions").iterdir()) == STEPS


def test_functions_and_sample_events_match() -> None:
    assert sorted(path.name for path in Path("events").iterdir()) == [f"{step}.json" for step in STEPS]


def test_every_function_of_the_workflow_has_a_state_of_the_same_name() -> None:
    called = {name.lower() for workflow in WORKFLOWS for name, state in workflow["States"].items() if state["Type"] == "Task"}
    assert sorted(called) == sorted([*WORKFLOW_STEPS, "deliver"])


@pytest.mark.parametrize("step", STEPS)
def test_every_functions_folder_and_log_group_have_its_name(step: str) -> None:
    properties = FUNCTIONS[f"{step.capitalize()}Function"]["Properties"]
    assert properties["CodeUri"] == f"functions/{step}"
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": f"{step.capitalize()}LogGroup"}


def test_every_function_runs_the_same_python_with_both_layers_and_thumbnail_has_one_more() -> None:
    shared = TEMPLATE["Globals"]["Function"]
    assert shared["Runtime"] == "python3.13"
    assert shared["Handler"] == "app.handler"
    assert shared["Layers"] == [{"Ref": "DependenciesLayer"}, {"Ref": "CliprelayLayer"}]
    overridden = {(name, key) for name, part in FUNCTIONS.items() for key in part["Properties"] if key in ("Runtime", "Layers", "Handler")}
    # SAM adds a function's layers to those of all.
    assert overridden == {("ThumbnailFunction", "Layers")}
    assert FUNCTIONS["ThumbnailFunction"]["Properties"]["Layers"] == [{"Ref": "MediaLayer"}]


def scalars(node: Any) -> list[Any]:
    """Return the scalars at any depth of a part of the template."""
    if isinstance(node, dict | list):
        return [scalar for part in (node.values() if isinstance(node, dict) else node) for scalar in scalars(part)]
    return [node]


def test_every_variable_of_a_function_is_a_string_without_a_conversion() -> None:
    variables = [
        part.get("Environment", {}) for part in (TEMPLATE["Globals"]["Function"], *(part["Properties"] for part in FUNCTIONS.values()))
    ]
    # A mapping is what Fn::FindInMap returns; Ref and Fn::Sub return strings.
    found = [scalar for part in (variables, TEMPLATE["Mappings"]) for scalar in scalars(part)]
    assert [scalar for scalar in found if not isinstance(scalar, str)] == []
    assert "180" in found


def test_a_function_folder_holds_only_its_handler() -> None:
    files = {path.name for path in Path("functions").glob("*/*") if path.name != "__pycache__"}
    assert files <= {"app.py"}


@pytest.mark.parametrize("door", DOORS, ids=lambda path: str(path.parent.name))
def test_a_handler_imports_only_what_is_deployed_with_it(door: Path) -> None:
    allowed = sys.stdlib_module_names | deployed_modules() | {"cliprelay"}
    assert imported_modules(door.read_text()) - allowed == set()


@pytest.mark.parametrize("step", WORKFLOW_STEPS)
def test_a_steps_sample_event_is_the_state_machines_input_for_an_unknown_video(step: str) -> None:
    assert set(event(step)) == {"video_id", "run", "definition"} | ({"poster_of"} if step == "archive" else set())
    assert re.fullmatch(r"vid_[0-9A-HJKMNP-TV-Z]{26}", event(step)["video_id"])
    assert event(step)["run"] == 1


def test_the_deliver_sample_event_is_the_workflows_first_input_for_an_unknown_event() -> None:
    assert set(event("deliver")) == {"video_id", "event_id", "delivery", "attempt"}
    assert re.fullmatch(r"evt_[0-9A-HJKMNP-TV-Z]{26}", event("deliver")["event_id"])
    assert (event("deliver")["delivery"], event("deliver")["attempt"]) == (1, 0)


def test_the_api_sample_event_is_a_harmless_request_in_payload_format_2() -> None:
    request = event("api")
    assert request["version"] == "2.0"
    assert request["routeKey"] == request["requestContext"]["routeKey"] == "$default"
    assert request["requestContext"]["http"]["method"] == "GET"
    assert request["requestContext"]["http"]["path"] == request["rawPath"] == "/health"


def test_the_sweep_sample_event_is_a_scheduled_event() -> None:
    assert event("sweep")["source"] == "aws.events"
    assert event("sweep")["detail-type"] == "Scheduled Event"
    assert event("sweep")["detail"] == {}
