"""All parts of `python -m local serve` over HTTP, with a small application."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ClientError

from local.serve.options import parse
from local.serve.own_folder import OwnFolder
from local.serve.service import Service, ServiceError
from local.stack.template import TemplateError
from operate.ready_file import has_ended
from tests.support.local_service import LocalService, StartService, eventually
from tests.support.paths import ROOT

TEMPLATE = """
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      PublicBaseUrl: {Type: String, Default: ""}
      UpstreamUrl: {Type: String, Default: "https://upstream"}
      NotificationEmail: {Type: String, Default: ""}
      Days: {Type: Number, Default: 30}
    Conditions:
      Never: !Equals [!Ref Days, "0"]
    Globals:
      Function:
        Runtime: python3.13
        Handler: app.handler
        Layers: [!Ref Layer]
        Environment:
          Variables: {AWS_ENDPOINT_URL: "", TABLE: !Ref Table, DAYS: !Ref Days}
    Resources:
      Layer:
        Type: AWS::Serverless::LayerVersion
        Metadata: {BuildMethod: python3.13}
        Properties: {ContentUri: shared}
      HttpApi: {Type: AWS::Serverless::HttpApi}
      ApiFunction:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: functions/api
          Timeout: 29
          Environment:
            Variables: {PUBLIC_BASE_URL: !Ref PublicBaseUrl, UPSTREAM_URL: !Ref UpstreamUrl, ADDRESS_RULES: public}
          Events: {Every: {Type: HttpApi, Properties: {ApiId: !Ref HttpApi}}}
      SubmitFunction: {Type: AWS::Serverless::Function, Properties: {CodeUri: functions/submit, Timeout: 1}}
      SweepFunction:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: functions/sweep
          Events:
            Tick: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}
            Red:
              Type: EventBridgeRule
              Properties:
                Pattern:
                  source: [aws.states]
                  detail: {status: [FAILED, TIMED_OUT, ABORTED], stateMachineArn: [!Ref Machine]}
          EventInvokeConfig:
            MaximumRetryAttempts: 0
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failures.Arn}}
      Failures: {Type: AWS::SQS::Queue}
      Machine:
        Type: AWS::Serverless::StateMachine
        Properties:
          DefinitionUri: machine.asl.json
          DefinitionSubstitutions: {SubmitFunctionArn: !GetAtt SubmitFunction.Arn}
      Table:
        Type: AWS::DynamoDB::Table
        Properties:
          BillingMode: PAY_PER_REQUEST
          AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
          KeySchema: [{AttributeName: id, KeyType: HASH}]
          TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
          PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      Bucket:
        Type: AWS::S3::Bucket
        Properties:
          LifecycleConfiguration:
            Rules: [{Id: old, Status: Enabled, Prefix: videos/, ExpirationInDays: !Ref Days}]
      Topic: {Type: AWS::SNS::Topic}
      Mail:
        Type: AWS::SNS::Subscription
        Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: !Ref NotificationEmail}
      Unwanted: {Type: AWS::SNS::Topic, Condition: Never}
      Secret: {Type: AWS::SecretsManager::Secret}
    Outputs:
      ApiUrl: {Value: !Sub "https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
      MachineArn: {Value: !Ref Machine}
      TableName: {Value: !Ref Table}
      BucketName: {Value: !Ref Bucket}
      TopicArn: {Value: !Ref Topic}
      SubmitName: {Value: !Ref SubmitFunction}
      FailuresUrl: {Value: !Ref Failures}
      UpstreamSecretArn: {Value: !Ref Secret}
"""

MACHINE = {
    "StartAt": "Submit",
    "States": {
        "Submit": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${SubmitFunctionArn}", "Payload.$": "$"},
            "OutputPath": "$.Payload",
            "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 300, "MaxAttempts": 2, "BackoffRate": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Red"}],
            "Next": "Next",
        },
        "Next": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.next", "StringEquals": "wait", "Next": "Wait"}],
            "Default": "Done",
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Submit"},
        "Red": {"Type": "Fail", "ErrorPath": "$.error.Error"},
        "Done": {"Type": "Succeed"},
    },
}

API = """
    import json, os, shared
    def handler(event, context):
        if event["rawPath"] == "/environment": body = dict(os.environ)
        elif event["rawPath"] == "/crash": os._exit(1)
        else: body = {"pid": os.getpid(), "shared": shared.NAME, "body": event.get("body")}
        return {"statusCode": 200, "body": json.dumps(body)}
"""

SUBMIT = """
    import os, time, boto3
    class Flaky(Exception): pass
    table = boto3.client("dynamodb")
    def count(key):
        update = dict(Key={"id": {"S": key}}, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}})
        return int(table.update_item(TableName=os.environ["TABLE"], ReturnValues="ALL_NEW", **update)["Attributes"]["n"]["N"])
    def handler(event, context):
        do, key = event.get("do"), event.get("video_id", "none")
        if do == "flaky" and count("flaky-" + key) < 3: raise Flaky("once more")
        if do == "crash": os._exit(1)
        if do == "sleep": time.sleep(60)
        if do == "wait" and not event.get("next"): return {**event, "status": "running", "next": "wait", "wait": event["seconds"]}
        if do == "count": count(key)
        return {**event, "status": "succeeded", "next": "done"}
"""

SWEEP = """
    import json, os, boto3
    table = boto3.client("dynamodb")
    def handler(event, context):
        detail = event.get("detail") or {}
        if detail.get("name", "").endswith("-unsweepable"): raise RuntimeError("cannot")
        key = detail["name"] if detail else event["detail-type"]
        item = {"id": {"S": "swept " + key}, "status": {"S": detail.get("status", "tick")}}
        table.put_item(TableName=os.environ["TABLE"], Item=item)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("application")
    files = {
        "template.yaml": TEMPLATE,
        "machine.asl.json": json.dumps(MACHINE),
        "shared/shared.py": 'NAME = "from the layer"',
        "functions/api/app.py": API,
        "functions/submit/app.py": SUBMIT,
        "functions/sweep/app.py": SWEEP,
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(content))
    return folder / "template.yaml"


def flags(template: Path) -> list[str]:
    return ["--ephemeral", "--template", str(template), "--upstream-url", "http://127.0.0.1:9", "--upstream-key", "upstream-key"]


@pytest.fixture(scope="module")
def service(start_service: StartService, template: Path) -> LocalService:
    """Run a thousand times faster: a Wait of 1,000 s takes 1 s."""
    os.environ["LEAKED_FROM_THE_PARENT"] = "yes"
    try:
        return start_service(*flags(template), "--time-scale", "0.001")
    finally:
        del os.environ["LEAKED_FROM_THE_PARENT"]


def run(service: LocalService, **data: Any) -> str:
    """Start an execution for a new video and return its ARN."""
    video_id = "vid_" + uuid4().hex
    machine = service.outputs()["MachineArn"]
    payload = json.dumps({"video_id": video_id, **data})
    name = f"{video_id}-{data.get('name', 1)}"
    started = service.client("stepfunctions").start_execution(stateMachineArn=machine, name=name, input=payload)
    return str(started["executionArn"])


def ended(service: LocalService, arn: str) -> dict[str, Any]:
    states = service.client("stepfunctions")

    def check() -> dict[str, Any] | None:
        description: dict[str, Any] = states.describe_execution(executionArn=arn)
        return description if description["status"] != "RUNNING" else None

    description = eventually(check)
    assert description is not None
    return description


def item(service: LocalService, key: str) -> dict[str, Any]:
    table = service.outputs()["TableName"]
    found: dict[str, Any] = service.client("dynamodb").get_item(TableName=table, Key={"id": {"S": key}}).get("Item", {})
    return found


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_ready_file_contains_every_address(service: LocalService) -> None:
    assert set(service.ready) == {"api", "api_key", "aws", "region", "simulator", "mail", "stack", "logs", "pid"}
    assert service.ready["stack"] == "cliprelay"
    assert service.ready["simulator"] is None
    assert requests.get(service.api, timeout=30).status_code == 200


def test_the_stacks_outputs_contain_the_local_apis_url(service: LocalService) -> None:
    outputs = service.outputs()
    assert outputs["ApiUrl"] == service.api
    assert outputs["TableName"] in service.client("dynamodb").list_tables()["TableNames"]


def test_a_resource_with_a_false_condition_is_skipped(service: LocalService) -> None:
    topics = [topic["TopicArn"] for topic in service.client("sns").list_topics()["Topics"]]
    assert not any("Unwanted" in arn for arn in topics)


def test_settings_that_moto_ignores_are_applied(service: LocalService) -> None:
    outputs = service.outputs()
    dynamodb = service.client("dynamodb")
    ttl = dynamodb.describe_time_to_live(TableName=outputs["TableName"])["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    backups = dynamodb.describe_continuous_backups(TableName=outputs["TableName"])["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    (rule,) = service.client("s3").get_bucket_lifecycle_configuration(Bucket=outputs["BucketName"])["Rules"]
    assert (rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("videos/", 30)
    machine = service.client("stepfunctions").describe_state_machine(stateMachineArn=outputs["MachineArn"])
    assert ":function:cliprelay-SubmitFunction-local" in machine["definition"]


def test_the_upstreams_key_is_stored_in_the_secret(service: LocalService) -> None:
    secret = service.client("secretsmanager").get_secret_value(SecretId=service.outputs()["UpstreamSecretArn"])
    assert secret["SecretString"] == "upstream-key"


def test_a_function_has_only_the_templates_environment(service: LocalService) -> None:
    environment = requests.get(f"{service.api}/environment", timeout=30).json()
    assert environment["TABLE"] == service.outputs()["TableName"]
    assert environment["PUBLIC_BASE_URL"] == service.api
    assert environment["UPSTREAM_URL"] == "http://127.0.0.1:9"
    assert environment["DAYS"] == "30"
    assert environment["ADDRESS_RULES"] == "loopback"
    assert environment["AWS_ENDPOINT_URL"] == service.ready["aws"]
    assert "LEAKED_FROM_THE_PARENT" not in environment


def test_the_env_vars_file_contains_the_resolved_variables(service: LocalService) -> None:
    variables = json.loads((Path(service.ready["logs"]).parent / "env.json").read_text())
    assert variables["SubmitFunction"] == {
        "AWS_ENDPOINT_URL": service.ready["aws"],
        "TABLE": service.outputs()["TableName"],
        "DAYS": "30",
    }


def test_a_request_reaches_the_handler_with_its_layer(service: LocalService) -> None:
    answer = requests.post(f"{service.api}/x", json={"a": 1}, timeout=30).json()
    assert (answer["shared"], answer["body"]) == ("from the layer", '{"a": 1}')


def test_an_api_function_that_exits_causes_an_internal_server_error(service: LocalService) -> None:
    answer = requests.get(f"{service.api}/crash", timeout=30)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert requests.get(service.api, timeout=30).status_code == 200


def test_waits_are_scaled(service: LocalService) -> None:
    # 2,000 s at a thousandth of the time.
    assert ended(service, run(service, do="wait", seconds=2000))["status"] == "SUCCEEDED"


def test_retries_are_counted_per_execution_with_scaled_delays(service: LocalService) -> None:
    runs = [run(service, do="flaky") for _ in range(3)]
    assert [ended(service, arn)["status"] for arn in runs] == ["SUCCEEDED"] * 3


@pytest.mark.parametrize(("do", "error"), [("crash", "Runtime.ExitError"), ("sleep", "Sandbox.Timedout")])
def test_the_state_machine_sees_how_a_function_failed(service: LocalService, do: str, error: str) -> None:
    description = ended(service, run(service, do=do))
    assert (description["status"], description["error"]) == ("FAILED", error)


def test_each_step_is_printed_as_it_happens(service: LocalService) -> None:
    arn = run(service, do="wait", seconds=10)
    video_id = arn.rsplit(":", 1)[1].removesuffix("-1")
    ended(service, arn)
    lines = [line[9:] for line in service.output.splitlines() if f" {video_id} " in line]
    assert lines == [
        f"{video_id} submit   running · next question in 0.01 s",
        f"{video_id} submit   succeeded · nothing left to do",
    ]


def test_a_failed_or_stopped_execution_triggers_the_sweep(service: LocalService) -> None:
    failed, stopped = run(service, do="crash"), run(service, do="wait", seconds=10_000_000)
    service.client("stepfunctions").stop_execution(executionArn=stopped)
    for arn, status in ((failed, "FAILED"), (stopped, "ABORTED")):
        key = "swept " + arn.rsplit(":", 1)[1]
        assert eventually(lambda key=key: item(service, key))["status"]["S"] == status  # type: ignore[misc]


def test_an_event_that_fails_in_the_sweep_goes_to_its_failure_queue(service: LocalService) -> None:
    run(service, do="crash", name="unsweepable")
    sqs, url = service.client("sqs"), service.outputs()["FailuresUrl"]
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    assert json.loads(message["Body"])["responsePayload"]["errorType"] == "RuntimeError"


def test_a_schedule_runs(service: LocalService) -> None:
    # An hour is 3.6 s here; the clock has run since the service started.
    assert eventually(lambda: item(service, "swept Scheduled Event"))


def test_a_start_can_be_repeated_only_with_the_same_input(service: LocalService) -> None:
    states, machine = service.client("stepfunctions"), service.outputs()["MachineArn"]
    name = f"vid_{uuid4().hex}-1"
    payload = json.dumps({"do": "wait", "seconds": 10_000_000})

    def start(_: int) -> str:
        return str(states.start_execution(stateMachineArn=machine, name=name, input=payload)["executionArn"])

    with ThreadPoolExecutor(8) as threads:
        arns = set(threads.map(start, range(8)))
    running = states.list_executions(stateMachineArn=machine)["executions"]
    assert len(arns) == 1
    assert [execution["name"] for execution in running].count(name) == 1
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        states.start_execution(stateMachineArn=machine, name=name, input="{}")
    states.stop_execution(executionArn=arns.pop())


def test_lambdas_api_invokes_the_same_functions(service: LocalService) -> None:
    functions, name = service.client("lambda"), service.outputs()["SubmitName"]
    good = functions.invoke(FunctionName=name, Payload='{"a":\n1}')
    assert json.load(good["Payload"])["a"] == 1
    bad = functions.invoke(FunctionName=name, Payload='{"do": "crash"}')
    assert bad["FunctionError"] == "Unhandled"
    assert json.load(bad["Payload"])["errorType"] == "Runtime.ExitError"


def test_an_event_invocation_returns_before_the_function_runs(service: LocalService) -> None:
    key, name = uuid4().hex, service.outputs()["SubmitName"]
    payload = json.dumps({"do": "count", "video_id": key})
    answer = service.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=payload)
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")
    assert eventually(lambda: item(service, key))["n"]["N"] == "1"


def test_simultaneous_additions_to_a_table_are_all_counted(service: LocalService) -> None:
    table, key, dynamodb = service.outputs()["TableName"], uuid4().hex, service.client("dynamodb")

    def add(_: int) -> None:
        dynamodb.update_item(
            TableName=table,
            Key={"id": {"S": key}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(200)))
    assert item(service, key)["n"]["N"] == "200"


def test_only_an_untampered_presigned_url_is_valid(service: LocalService) -> None:
    s3, bucket = service.client("s3"), service.outputs()["BucketName"]
    s3.put_object(Bucket=bucket, Key="videos/a.mp4", Body=b"bytes")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "videos/a.mp4"}, ExpiresIn=60)
    assert requests.get(url, timeout=30).content == b"bytes"
    assert requests.get(url, headers={"Range": "bytes=1-2"}, timeout=30).content == b"yt"
    for other in (url.replace("a.mp4", "b.mp4"), url.split("?")[0]):
        refused = requests.get(other, timeout=30)
        assert refused.status_code == 403
        assert "<Error>" in refused.text
    assert requests.put(url, b"mine", timeout=30).status_code == 403
    assert requests.delete(url, timeout=30).status_code == 403


def test_motos_control_pages_are_blocked(service: LocalService) -> None:
    reset = requests.post(f"{service.ready['aws']}/moto-api/reset", headers={"Authorization": "x"}, timeout=30)
    assert reset.status_code == 404
    assert service.outputs()


def test_a_bucket_without_cors_rules_rejects_web_pages(service: LocalService) -> None:
    s3, bucket = service.client("s3"), service.outputs()["BucketName"]
    s3.put_object(Bucket=bucket, Key="videos/cors.mp4", Body=b"bytes")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "videos/cors.mp4"}, ExpiresIn=60)
    answer = requests.get(url, headers={"Origin": "https://somewhere"}, timeout=30)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_published_message_becomes_an_email_file(service: LocalService) -> None:
    message = json.dumps({"default": "{}", "email": "Your video is ready."})
    topic = service.outputs()["TopicArn"]
    service.client("sns").publish(TopicArn=topic, Subject="Ready", Message=message, MessageStructure="json")
    folder = Path(service.ready["mail"])
    (path,) = eventually(lambda: list(folder.glob("*.eml")))
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (parsed["To"], parsed["Subject"]) == ("you@example.com", "Ready")
    assert str(path) in service.output


def test_publish_rejects_a_message_without_a_default(service: LocalService) -> None:
    topic = service.outputs()["TopicArn"]
    with pytest.raises(ClientError):
        service.client("sns").publish(TopicArn=topic, Message='{"http": "x"}', MessageStructure="json")


def test_an_http_subscriber_confirms_receives_and_unsubscribes(service: LocalService) -> None:
    posts: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *given: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    sns, topic = service.client("sns"), service.client("sns").create_topic(Name="of-this-test")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://127.0.0.1:{server.server_port}/")
    eventually(lambda: posts)
    assert requests.get(posts[0]["SubscribeURL"], timeout=30).status_code == 200
    sns.publish(TopicArn=topic, Message="hello")
    eventually(lambda: len(posts) == 2)
    assert posts[1]["Message"] == "hello"
    assert requests.get(posts[1]["SigningCertURL"], timeout=30).text.startswith("-----BEGIN CERTIFICATE")
    assert requests.get(posts[1]["UnsubscribeURL"], timeout=30).status_code == 200
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    server.shutdown()


def test_a_service_that_cannot_start_exits_with_status_1_and_one_line(template: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "local", "serve", *flags(template), "--port", port]
        failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)  # noqa: S603
    assert failed.returncode == 1
    assert failed.stderr == f"python -m local serve: cannot listen on port {port}: Address already in use\n"


def error_message(template: Path, *more: str) -> str:
    options = parse([*flags(template), "--port", "0", *more])
    service = Service(options, OwnFolder.lock(options), print)
    with pytest.raises((TemplateError, ServiceError)) as caught:
        service.start()
    return str(caught.value)


@pytest.mark.parametrize(
    ("good", "bad", "text"),
    [
        ("TABLE: !Ref Table", "TABLE: !Ref Tabel", "Tabel is neither a parameter nor a resource of the template"),
        ("AWS::SNS::Topic", "AWS::SNS::Topics", "AWS::SNS::Topics, which local/stack/resource_types.py does not list"),
        ("CodeUri: functions/sweep", "CodeUri: functions/sweeper", "functions/sweeper, which does not exist"),
        ("{SubmitFunctionArn: !GetAtt", "{Submit: !GetAtt", "no DefinitionSubstitutions for ${SubmitFunctionArn}"),
        ("rate(1 hour)", "'cron(0 12 * * ? *)'", "only rate(...) schedules"),
        ("!GetAtt Failures.Arn", "!GetAtt Failures.Colour", "does not support the attribute Failures.Colour"),
    ],
)
def test_an_error_in_a_template_is_reported(template: Path, tmp_path: Path, good: str, bad: str, text: str) -> None:
    for name in ("shared", "functions", "machine.asl.json"):
        (tmp_path / name).symlink_to(template.parent / name)
    (tmp_path / "template.yaml").write_text(template.read_text().replace(good, bad))
    assert text in error_message(tmp_path / "template.yaml")


def test_an_unknown_parameter_is_reported(template: Path) -> None:
    assert error_message(template, "--parameter", "Colour=red") == "the template has no parameter Colour"


def test_an_unknown_model_is_reported_with_the_known_ones() -> None:
    said = error_message(ROOT / "template.yaml", "--parameter", "EnabledModels=sora-2")
    assert said.startswith("EnabledModels contains unknown models: sora-2; known models are seedance-v1.5-pro-i2v")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_every_process_ends_with_the_service(start_service: StartService, template: Path, number: signal.Signals, status: int) -> None:
    service = start_service(*flags(template), "--no-loopback", "--parameter", "Days=7")
    environment = requests.get(f"{service.api}/environment", timeout=30).json()
    assert (environment["ADDRESS_RULES"], environment["DAYS"]) == ("public", "7")
    pid = requests.get(service.api, timeout=30).json()["pid"]
    run(service, do="wait", seconds=10_000_000)
    service.process.send_signal(number)
    assert service.process.wait(timeout=90) == status
    eventually(lambda: not is_running(pid))
    if number != signal.SIGKILL:
        assert service.output.endswith("Stopped.\n")
        assert not service.ready_file.exists()
    else:
        assert has_ended(json.loads(service.ready_file.read_text())["pid"])
