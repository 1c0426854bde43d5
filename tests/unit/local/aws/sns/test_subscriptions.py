"""Confirmations and unsubscribe links: those sent before a restart work after it."""

from pathlib import Path
from typing import Any

import pytest

from local.aws.sns.outbox import Outbox
from local.state.database import StorageError
from tests.support.durable_messaging import MessagingProcess, running
from tests.support.memory_aws.backends import code_of

HOOK = "https://receiver.example.com/hook"


def subscribe(process: MessagingProcess, protocol: str = "https", endpoint: str = HOOK) -> str:
    topic = process.sns.create_topic(Name="events")["TopicArn"]
    arn: str = process.sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return arn


def links(process: MessagingProcess) -> list[str]:
    """Return the links of the confirmation requests that wait for their delivery."""
    outbox = Outbox(process.database)
    found = [outbox.get(number) for number in sorted(outbox.due_times())]
    return [each[0].envelope["SubscribeURL"].partition("?")[2] for each in found if each and each[0].envelope["Type"] != "Notification"]


def attributes(process: MessagingProcess, arn: str) -> dict[str, Any]:
    found: dict[str, Any] = process.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return found


def test_a_confirmation_link_sent_before_a_restart_confirms(tmp_path: Path) -> None:
    with running(tmp_path, delivers=False) as process:
        arn = subscribe(process)
        (link,) = links(process)
        assert attributes(process, arn)["PendingConfirmation"] == "true"
    with running(tmp_path, delivers=False) as process:
        answer = process.messaging.answer(link)
        assert answer
        assert arn in answer
        assert process.printed.get_nowait() == ("events", f"{HOOK} confirmed its subscription")
    with running(tmp_path, delivers=False) as process:
        assert attributes(process, arn)["PendingConfirmation"] == "false"
        process.sns.publish(TopicArn=arn.rpartition(":")[0], Message="text")
        assert len(Outbox(process.database).due_times()) == 2


def test_whoever_subscribes_again_is_the_same_subscriber_and_gets_the_same_link_again(tmp_path: Path) -> None:
    with running(tmp_path, delivers=False) as process:
        arn = subscribe(process)
    with running(tmp_path, delivers=False) as process:
        assert subscribe(process) == arn
        first, second = links(process)
        assert first == second
        process.messaging.answer(first)
        assert subscribe(process) == arn
        assert len(links(process)) == 2


def test_a_wrong_token_confirms_nothing(tmp_path: Path) -> None:
    with running(tmp_path, delivers=False) as process:
        arn = subscribe(process)
        subscribe(process, "email", "you@example.com")
        for token in ("guessed", "", "None"):
            assert process.messaging.answer(f"Action=ConfirmSubscription&Token={token}") is None
        assert attributes(process, arn)["PendingConfirmation"] == "true"


def test_an_unsubscribe_link_works_after_a_restart_and_more_than_once(tmp_path: Path) -> None:
    with running(tmp_path, delivers=False) as process:
        arn = subscribe(process, "email", "you@example.com")
    for _ in range(2):
        with running(tmp_path, delivers=False) as process:
            assert process.messaging.answer(f"Action=Unsubscribe&SubscriptionArn={arn}")
            assert process.sns.list_subscriptions()["Subscriptions"] == []


@pytest.mark.parametrize("query", ["Action=Unsubscribe", "Action=Unsubscribe&SubscriptionArn=x", "Action=Other", "", "SubscriptionArn=x"])
def test_links_that_are_none_of_ours_are_left_to_others(tmp_path: Path, query: str) -> None:
    with running(tmp_path, delivers=False) as process:
        assert process.messaging.answer(query) is None


def test_a_full_disk_leaves_the_subscription_as_it_was(tmp_path: Path) -> None:
    with running(tmp_path, delivers=False) as process:
        arn = subscribe(process)
        (link,) = links(process)
        fill(process)
        with pytest.raises(StorageError):
            process.messaging.answer(link)
        with pytest.raises(StorageError):
            process.messaging.answer(f"Action=Unsubscribe&SubscriptionArn={arn}")
        assert attributes(process, arn)["PendingConfirmation"] == "true"
        topic = arn.rpartition(":")[0]
        assert code_of(process.sns.subscribe, TopicArn=topic, Protocol="https", Endpoint=HOOK + "x" * 9000) == "InternalError"
        assert len(process.sns.list_subscriptions()["Subscriptions"]) == 1
        with process.database.transaction() as connection:
            connection.execute("DROP TRIGGER full_for_values")
        assert process.messaging.answer(link)


def fill(process: MessagingProcess) -> None:
    """Let no record be written, because a subscription may fit into the last page."""
    refuse = "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
    with process.database.transaction() as connection:
        connection.execute(f"CREATE TRIGGER full_for_values BEFORE INSERT ON records {refuse}")
        connection.execute(f"CREATE TRIGGER full_for_deletions BEFORE DELETE ON records WHEN OLD.key LIKE 'subscription%' {refuse}")
