"""Remove everything that carries a run's tag, and prove that nothing is left."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

TAG = "cliprelay-check"
# The tagging API may list a resource for some minutes after it was deleted.
SETTLE_SECONDS = 120
# A stack with a state machine takes longest: its running executions end first.
STACK_WAIT = {"Delay": 10, "MaxAttempts": 60}

Clients = Callable[[str], Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Teardown:
    """Removes one run: its stacks, then what they retain, then whatever else carries its tag."""

    clients: Clients
    run: str
    say: Say
    sleep: Callable[[float], None] = time.sleep

    @property
    def stacks(self) -> tuple[str, str]:
        # ClipRelay first: it calls the upstream.
        return self.run, f"{self.run}-upstream"

    def remove(self) -> list[str]:
        """Return the lines of the report; one that begins with LEFT names what could not be removed."""
        notes = []
        for stack in self.stacks:
            notes += self._attempt(f"stack {stack}", lambda stack=stack: self._delete_stack(stack))  # type: ignore[misc]
        for arn in self.tagged():
            notes += self._attempt(arn, lambda arn=arn: self._delete(arn))  # type: ignore[misc]
        left = self._left()
        return [*notes, *(f"LEFT: {arn}" for arn in left)] or ["Teardown: both stacks are deleted, and no resource carries the run's tag."]

    def tagged(self) -> list[str]:
        """Return the ARN of every resource with the run's tag."""
        pages = self.clients("resourcegroupstaggingapi").get_paginator("get_resources")
        found = pages.paginate(TagFilters=[{"Key": TAG, "Values": [self.run]}])
        return sorted(each["ResourceARN"] for page in found for each in page["ResourceTagMappingList"])

    def _left(self) -> list[str]:
        """Return what still carries the tag and still exists, after the tagging API has had its time."""
        waited = 0
        while (listed := self.tagged()) and waited < SETTLE_SECONDS:
            self.sleep(10)
            waited += 10
        return [arn for arn in listed if self._exists(arn)]

    def _attempt(self, what: str, action: Callable[[], None]) -> list[str]:
        """Run one removal; a failure is a line of the report, and the rest is removed all the same."""
        self.say(f"removing {what}")
        try:
            action()
        except (ClientError, WaiterError) as error:
            return [f"LEFT: {what}: {error}"]
        return []

    def _delete_stack(self, stack: str) -> None:
        cloudformation = self.clients("cloudformation")
        if not _is_there(lambda: cloudformation.describe_stacks(StackName=stack), "does not exist"):
            return
        for bucket in self._buckets_to_delete(stack):
            self._empty(bucket)
        cloudformation.delete_stack(StackName=stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig=STACK_WAIT)

    def _buckets_to_delete(self, stack: str) -> Iterator[str]:
        pages = self.clients("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        for each in (resource for page in pages for resource in page["StackResourceSummaries"]):
            if each["ResourceType"] == "AWS::S3::Bucket" and each.get("PhysicalResourceId") and each["ResourceStatus"] != "DELETE_COMPLETE":
                yield each["PhysicalResourceId"]

    def _empty(self, bucket: str) -> None:
        s3 = self.clients("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
            if objects:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})

    def _delete(self, arn: str) -> None:
        """Delete one resource that a stack retains, or that the check has created itself."""
        service, name = _parts(arn)
        if service not in ("dynamodb", "s3", "secretsmanager", "sqs") or not self._exists(arn):
            return
        if service == "dynamodb":
            table, client = name.removeprefix("table/"), self.clients("dynamodb")
            if client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
                client.update_table(TableName=table, DeletionProtectionEnabled=False)
            client.delete_table(TableName=table)
            client.get_waiter("table_not_exists").wait(TableName=table)
        elif service == "s3":
            self._empty(name)
            self.clients("s3").delete_bucket(Bucket=name)
        elif service == "secretsmanager":
            self.clients("secretsmanager").delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        else:
            self.clients("sqs").delete_queue(QueueUrl=self._queue_url(name))

    def _queue_url(self, name: str) -> str:
        return str(self.clients("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def _exists(self, arn: str) -> bool:
        """Ask the resource's own service; of a kind that only a stack creates, believe the tagging API."""
        service, name = _parts(arn)
        looks: dict[str, tuple[Callable[[], Any], str]] = {
            "dynamodb": (
                lambda: self.clients("dynamodb").describe_table(TableName=name.removeprefix("table/")),
                "ResourceNotFoundException",
            ),
            "s3": (lambda: self.clients("s3").head_bucket(Bucket=name), "404"),
            "secretsmanager": (lambda: self.clients("secretsmanager").describe_secret(SecretId=arn), "ResourceNotFoundException"),
            "sqs": (lambda: self._queue_url(name), "QueueDoesNotExist"),
        }
        return _is_there(*looks[service]) if service in looks else True


def _parts(arn: str) -> tuple[str, str]:
    """Return the service and the name in an ARN."""
    _, _, service, _, _, name = arn.split(":", 5)
    return service, name


def _is_there(look: Callable[[], Any], missing: str) -> bool:
    """Return whether a look-up succeeds; False if its error has this code or these words."""
    try:
        look()
    except ClientError as error:
        if missing not in str(error) and missing not in error.response["Error"]["Code"]:
            raise
        return False
    return True
