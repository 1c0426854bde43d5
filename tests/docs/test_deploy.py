"""docs/deploy.md names the parameters, outputs and parts of the template."""

import re
from typing import Any

from tests.support.documents import TEXTS, WRITTEN, code, examples, table
from tests.support.makers import read_order
from tests.support.product_template import product_template

DEPLOY = TEXTS["docs/deploy.md"]
TEMPLATE: dict[str, Any] = product_template()


def _shown(value: object) -> str:
    """Return a default as the table writes it."""
    return "empty" if value == "" else f"`{value}`"


def test_the_parameters_are_those_of_the_template() -> None:
    parameters = TEMPLATE["Parameters"].items()
    real = [[f"`{name}`", _shown(part["Default"]), part["Description"]] for name, part in parameters]
    assert table(DEPLOY, "parameter | default") == real


def test_every_parameter_that_a_document_overrides_exists() -> None:
    named = {name for text in TEXTS.values() for name in re.findall(r"--(?:parameter-overrides|parameter) (\w+)=", text)}
    assert named - {"NAME"} <= set(TEMPLATE["Parameters"])
    assert named - {"NAME"}


def test_every_part_of_the_stack_that_is_named_exists() -> None:
    known = {*TEMPLATE["Resources"], *TEMPLATE["Outputs"], *TEMPLATE["Parameters"]}
    kinds = r"\b([A-Z]\w+(?:Alarm|Arn|Queue|QueueUrl|Function|LogGroup|StateMachine|MasterSecret|Topic|Table|Email|Url|Days))\b"
    # An attribute of SQS.
    foreign = {"FifoQueue"}
    documents = [name for name in WRITTEN if not name.startswith("docs/decisions/")]
    named = {name for document in documents for name in re.findall(kinds, code(TEXTS[document]))}
    assert named - known - foreign == set()


def test_what_remains_after_a_deletion_is_named_with_its_output() -> None:
    kept = {name: part for name, part in TEMPLATE["Resources"].items() if part.get("DeletionPolicy", "Delete") != "Delete"}
    names = {cell: [name.strip("` ") for name in cell.split(",")] for _, cell, _ in table(DEPLOY, "what | output")}
    outputs = [TEMPLATE["Outputs"][name]["Value"]["Ref"] for cell in names.values() for name in cell]
    named = {name for cell, _, _ in table(DEPLOY, "what | output") for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(kept)
    # A policy goes with its bucket.
    assert set(outputs) == named - {"VideoBucketPolicy"}


def test_tables_are_protected_after_the_first_deployment_and_released_before_they_are_deleted() -> None:
    protect, remove = DEPLOY.index("ProtectTables=true"), DEPLOY.index("--no-deletion-protection-enabled")
    assert DEPLOY.index("sam deploy --guided") < protect < DEPLOY.index("sam delete\n") < remove < DEPLOY.index("delete-table")


def test_the_order_of_the_first_deployment_is_accepted_and_cheap() -> None:
    (order,) = examples(DEPLOY)
    assert read_order(order).settings["generate_audio"] is False
