"""A teardown removes what a stack retains and nothing of anybody else, and says what is left."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud_check.teardown import TAG, Teardown

RUN = "cliprelay-check-1a2b3c4d"
DONE = ["Teardown: both stacks are deleted, and no resource carries the run's tag."]


def refuse(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Call")


class Account:
    """The few calls of a teardown, each service as AWS documents its errors; `things` are ARN -> the run that they are tagged with."""

    def __init__(self, *things: str, run: str = RUN) -> None:
        self.things = dict.fromkeys(things, run)
        self.protected, self.denied, self.listed_late = set[str](), set[str](), list[str]()
        self.stacks: dict[str, list[str]] = {}
        self.objects: dict[str, int] = {}

    def client(self, service: str) -> "Account":
        return self

    # What every page of a list is.
    def get_paginator(self, name: str) -> Any:
        return type("Paginator", (), {"paginate": staticmethod(getattr(self, name))})

    def get_waiter(self, name: str) -> Any:
        return type("Waiter", (), {"wait": staticmethod(lambda **_: None)})

    def get_resources(self, *, TagFilters: list[dict[str, Any]]) -> list[dict[str, Any]]:  # noqa: N803  the API's own names
        ((key, values),) = ((each["Key"], each["Values"]) for each in TagFilters)
        found = [arn for arn, run in self.things.items() if key == TAG and run in values] + self.listed_late
        return [{"ResourceTagMappingList": [{"ResourceARN": arn} for arn in found]}]

    def describe_stacks(self, *, StackName: str) -> None:  # noqa: N803
        if StackName not in self.stacks:
            raise refuse("ValidationError", f"Stack with id {StackName} does not exist")

    def list_stack_resources(self, *, StackName: str) -> list[dict[str, Any]]:  # noqa: N803
        found = [{"ResourceType": "AWS::S3::Bucket", "PhysicalResourceId": name, "ResourceStatus": "OK"} for name in self.stacks[StackName]]
        return [{"StackResourceSummaries": found}]

    def delete_stack(self, *, StackName: str) -> None:  # noqa: N803
        if any(self.objects.get(bucket) for bucket in self.stacks[StackName]):
            raise refuse("DELETE_FAILED", "the bucket is not empty")
        del self.stacks[StackName]

    def list_object_versions(self, *, Bucket: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        while self.objects.get(Bucket):
            yield {"Versions": [{"Key": str(self.objects[Bucket]), "VersionId": "null"}]}

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> None:  # noqa: N803
        self.objects[Bucket] -= len(Delete["Objects"])

    def _find(self, name: str, missing: str) -> str:
        found = next((arn for arn in self.things if arn.endswith(name)), None)
        if found is None:
            raise refuse(missing)
        if found in self.denied:
            raise refuse("AccessDeniedException")
        return found

    def describe_table(self, *, TableName: str) -> dict[str, Any]:  # noqa: N803
        arn = next((arn for arn in self.things if arn.endswith(f"table/{TableName}")), None)
        if arn is None:
            raise refuse("ResourceNotFoundException")
        return {"Table": {"DeletionProtectionEnabled": arn in self.protected}}

    def update_table(self, *, TableName: str, DeletionProtectionEnabled: bool) -> None:  # noqa: N803
        self.protected.discard(self._find(f"table/{TableName}", "ResourceNotFoundException"))

    def delete_table(self, *, TableName: str) -> None:  # noqa: N803
        arn = self._find(f"table/{TableName}", "ResourceNotFoundException")
        if arn in self.protected:
            raise refuse("ValidationException", "deletion protection is on")
        del self.things[arn]

    def head_bucket(self, *, Bucket: str) -> None:  # noqa: N803
        self._find(Bucket, "404")

    def delete_bucket(self, *, Bucket: str) -> None:  # noqa: N803
        if self.objects.get(Bucket):
            raise refuse("BucketNotEmpty")
        del self.things[self._find(Bucket, "NoSuchBucket")]

    def describe_secret(self, *, SecretId: str) -> None:  # noqa: N803
        self._find(SecretId, "ResourceNotFoundException")

    def delete_secret(self, *, SecretId: str, ForceDeleteWithoutRecovery: bool) -> None:  # noqa: N803
        assert ForceDeleteWithoutRecovery
        del self.things[self._find(SecretId, "ResourceNotFoundException")]

    def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803
        return {"QueueUrl": self._find(QueueName, "AWS.SimpleQueueService.NonExistentQueue: QueueDoesNotExist")}

    def delete_queue(self, *, QueueUrl: str) -> None:  # noqa: N803
        del self.things[QueueUrl]


TABLE, BUCKET = "arn:aws:dynamodb:r:1:table/videos", "arn:aws:s3:::a-bucket"
SECRET, QUEUE = "arn:aws:secretsmanager:r:1:secret:key-a1", "arn:aws:sqs:r:1:a-queue"
FUNCTION = "arn:aws:lambda:r:1:function:poll"


def removed(account: Account) -> list[str]:
    return Teardown(account.client, RUN, lambda line: None, lambda seconds: None).remove()


@pytest.mark.parametrize("arn", [TABLE, BUCKET, SECRET, QUEUE])
def test_what_a_stack_retains_is_removed(arn: str) -> None:
    account = Account(arn)
    assert removed(account) == DONE
    assert account.things == {}


def test_a_protected_table_and_a_full_bucket_are_removed() -> None:
    account = Account(TABLE, BUCKET)
    account.protected, account.objects = {TABLE}, {"a-bucket": 3}
    assert removed(account) == DONE
    assert account.things == {}


def test_another_run_s_resources_stay() -> None:
    account = Account(TABLE, BUCKET, SECRET, QUEUE, run="cliprelay-check-ffffffff")
    assert removed(account) == DONE
    assert len(account.things) == 4


def test_both_stacks_are_deleted_after_their_buckets_are_empty() -> None:
    account = Account()
    account.stacks, account.objects = {RUN: ["a"], f"{RUN}-upstream": ["b"]}, {"a": 2, "b": 1}
    assert removed(account) == DONE
    assert account.stacks == {}


def test_what_cannot_be_removed_is_named_and_the_rest_is_removed() -> None:
    account = Account(TABLE, QUEUE)
    account.denied = {TABLE}
    notes = removed(account)
    assert len(notes) == 2  # why, and that it still exists
    assert all(note.startswith(f"LEFT: {TABLE}") for note in notes)
    assert list(account.things) == [TABLE]


def test_a_resource_of_another_kind_that_keeps_the_tag_is_named() -> None:
    assert removed(Account(FUNCTION)) == [f"LEFT: {FUNCTION}"]


def test_a_resource_that_the_tagging_api_still_lists_is_asked_for_itself() -> None:
    account = Account()
    account.listed_late = [TABLE, BUCKET, SECRET, QUEUE]
    assert removed(account) == DONE
