"""The product's template.yaml, parsed once in a process: its two thousand lines take a third of a second."""

import copy
from functools import cache
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from tests.support.paths import ROOT


def product_template() -> dict[str, Any]:
    """Return the parsed template, a copy that the caller may change."""
    return copy.deepcopy(_parsed())


@cache
def _parsed() -> dict[str, Any]:
    body: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return body
