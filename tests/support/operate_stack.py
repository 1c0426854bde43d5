"""A stack as the operator's commands see it: its outputs name the resources of a test's world, and its clients are that world's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.support.world import World

# Runs a command against the world's stack; returns exit status, standard output and standard error.
Operate = Callable[..., tuple[int, str, str]]


@dataclass
class StackSession:
    """Stands for the boto3 session of a command; the log group of Submit is the only one it knows."""

    world: "World"
    parameters: dict[str, str] = field(default_factory=dict)
    region_name: str = "us-east-1"

    def client(self, service: str, **_: Any) -> Any:
        world = self.world
        clients = {"dynamodb": world.dynamodb, "s3": world.s3, "stepfunctions": world.sfn, "secretsmanager": world.secrets}
        return clients[service] if service != "cloudformation" else self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert StackName == self.world.name
        outputs = [{"OutputKey": name, "OutputValue": value} for name, value in self._outputs().items()]
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()]
        return {"Stacks": [{"Outputs": outputs, "Parameters": parameters}]}

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        assert StackName == self.world.name
        if LogicalResourceId != "SubmitLogGroup":
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStackResource")
        return {"StackResourceDetail": {"PhysicalResourceId": f"{StackName}-log"}}

    def _outputs(self) -> dict[str, str]:
        world = self.world
        return {
            "VideosTableName": world.videos_table,
            "SpendTableName": world.spend_table,
            "KeysTableName": world.keys_table,
            "WebhooksTableName": world.webhooks_table,
            "VideoBucketName": world.bucket,
            "WebhookSecretArn": f"{world.name}-master",
            "StateMachineArn": world.state_machine(),
            "DeliveryStateMachineArn": world.state_machine(),
        }
