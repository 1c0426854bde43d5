"""S3, Step Functions, SNS and Secrets Manager in memory answer like moto, unless stated otherwise."""

import base64
import hashlib
import json
from typing import Any

from tests.support.memory_aws.backends import Backend, code_of, either_aws, memory_backend

__all__ = ["either_aws"]


def sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_an_object_comes_back_as_it_was_put(aws: Backend) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="a/ö b.png", Body=b"picture", ContentType="image/png", Metadata={"sha256": "f00"})
    got = aws.s3.get_object(Bucket=aws.bucket, Key="a/ö b.png")
    head = aws.s3.head_object(Bucket=aws.bucket, Key="a/ö b.png")
    assert got["Body"].read() == b"picture"
    for answer in (got, head):
        assert (answer["ContentLength"], answer["ContentType"], answer["Metadata"]) == (7, "image/png", {"sha256": "f00"})
    assert got["ETag"] == head["ETag"]


def test_a_conditional_put_does_not_overwrite_the_first_object(aws: Backend, tmp_path: Any) -> None:
    path = tmp_path / "video"
    for content in (b"first", b"second"):
        path.write_bytes(content)
        with path.open("rb") as file:
            put = {"Bucket": aws.bucket, "Key": "video", "Body": file, "ContentLength": len(content), "ChecksumSHA256": sha256(content)}
            if content == b"first":
                aws.s3.put_object(**put, IfNoneMatch="*")
            else:
                assert code_of(aws.s3.put_object, **put, IfNoneMatch="*") == "PreconditionFailed"
    assert aws.s3.get_object(Bucket=aws.bucket, Key="video")["Body"].read() == b"first"


def test_an_absent_object_is_not_found(aws: Backend) -> None:
    assert code_of(aws.s3.get_object, Bucket=aws.bucket, Key="none") == "NoSuchKey"
    assert code_of(aws.s3.head_object, Bucket=aws.bucket, Key="none") == "404"
    assert code_of(aws.s3.get_object, Bucket="no-such-bucket", Key="none") == "NoSuchBucket"


def test_the_objects_under_a_prefix_are_listed_in_their_order(aws: Backend) -> None:
    for key in ("b/2", "b/1", "a/1", "bc/1", "b/ö & <3>"):
        aws.s3.put_object(Bucket=aws.bucket, Key=key, Body=b"any")
    listed = aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix="b/", MaxKeys=9)["Contents"]
    assert [each["Key"] for each in listed] == ["b/1", "b/2", "b/ö & <3>"]
    assert [each["Key"] for each in aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix="b/", MaxKeys=2)["Contents"]] == ["b/1", "b/2"]
    assert "Contents" not in aws.s3.list_objects_v2(Bucket=aws.bucket, Prefix="c/")


def test_deleting_an_object_twice_is_harmless(aws: Backend) -> None:
    aws.s3.put_object(Bucket=aws.bucket, Key="gone", Body=b"")
    for _ in range(2):
        assert aws.s3.delete_object(Bucket=aws.bucket, Key="gone")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code_of(aws.s3.get_object, Bucket=aws.bucket, Key="gone") == "NoSuchKey"


def test_an_object_that_does_not_match_its_checksum_is_refused() -> None:
    # Only in memory: moto does not compare checksums.
    aws = memory_backend()
    wrong = {"Bucket": aws.bucket, "Key": "video", "Body": b"cut", "ChecksumSHA256": sha256(b"whole")}
    assert code_of(aws.s3.put_object, **wrong) == "BadDigest"


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
