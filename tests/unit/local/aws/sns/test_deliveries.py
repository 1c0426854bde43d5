"""Deliveries in the background: what fails is tried again, also after a restart, and what has ended leaves nothing."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.aws.sns.deliveries import Deliveries
from local.aws.sns.outbox import Delivery, Outbox
from local.aws.sns.signature import Signer
from local.state.database import Database, StorageError
from local.state.records import Records
from tests.support.durable_messaging import MessagingProcess, Receiver, running

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:any"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


def subscribe(process: MessagingProcess, protocol: str, endpoint: str, **attributes: str) -> str:
    """Subscribe to the topic `events` and return its ARN."""
    topic: str = process.sns.create_topic(Name="events")["TopicArn"]
    process.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=attributes)
    return topic


def subscribe_and_confirm(process: MessagingProcess, receiver: Receiver, **attributes: str) -> str:
    topic = subscribe(process, "http", receiver.url, **attributes)
    confirm(process, receiver)
    return topic


def confirm(process: MessagingProcess, receiver: Receiver) -> None:
    process.messaging.answer(json.loads(receiver.next()[1])["SubscribeURL"].partition("?")[2])
    process.printed.get(timeout=30)


@contextmanager
def confirmed(folder: Path, receiver: Receiver, **given: Any) -> Iterator[tuple[MessagingProcess, str]]:
    """Run the services with the receiver's subscription."""
    with running(folder) as process:
        subscribe_and_confirm(process, receiver, **given)
        ended(process)
    with running(folder) as process:
        yield process, process.sns.create_topic(Name="events")["TopicArn"]


def ended(process: MessagingProcess) -> None:
    """Wait until no delivery is left."""
    until(lambda: not process.messaging._deliveries._known)
    assert Outbox(process.database).due_times() == {}


def until(holds: Callable[[], bool]) -> None:
    for _ in range(3000):
        if holds():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not become true in half a minute")


def policy(retries: int, delay: int) -> str:
    return json.dumps({"healthyRetryPolicy": {"numRetries": retries, "minDelayTarget": delay, "maxDelayTarget": delay}})


def test_a_server_error_is_retried_with_the_same_message(tmp_path: Path, receiver: Receiver) -> None:
    with confirmed(tmp_path, receiver) as (process, topic):
        receiver.statuses = [500, 503, 429]
        message = process.sns.publish(TopicArn=topic, Message="text")["MessageId"]
        posts = [json.loads(receiver.next()[1]) for _ in range(4)]
        assert {(post["MessageId"], post["Message"]) for post in posts} == {(message, "text")}
        ended(process)


def test_a_client_error_is_final(tmp_path: Path, receiver: Receiver) -> None:
    with confirmed(tmp_path, receiver) as (process, topic):
        receiver.statuses = [404, 200]
        process.sns.publish(TopicArn=topic, Message="text")
        assert process.printed.get(timeout=30) == ("events", f"gave up on {receiver.url}: status 404")
        ended(process)
        assert receiver.statuses == [200]


def test_an_endpoint_that_never_answers_is_given_up_after_its_retries(tmp_path: Path, receiver: Receiver) -> None:
    with confirmed(tmp_path, receiver, DeliveryPolicy=policy(retries=2, delay=1)) as (process, topic):
        receiver.statuses = [500, 500, 500, 200]
        process.sns.publish(TopicArn=topic, Message="text")
        assert process.printed.get(timeout=30) == ("events", f"gave up on {receiver.url}: status 500")
        ended(process)
        assert receiver.statuses == [200]


def test_an_unreachable_endpoint_is_given_up(tmp_path: Path, receiver: Receiver) -> None:
    with confirmed(tmp_path, receiver) as (process, topic):
        receiver.server.shutdown()
        receiver.server.server_close()
        process.sns.publish(TopicArn=topic, Message="text")
        assert process.printed.get(timeout=30) == ("events", f"gave up on {receiver.url}: ConnectionError")


def test_what_was_not_delivered_is_delivered_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    with running(tmp_path) as process:
        topic = subscribe_and_confirm(process, receiver)
        ended(process)
    with running(tmp_path, delivers=False) as process:
        messages = {process.sns.publish(TopicArn=topic, Message=str(number))["MessageId"] for number in range(5)}
    with running(tmp_path) as process:
        assert {json.loads(receiver.next()[1])["MessageId"] for _ in range(5)} == messages
        ended(process)
    with running(tmp_path) as process:
        ended(process)
        assert receiver.posts.empty()


def test_a_delivery_goes_on_after_a_restart_with_the_attempts_that_are_left(tmp_path: Path, receiver: Receiver) -> None:
    receiver.statuses = [200, 500, 500, 500, 200]
    with running(tmp_path) as process:
        topic = subscribe_and_confirm(process, receiver, DeliveryPolicy=policy(retries=2, delay=3600))
        ended(process)
    with running(tmp_path, time_scale=1.0) as process:
        process.sns.publish(TopicArn=topic, Message="text")
        first = json.loads(receiver.next()[1])["MessageId"]
        postponed(process)
    with running(tmp_path) as process:
        assert receiver.posts.empty()
        with process.database.transaction() as connection:  # an hour passes
            connection.execute("UPDATE sns_deliveries SET due = 0")
    with running(tmp_path) as process:
        assert [json.loads(receiver.next()[1])["MessageId"] for _ in range(2)] == [first, first]
        assert process.printed.get(timeout=30) == ("events", f"gave up on {receiver.url}: status 500")
        ended(process)
        assert receiver.statuses == [200]


def postponed(process: MessagingProcess) -> None:
    """Wait until the failed attempt of the only delivery is stored."""
    outbox = Outbox(process.database)
    (number,) = outbox.due_times()
    until(lambda: (outbox.get(number) or (None, 0))[1] == 1)


def test_an_attempt_that_fails_because_the_service_stops_does_not_count(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.errors, process.during_invocation = ["Runtime.ExitError"], process.messaging.stop
        topic = subscribe(process, "lambda", FUNCTION)
        process.sns.publish(TopicArn=topic, Message="text")
        process.invocations.get(timeout=30)
    with running(tmp_path) as process:
        assert process.invocations.get(timeout=30)[1]["Records"][0]["Sns"]["Message"] == "text"
        ended(process)


def test_a_function_gets_the_message_as_an_event_and_is_tried_again(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        process.errors = ["Boom"]
        topic = subscribe(process, "lambda", f"{FUNCTION}:live")
        message = process.sns.publish(TopicArn=topic, Message="text", Subject="s")["MessageId"]
        for _ in range(2):
            name, event = process.invocations.get(timeout=30)
            (record,) = event["Records"]
            assert (name, record["Sns"]["MessageId"], record["Sns"]["Subject"]) == ("any", message, "s")
        ended(process)


def test_ended_deliveries_need_no_memory_and_no_disk(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        topic = subscribe(process, "lambda", FUNCTION)
        for number in range(50):
            process.sns.publish(TopicArn=topic, Message=str(number))
        for _ in range(50):
            process.invocations.get(timeout=30)
        ended(process)
        assert process.messaging._deliveries._due == []


class FullOutbox(Outbox):
    """Refuses to remove a delivery twice."""

    refusals = 2

    def remove(self, number: int) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StorageError("full")
        super().remove(number)


def test_the_end_of_a_delivery_waits_for_space_and_the_delivery_is_not_repeated() -> None:
    with closing(Database(None)) as database:
        outbox, invoked = FullOutbox(database), queue.Queue[str]()
        signer = Signer("http://aws", Records(database, "signer"))

        def invoke(name: str, event: Any) -> None:
            invoked.put(name)

        deliveries = Deliveries(outbox, signer, invoke, 1.0, lambda *line: None, storage_seconds=0.001)
        outbox.add(Delivery("lambda", FUNCTION, "arn:sub", {"Message": "text"}), due=0.0)
        deliveries.start()
        assert invoked.get(timeout=30) == "any"
        until(lambda: outbox.due_times() == {})
        assert (invoked.empty(), outbox.refusals) == (True, 0)
        deliveries.stop()
