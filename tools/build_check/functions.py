"""Ask the built functions, each in a process of its own."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from tools.build_check.questions import Question

PROBE = Path(__file__).with_name("probe.py")
FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"


@dataclass(frozen=True)
class BuiltFunction:
    """Where a function and its layers were built, and which handler Lambda calls."""

    name: str
    folder: Path
    layers: list[Path]
    handler: str


@dataclass(frozen=True)
class Outcome:
    """What a function answered: complaints, and the processor seconds of its import (None if it failed)."""

    complaints: list[str]
    seconds: float | None = None


@dataclass(frozen=True)
class Build:
    """The contents of a folder that `sam build` has written."""

    layers: dict[str, Path]
    functions: list[BuiltFunction]
    runtime: str


def runtime(template: Path) -> str:
    """Return the functions' runtime, such as python3.13."""
    return str(yaml_parse(template.read_text())["Globals"]["Function"]["Runtime"])


def read(folder: Path) -> Build:
    """Read the template that `sam build` has written."""
    template: dict[str, Any] = yaml_parse((folder / "template.yaml").read_text())
    shared: dict[str, Any] = template["Globals"]["Function"]
    resources: dict[str, dict[str, Any]] = template["Resources"]
    layers = {name: folder / part["Properties"]["ContentUri"] for name, part in resources.items() if part["Type"] == LAYER}
    functions = [
        BuiltFunction(
            name,
            folder / properties["CodeUri"],
            # SAM adds a function's own layers to those of all functions.
            [layers[layer["Ref"]] for layer in [*shared["Layers"], *part["Properties"].get("Layers", [])]],
            properties["Handler"],
        )
        for name, part in resources.items()
        if part["Type"] == FUNCTION
        for properties in [shared | part["Properties"]]
    ]
    return Build(layers, functions, shared["Runtime"])


def ask(function: BuiltFunction, questions: list[Question], python: str, environment: dict[str, str]) -> Outcome:
    """Import the handler with this Python and these variables only, and compare its answers."""
    if not questions:
        return Outcome(["is asked nothing: add it to tools/build_check/questions.py"])
    packages = [str(layer / "python") for layer in function.layers]
    request = {
        "folders": [str(function.folder), *packages],
        "layers": packages,
        "handler": function.handler,
        "events": [question.event for question in questions],
    }
    # -I and -S: no variables of Python's and no site-packages; -B: nothing is written, as on Lambda.
    command = [python, "-I", "-S", "-B", str(PROBE)]
    done = subprocess.run(  # noqa: S603 - our own script
        command, cwd=function.folder, input=json.dumps(request), env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return Outcome([f"failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"])
    answered = json.loads(done.stdout)
    return Outcome([*_differences(questions, answered["answers"]), *_compiled(answered["compiled"])], answered["seconds"])


def _differences(questions: list[Question], answers: list[Any]) -> Iterator[str]:
    for question, answer in zip(questions, answers, strict=True):
        found = {name: answer.get(name) for name in question.answer} if isinstance(answer, dict) else answer
        if found != question.answer:
            yield f"{question.name} answered {found}, not {question.answer}".strip()


def _compiled(sources: list[str]) -> Iterator[str]:
    if sources:
        yield f"compiled {len(sources)} files of its layers, such as {sources[0].rpartition('/python/')[2]}"
