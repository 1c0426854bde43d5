"""Step Functions, SNS and Secrets Manager in memory answer like moto, unless stated otherwise."""

import json
from typing import Any

from tests.support.memory_aws.backends import Backend, code_of, either_aws

__all__ = ["either_aws"]


def start(aws: Backend, name: str, data: str = "{}") -> Any:
    return aws.sfn.start_execution(stateMachineArn=aws.machine, name=name, input=data)


def test_starting_again_with_the_same_input_answers_the_running_execution(aws: Backend) -> None:
    first, second = start(aws, "one"), start(aws, "one")
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    assert aws.sfn.describe_execution(executionArn=first["executionArn"])["status"] == "RUNNING"


def test_a_name_is_taken_by_other_input_and_by_a_closed_execution(aws: Backend) -> None:
    arn = start(aws, "one")["executionArn"]
    assert code_of(start, aws=aws, name="one", data='{"a": 1}') == "ExecutionAlreadyExists"
    aws.sfn.stop_execution(executionArn=arn)
    assert aws.sfn.describe_execution(executionArn=arn)["status"] == "ABORTED"
    assert code_of(start, aws=aws, name="one") == "ExecutionAlreadyExists"


def test_an_unknown_execution_does_not_exist(aws: Backend) -> None:
    arn = aws.machine.replace(":stateMachine:", ":execution:") + ":nobody"
    assert code_of(aws.sfn.describe_execution, executionArn=arn) == "ExecutionDoesNotExist"


def publish(aws: Backend, **more: Any) -> Any:
    message = {"TopicArn": aws.topic, "Message": json.dumps({"default": "{}", "email": "Hello"}), "MessageStructure": "json"}
    return aws.sns.publish(**{**message, "Subject": "A video is ready", **more})


def test_a_message_with_attributes_is_published(aws: Backend) -> None:
    answer = publish(aws, MessageAttributes={"type": {"DataType": "String", "StringValue": "video.succeeded"}})
    assert answer["MessageId"]


def test_a_message_that_sns_cannot_send_is_refused(aws: Backend) -> None:
    assert code_of(publish, aws=aws, Subject="x" * 101) == "InvalidParameter"
    assert code_of(publish, aws=aws, Message="x" * 262_145) == "InvalidParameter"
    assert code_of(publish, aws=aws, TopicArn=f"{aws.topic}-other") in ("NotFound", "NotFoundException")


def test_a_secret_is_read(aws: Backend) -> None:
    assert aws.secrets.get_secret_value(SecretId=aws.secret)["SecretString"] == "upstream-key"
    assert code_of(aws.secrets.get_secret_value, SecretId=aws.empty_secret) == "ResourceNotFoundException"


def test_a_replaced_secret_has_its_value_before_as_the_previous_stage(aws: Backend) -> None:
    name = aws.secrets.create_secret(Name=f"replaced-{aws.secret.rpartition(':')[2]}", SecretString="first")["ARN"]
    assert code_of(aws.secrets.get_secret_value, SecretId=name, VersionStage="AWSPREVIOUS") == "ResourceNotFoundException"
    aws.secrets.put_secret_value(SecretId=name, SecretString="second")
    stages = [aws.secrets.get_secret_value(SecretId=name, VersionStage=stage) for stage in ("AWSCURRENT", "AWSPREVIOUS")]
    assert [stage["SecretString"] for stage in stages] == ["second", "first"]
    assert [stage["CreatedDate"].tzinfo is not None for stage in stages] == [True, True]
