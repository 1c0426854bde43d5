"""Each target asks its tools for what it means: one stack of this run, tagged, with nothing from a configuration file."""

import copy
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from tests.cloud_check import command
from tests.cloud_check.drills import less
from tests.cloud_check.emulator.environments import what_failed
from tests.cloud_check.emulator.template import SECRETS, edit
from tests.cloud_check.targets.cloud import PARAMETERS, UPSTREAM_TEMPLATE, Deployment, cloud
from tests.cloud_check.targets.ministack import _deploy
from tests.support.product_template import product_template

TEMPLATE: dict[str, Any] = product_template()
RUN = "cliprelay-check-1a2b3c4d"


def deployment(folder: Path, region: str = "eu-west-1", profile: str | None = None) -> Deployment:
    session = boto3.Session(region_name=region, profile_name=profile)
    return Deployment(session, lambda service: session.client(service), RUN, folder, lambda line: None)  # type: ignore[call-overload]


def test_a_deployment_is_tagged_and_reads_no_configuration_file(tmp_path: Path) -> None:
    words = deployment(tmp_path).command(Path("a/template.yaml"), RUN, "UpstreamUrl=https://u.example.com", *PARAMETERS)
    given = dict(zip(words[2::2], words[3::2], strict=False))
    assert given["--tags"] == f"cliprelay-check={RUN}"
    assert given["--stack-name"] == RUN
    assert Path(given["--config-file"]).parent == tmp_path
    assert given["--s3-bucket"] == f"{RUN}-artifacts"
    assert words[words.index("--parameter-overrides") + 1] == "UpstreamUrl=https://u.example.com"


@pytest.mark.parametrize("parameters", [PARAMETERS, tuple(word for word in _deploy("sam", Path("t"), "http://u") if "=" in word)])
def test_every_parameter_that_is_set_is_one_of_the_template(parameters: tuple[str, ...]) -> None:
    assert {word.partition("=")[0] for word in parameters} <= set(TEMPLATE["Parameters"])


@pytest.mark.parametrize(("region", "where"), [("us-east-1", {}), ("eu-west-1", {"LocationConstraint": "eu-west-1"})])
def test_the_artifacts_bucket_is_created_once_and_tagged(tmp_path: Path, region: str, where: dict[str, str]) -> None:
    session = boto3.Session("key", "secret", region_name=region)
    s3 = session.client("s3")
    made = Deployment(session, lambda _: s3, RUN, tmp_path, lambda line: None)
    bucket, tags = f"{RUN}-artifacts", [{"Key": "cliprelay-check", "Value": RUN}]
    created = {"Bucket": bucket, **({"CreateBucketConfiguration": where} if where else {})}
    with Stubber(s3) as stub:
        stub.add_response("list_buckets", {"Buckets": []})
        stub.add_response("create_bucket", {}, created)
        stub.add_response("put_bucket_tagging", {}, {"Bucket": bucket, "Tagging": {"TagSet": tags}})
        stub.add_response("put_object", {}, {"Bucket": bucket, "Key": UPSTREAM_TEMPLATE.name, "Body": UPSTREAM_TEMPLATE.read_bytes()})
        stub.add_response("list_buckets", {"Buckets": [{"Name": bucket}]})
        stub.add_response("put_object", {}, {"Bucket": bucket, "Key": UPSTREAM_TEMPLATE.name, "Body": UPSTREAM_TEMPLATE.read_bytes()})
        urls = {made.upload_template(UPSTREAM_TEMPLATE) for _ in range(2)}
        stub.assert_no_pending_responses()
    assert urls == {f"https://{bucket}.s3.{region}.amazonaws.com/template.yaml"}


def test_without_yes_the_account_is_shown_and_nothing_is_created() -> None:
    said: list[str] = []
    with mock_aws(), pytest.raises(SystemExit) as ended, cloud(said.append, region="eu-west-1", profile=None, yes=False, keep=False):
        pytest.fail("an account was entered without --yes")
    assert ended.value.code == 2
    assert said[0] == "account 123456789012, region eu-west-1"
    assert "nothing was created" in said[1]


@pytest.mark.parametrize("words", ["", "--local service --region r", "--local service --keep", "--local elsewhere"])
def test_a_command_line_without_exactly_one_target_is_refused(words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        command.parse(words.split())
    assert ended.value.code == 2


def variables(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {name: each.get("Properties", {}).get("Environment", {}).get("Variables", {}) for name, each in template["Resources"].items()}
    return {name: each for name, each in found.items() if each}


def test_an_emulator_s_template_differs_in_what_it_must_and_nothing_else() -> None:
    edited = edit(copy.deepcopy(TEMPLATE), "https://127.0.0.1:4566", "/a/ca.pem")
    shared = edited["Globals"]["Function"]["Environment"]["Variables"]
    assert (shared["AWS_ENDPOINT_URL"], shared["AWS_CA_BUNDLE"]) == ("https://127.0.0.1:4566", "/a/ca.pem")
    assert {each["ADDRESS_RULES"] for each in variables(edited).values() if "ADDRESS_RULES" in each} == {"loopback"}
    assert "Fn::FindInMap" not in str(list(variables(edited).values()))
    assert not any(f"{{'Ref': '{secret}'}}" in str(edited["Resources"]) for secret in SECRETS)
    assert all("MetricName" in each["Properties"] for each in edited["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm")
    assert edited["Parameters"]["UpstreamUrl"]["AllowedPattern"].startswith("^https?://")
    assert {name: each["Type"] for name, each in edited["Resources"].items()} == {n: e["Type"] for n, e in TEMPLATE["Resources"].items()}


def test_a_template_without_the_variable_to_replace_is_refused() -> None:
    template = copy.deepcopy(TEMPLATE)
    del template["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"]
    with pytest.raises(ValueError, match="AWS_ENDPOINT_URL"):
        edit(template, "https://127.0.0.1:4566", "/a/ca.pem")


@pytest.mark.parametrize(("function", "sid"), [("ArchiveFunction", "StoreVideos"), ("NotifyFunction", "PublishEvents")])
def test_a_drill_takes_away_a_statement_that_the_role_has(function: str, sid: str) -> None:
    policy = TEMPLATE["Resources"][function]["Properties"]["Policies"][0]
    rest = less(policy, sid)
    assert len(rest["Statement"]) == len(policy["Statement"]) - 1
    assert sid not in {statement["Sid"] for statement in rest["Statement"]}


def test_a_failed_deployment_names_the_resource_although_its_rollback_follows() -> None:
    rollback = "".join(f"DELETE_COMPLETE          AWS::Logs::LogGroup      Group{number}\n" for number in range(200))
    cause = "CREATE_FAILED            AWS::X::Y                Odd                     Unknown\n                         property\n"
    assert what_failed(f"CREATE_COMPLETE one\n{cause}{rollback}").startswith(cause)
    assert what_failed("one line") == "one line"
