"""The judgement of single calls by the product's own template: each rule is seen to fail."""

import copy
from pathlib import Path
from typing import Any

import pytest

from local.stack.template import Template, read
from tests.permissions.actions import Call, by_logical_ids, needs
from tests.permissions.callers import calls_of_services
from tests.permissions.judge import judge, recorded_calls
from tests.permissions.recording import CallFile
from tests.permissions.roles import Grant, Need, Roles
from tests.permissions.simulated import KindsOfCalls
from tests.permissions.unused import UNUSED
from tests.support.paths import ROOT

TEMPLATE = read(ROOT / "template.yaml", {})
ROLES = Roles(TEMPLATE)
ARN = "arn:aws:{}:us-east-1:123456789012:{}".format
VIDEOS = ARN("dynamodb", "table/VideosTable")
WRITE = {"TableName": "VideosTable", "Key": {"id": {"S": "vid_1"}}, "UpdateExpression": "REMOVE link"}
CHECK = {"TableName": "VideosTable", "Key": {"id": {"S": "controls"}}, "ConditionExpression": "attribute_not_exists(paused)"}

NEEDS = [
    ("dynamodb", "GetItem", {"TableName": "VideosTable"}, ["dynamodb:GetItem on " + VIDEOS]),
    (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {"VideosTable": {"Keys": [{"id": {"S": "vid_1"}}], "ConsistentRead": True}}},
        ["dynamodb:BatchGetItem on " + VIDEOS],
    ),
    ("dynamodb", "Query", {"TableName": "VideosTable", "IndexName": "by_due"}, [f"dynamodb:Query on {VIDEOS}/index/by_due"]),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Update": WRITE}, {"ConditionCheck": CHECK}, {"Put": {"TableName": "VideosTable", "Item": {}}}]},
        [f"dynamodb:{action} on {VIDEOS}" for action in ("UpdateItem", "ConditionCheckItem", "PutItem")],
    ),
    ("s3", "HeadObject", {"Bucket": "B", "Key": "a/b"}, ["s3:GetObject on arn:aws:s3:::B/a/b", "s3:ListBucket on arn:aws:s3:::B"]),
    (
        "s3",
        "CopyObject",
        {"Bucket": "B", "Key": "c", "CopySource": "A/b%20c"},
        ["s3:GetObject on arn:aws:s3:::A/b c", "s3:PutObject on arn:aws:s3:::B/c"],
    ),
    ("s3", "PostObject", {"Bucket": "B", "Key": "c"}, ["s3:PutObject on arn:aws:s3:::B/c"]),
    (
        "s3",
        "PutObject",
        {"Bucket": "B", "Key": "c", "Tagging": "a=b"},
        ["s3:PutObject on arn:aws:s3:::B/c", "s3:PutObjectTagging on arn:aws:s3:::B/c"],
    ),
    ("s3", "ListObjectsV2", {"Bucket": "B", "Prefix": "x/"}, ["s3:ListBucket on arn:aws:s3:::B"]),
    ("s3", "ListObjectVersions", {"Bucket": "B", "Prefix": "x/"}, ["s3:ListBucketVersions on arn:aws:s3:::B"]),
    ("s3", "DeleteObject", {"Bucket": "B", "Key": "c"}, ["s3:DeleteObject on arn:aws:s3:::B/c"]),
    ("s3", "DeleteObject", {"Bucket": "B", "Key": "c", "VersionId": "null"}, ["s3:DeleteObjectVersion on arn:aws:s3:::B/c"]),
    ("sns", "Publish", {"TopicArn": ARN("sns", "EventsTopic")}, ["sns:Publish on " + ARN("sns", "EventsTopic")]),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": "S"},
        ["secretsmanager:GetSecretValue on " + ARN("secretsmanager", "secret:S-abcdef")],
    ),
]


def without(action: str, sid: str) -> Roles:
    """Return the roles without one granted action."""
    return Roles(Template(TEMPLATE.folder, _changed(lambda statement: _taken(statement, action, sid))))


def _changed(change: Any) -> dict[str, Any]:
    body = copy.deepcopy(TEMPLATE.body)
    for resource in body["Resources"].values():
        for policy in resource.get("Properties", {}).get("Policies", []) if resource["Type"] == "AWS::IAM::Role" else []:
            document = policy["PolicyDocument"]
            document["Statement"] = [change(statement) for statement in document["Statement"]]
    return body


def _taken(statement: dict[str, Any], action: str, sid: str) -> dict[str, Any]:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    return statement | {"Action": [each for each in actions if (statement.get("Sid"), each) != (sid, action)]}


@pytest.mark.parametrize(("service", "operation", "parameters", "expected"), NEEDS)
def test_a_call_needs_the_rights_of_all_that_it_does(service: str, operation: str, parameters: dict[str, Any], expected: list[str]) -> None:
    assert [str(need) for need in needs(Call("ApiFunction", service, operation, parameters))] == expected


def test_a_signed_head_needs_no_right_to_list() -> None:
    signed = Call("NotifyFunction", "s3", "HeadObject", {"Bucket": "B", "Key": "k"}, signed=True)
    assert [need.action for need in needs(signed)] == ["s3:GetObject"]


@pytest.mark.parametrize(
    ("service", "operation"), [("s3", "SelectObjectContent"), ("kms", "Decrypt"), ("sqs", "PurgeQueue"), ("dynamodb", "CreateTable")]
)
def test_a_call_without_known_rights_is_an_error(service: str, operation: str) -> None:
    with pytest.raises(NotImplementedError):
        needs(Call("ApiFunction", service, operation, {"Bucket": "B", "TableName": "T"}))


def test_a_right_that_is_taken_away_is_a_denial() -> None:
    call = Call("SubmitFunction", "dynamodb", "TransactWriteItems", {"TransactItems": [{"Update": WRITE}, {"ConditionCheck": CHECK}]})
    assert not judge([call], ROLES).denied
    judged = judge([call], without("dynamodb:ConditionCheckItem", "ClaimAndWriteEvidence"))
    assert list(judged.denied) == [f"SubmitFunction: dynamodb:ConditionCheckItem on {VIDEOS}, for dynamodb.TransactWriteItems"]
    assert judged.problems()


@pytest.mark.parametrize("taken", [("lambda:InvokeFunction", "CallDeliver"), ("sqs:SendMessage", None)])
def test_a_right_that_only_aws_uses_is_missed_too(taken: tuple[str, Any]) -> None:
    assert not judge([], ROLES).denied
    assert judge([], without(*taken)).denied


def test_a_right_that_no_call_uses_is_named() -> None:
    sender = Grant("DeliverFunctionRole", "SendUndeliverableEvents", "sqs:SendMessage", ARN("sqs", "UndeliveredQueue"))
    call = Call("DeliverFunction", "sqs", "SendMessage", {"QueueUrl": ARN("sqs", "UndeliveredQueue")})
    assert sender in judge([], ROLES).unused
    assert sender not in judge([call], ROLES).unused


def test_an_exception_holds_only_while_the_right_is_unused_and_exists() -> None:
    key = ("DeliverFunctionRole", "SendUndeliverableEvents", "sqs:SendMessage")
    call = Call("DeliverFunction", "sqs", "SendMessage", {"QueueUrl": ARN("sqs", "UndeliveredQueue")})
    assert key[2] not in {grant.action for grant in judge([], ROLES, {key: "why"}).unused}
    assert judge([], ROLES, {key: "why"}).reasons_of_used == []
    assert judge([call], ROLES, {key: "why"}).reasons_of_used == [" ".join(key)]
    assert judge([], ROLES, {("GoneRole", "Gone", "sqs:SendMessage"): "why"}).reasons_of_used


def test_every_exception_has_a_reason() -> None:
    assert [key for key, reason in UNUSED.items() if len(reason) < 10] == []


def test_a_reserved_word_is_a_refusal() -> None:
    call = Call("PollFunction", "dynamodb", "UpdateItem", WRITE | {"UpdateExpression": "REMOVE status"})
    assert "the reserved word status" in str(judge([call], ROLES).refused)


def test_a_call_without_tls_is_denied_by_the_bucket_s_policy() -> None:
    need = Need("s3:GetObject", "arn:aws:s3:::VideoBucket/videos/a/b.mp4", {"aws:SecureTransport": ["true"]})
    plain = Need(need.action, need.resource, {"aws:SecureTransport": ["false"]})
    assert ROLES.granting("NotifyFunction", need)
    assert ROLES.granting("NotifyFunction", plain) == []


@pytest.mark.parametrize(
    ("operator", "values", "holds"),
    [
        ("StringEquals", ["a"], True),
        ("StringEquals", ["b"], False),
        ("StringEquals", [], False),
        ("StringEqualsIfExists", [], True),
        ("StringLike", ["a"], True),
        ("ForAllValues:StringEquals", ["a", "a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], False),
        ("ForAllValues:StringEquals", [], True),
        ("ForAnyValue:StringEquals", ["a", "b"], True),
    ],
)
def test_conditions_are_evaluated(operator: str, values: list[str], holds: bool) -> None:
    grant = Grant("R", "S", "dynamodb:UpdateItem", VIDEOS, ((operator, "dynamodb:Attributes", ("a",)),))
    assert grant.covers(Need("dynamodb:UpdateItem", VIDEOS, {"dynamodb:Attributes": values})) is holds


def test_an_unknown_condition_is_an_error() -> None:
    grant = Grant("R", "S", "a:B", "*", (("DateLessThan", "aws:CurrentTime", ("2026",)),))
    with pytest.raises(NotImplementedError):
        grant.covers(Need("a:B", "x"))


def test_every_function_that_a_state_machine_names_is_called_by_its_role() -> None:
    called = {(caller, need.resource.rpartition(":")[2]) for caller, need in calls_of_services(ROLES)}
    steps = {("VideoStateMachine", f"{step}Function") for step in ("Submit", "Poll", "Archive", "Thumbnail", "Notify")}
    assert called == steps | {("DeliveryStateMachine", "DeliverFunction"), ("SweepFunction", "SweepFailuresQueue")}


def test_local_names_are_read_as_logical_ids() -> None:
    names = {name.lower(): name for name in ("VideosTable", "VideoBucket", "VideoStateMachine", "UndeliveredQueue", "UpstreamSecret")}
    machine, local = (
        ARN("states", "execution:VideoStateMachine:vid_1-1"),
        ARN("states", "execution:cliprelay-VideoStateMachine-local:vid_1-1"),
    )
    rows = [
        ({"TableName": "cliprelay-VideosTable-local"}, {"TableName": "VideosTable"}),
        ({"Bucket": "cliprelay-videobucket-local", "Key": "videos/a"}, {"Bucket": "VideoBucket", "Key": "videos/a"}),
        ({"executionArn": local}, {"executionArn": machine}),
        ({"QueueUrl": "http://127.0.0.1:1/123456789012/cliprelay-UndeliveredQueue-local"}, {"QueueUrl": ARN("sqs", "UndeliveredQueue")}),
        (
            {"SecretId": ARN("secretsmanager", "secret:cliprelay-UpstreamSecret-local-Tsovir")},
            {"SecretId": ARN("secretsmanager", "secret:UpstreamSecret-abcdef")},
        ),
        (
            {"TransactItems": [{"Put": {"TableName": "cliprelay-VideosTable-local"}}]},
            {"TransactItems": [{"Put": {"TableName": "VideosTable"}}]},
        ),
    ]
    assert [by_logical_ids(given, names) for given, _ in rows] == [expected for _, expected in rows]


def test_the_simulation_records_each_kind_of_call_once_and_by_the_local_names(tmp_path: Path) -> None:
    machine = ARN("states", "stateMachine:videos")
    kinds = KindsOfCalls(tmp_path, {"VideosTable": "videos", "VideoStateMachine": machine}, lambda: "poll")
    for number in range(3):
        kinds.note("dynamodb", "GetItem", {"TableName": "videos", "Key": {"id": {"S": f"vid_{number}"}}})
        kinds.note("stepfunctions", "DescribeExecution", {"executionArn": ARN("states", f"execution:videos:vid_{number}-1")})
    calls = list(recorded_calls(tmp_path, ROLES.all_names()))
    assert [(call.function, call.operation) for call in calls] == [("PollFunction", "GetItem"), ("PollFunction", "DescribeExecution")]
    assert calls[0].parameters["TableName"] == "VideosTable"
    assert calls[1].parameters["executionArn"] == ARN("states", "execution:VideoStateMachine:vid_0-1")


def test_a_recorded_body_is_named_by_its_type(tmp_path: Path) -> None:
    CallFile(tmp_path, "api").write("ApiFunction", "s3", "PutObject", {"Bucket": "B", "Key": "k", "Body": b"secret"}, signed=False)
    assert "secret" not in next(tmp_path.iterdir()).read_text()
