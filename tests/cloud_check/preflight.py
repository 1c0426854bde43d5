"""Before anything is deployed: what the account allows, and what AWS's own validators say about our files."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from cliprelay.video.states import Status
from local.stack.intrinsics import CreatedResource, Resolver, parameter_values
from local.stack.template import Template, read
from tests.cloud_check.registry import Need, Stage, check, require
from tests.cloud_check.run import Run
from tests.support.paths import ROOT

MACHINES = ("video", "delivery")
# A new account may have 10; with them, 50 parallel orders meet the limit, and their client repeats them.
LEAST_CONCURRENCY, USUAL_CONCURRENCY = 10, 1_000
# Only to be read by validators: no such function, table or account.
EXAMPLE_ARN = "arn:aws:{service}:us-east-1:111122223333:{name}"
# What Access Analyzer finds that a deployment must not have; suggestions and general warnings are counted.
GRAVE = ("ERROR", "SECURITY_WARNING")
# The policies that SAM attaches by name are AWS's own.
_SERVICES = {"DynamoDB": "dynamodb", "S3": "s3", "SNS": "sns", "SQS": "sqs", "StepFunctions": "states", "Lambda": "lambda"}


@check(Stage.PREFLIGHT, "The account's limits for functions are enough", Need.ACCOUNT)
def limits_are_enough(run: Run) -> str:
    limit = run.target.clients("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    require(f"only {limit} functions may run at once", limit >= LEAST_CONCURRENCY)
    advice = "" if limit >= USUAL_CONCURRENCY else f"; ask for {USUAL_CONCURRENCY:,} before real use"
    return f"{limit:,} functions may run at once{advice}"


@check(Stage.PREFLIGHT, "Step Functions accepts both state machines", Need.ACCOUNT)
def machines_are_valid(run: Run) -> str:
    states, said = run.target.clients("stepfunctions"), []
    for name in MACHINES:
        answer = states.validate_state_machine_definition(definition=definition(name), type="STANDARD")
        found = [f"{each['severity']} {each['code']} at {each.get('location', '?')}: {each['message']}" for each in answer["diagnostics"]]
        require(f"{name}: {'; '.join(found)}", answer["result"] == "OK")
        said.append(f"{name} OK" + (f" ({'; '.join(found)})" if found else ""))
    return ", ".join(said)


def definition(name: str) -> str:
    """Return a state machine as it is deployed with posters, with an example for each function."""
    text = (ROOT / "statemachine" / f"{name}.asl.json").read_text().replace("${StatusWithPoster}", Status.SUCCEEDED)
    return re.sub(r"\$\{(\w+)FunctionArn\}", lambda match: EXAMPLE_ARN.format(service="lambda", name=f"function:{match[1]}"), text)


@check(Stage.PREFLIGHT, "Access Analyzer finds no error in any role's policy", Need.ACCOUNT)
def policies_are_valid(run: Run) -> str:
    analyzer, kinds, grave = run.target.clients("accessanalyzer"), Counter[str](), []
    documents = list(policies())
    for name, document in documents:
        pages = analyzer.get_paginator("validate_policy").paginate(policyDocument=json.dumps(document), policyType="IDENTITY_POLICY")
        for finding in (finding for page in pages for finding in page["findings"]):
            kinds[finding["findingType"]] += 1
            if finding["findingType"] in GRAVE:
                grave.append(f"{name}: {finding['issueCode']} {finding['findingDetails']}")
    require("; ".join(grave), not grave)
    return f"{len(documents)} policies; " + (", ".join(f"{number} {kind}" for kind, number in kinds.items()) or "no finding")


def policies() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each role's inline policies of the expanded template, with an example for each resource."""
    template = _template()
    resolver = Resolver(template, _values(template), _example)
    for name, resource in template.section("Resources").items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                yield name, resolver.resolve(policy["PolicyDocument"])


@cache
def _template() -> Template:
    return read(ROOT / "template.yaml", {})


def _values(template: Template) -> dict[str, Any]:
    pseudo = {"AWS::Partition": "aws", "AWS::Region": "us-east-1", "AWS::AccountId": "111122223333", "AWS::StackName": "check"}
    return {**parameter_values(template, {}), **pseudo, "AWS::URLSuffix": "amazonaws.com"}


def _example(logical_id: str) -> CreatedResource:
    """Return what Ref and GetAtt of a resource look like; Ref of a bucket, table or function is its name."""
    kind = _template().section("Resources")[logical_id]["Type"].split("::")
    if kind[1] == "S3":
        return CreatedResource(logical_id.lower(), {"Arn": f"arn:aws:s3:::{logical_id.lower()}"})
    service = _SERVICES.get(kind[1], kind[1].lower())
    prefix = {"DynamoDB": "table/", "Lambda": "function:", "StepFunctions": "stateMachine:", "SecretsManager": "secret:"}.get(kind[1], "")
    arn = EXAMPLE_ARN.format(service=service, name=f"{prefix}{logical_id}")
    ref = arn if kind[1] in ("SNS", "StepFunctions", "SecretsManager") else logical_id
    return CreatedResource(ref, {"Arn": arn, "Name": logical_id, "QueueName": logical_id})


@check(Stage.PREFLIGHT, "CloudFormation accepts the template", Need.ACCOUNT)
def template_is_valid(run: Run) -> str:
    require("nothing was prepared to validate it with", run.target.template_url)
    answer = run.target.clients("cloudformation").validate_template(TemplateURL=run.target.template_url(ROOT / "template.yaml"))  # type: ignore[misc]
    return f"{len(answer['Parameters'])} parameters, {', '.join(answer.get('Capabilities', []))}"


@check(Stage.DEPLOY, "The stack is deployed")
def stack_is_deployed(run: Run) -> str:
    if run.target.deploy:
        run.target.deploy(run.target)
    require("the stack has no outputs", run.target.outputs)
    # Before the first order, so that no event is missed.
    require("no queue for the events", run.events.url)
    return f"{len(run.target.outputs)} outputs; a queue is subscribed to the events"
