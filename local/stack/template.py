"""Read template.yaml as CloudFormation sees it, with its SAM part expanded and its local paths marked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from samtranslator.model.exceptions import InvalidDocumentException, InvalidResourceException  # type: ignore[import-untyped]
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from local.account import REGION

# A stand-in for the bucket that `sam package` uploads to. The key is the path in the working copy, so an expanded
# `Code: {S3Key: functions/poll}` still names the code's location.
SOURCE_BUCKET = "working-copy"

LOCAL_PATHS = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}


class TemplateError(Exception):
    """The template cannot be used; the message is for its author."""


@dataclass(frozen=True)
class Template:
    """An expanded template and the folder that its paths are relative to."""

    folder: Path
    body: dict[str, Any]

    def section(self, name: str) -> dict[str, Any]:
        """Return a top-level section such as Parameters or Resources, empty if missing."""
        part: dict[str, Any] = self.body.get(name) or {}
        return part


class _NoManagedPolicies:
    """Skips resolving names of AWS policies to ARNs, because nothing here evaluates IAM."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path, parameters: dict[str, Any]) -> Template:
    """Read and expand the file; raise TemplateError with a one-line reason."""
    try:
        raw = yaml_parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("Resources"), dict):
        raise TemplateError(f"{path} has no Resources")
    _mark_local_paths(raw)
    return Template(path.resolve().parent, _expand(path, raw, parameters))


def _mark_local_paths(raw: dict[str, Any]) -> None:
    function_defaults = raw.get("Globals", {}).get("Function", {})
    _mark(function_defaults, "CodeUri")
    for resource in raw["Resources"].values():
        if resource.get("Type") in LOCAL_PATHS:
            _mark(resource.get("Properties", {}), LOCAL_PATHS[resource["Type"]])


def _mark(properties: dict[str, Any], name: str) -> None:
    path = properties.get(name)
    if isinstance(path, str) and not path.startswith("s3://"):
        properties[name] = f"s3://{SOURCE_BUCKET}/{os.path.normpath(path)}"


def _expand(path: Path, raw: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        with _region_of_this_account():
            expanded: dict[str, Any] = transform(raw, parameters, _NoManagedPolicies())
    except InvalidDocumentException as error:
        raise TemplateError(f"{path}: " + "; ".join(cause.message for cause in error.causes)) from None
    except InvalidResourceException as error:
        raise TemplateError(f"{path}: {error.message}") from None
    return expanded


@contextmanager
def _region_of_this_account() -> Iterator[None]:
    """Set a region for SAM, which fails if a boto3 session finds none in the environment."""
    before = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = REGION
    try:
        yield
    finally:
        if before is None:
            del os.environ["AWS_DEFAULT_REGION"]
        else:
            os.environ["AWS_DEFAULT_REGION"] = before
