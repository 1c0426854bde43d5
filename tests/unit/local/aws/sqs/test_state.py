"""The named fields of moto's queues."""

from contextlib import closing

from local.aws.sqs.messages import Messages
from local.aws.sqs.queues import queue_class
from local.aws.sqs.state import FIELDS, REFERENCES
from local.state.database import Database


def test_every_field_of_motos_queues_is_named() -> None:
    with closing(Database(None)) as database:
        queue = queue_class(Messages(database))("any", "us-east-1", "123456789012")
        assert set(vars(queue)) == {*FIELDS, *REFERENCES}
