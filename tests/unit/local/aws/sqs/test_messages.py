"""The messages on disk: receives count, come in order, and cost no more in a long queue."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from local.aws.sqs.messages import Counts, Messages, Reading, StoredMessage
from local.state.database import Database, StorageError

NOW = 1_000_000.0


@pytest.fixture(name="database")
def open_database() -> Iterator[Database]:
    with closing(Database(None)) as database:
        yield database


@pytest.fixture(name="messages")
def no_messages(database: Database) -> Messages:
    return Messages(database)


def message(body: str, *, sent_at: float = NOW, **given: Any) -> StoredMessage:
    new = StoredMessage(0, sent_at, sent_at, 0, None, None, None, {"body": body})
    return replace(new, **given)


def reading(now: float = NOW, **given: Any) -> Reading:
    plain = Reading("q", now, hidden_until=now + 30_000, is_fifo=False, expired_at=0, dead_letters=None)
    return replace(plain, **given)


def bodies(messages: Messages, given: Reading, count: int = 10) -> list[str]:
    return [each.content["body"] for each in messages.receive(given, count)[0]]


def send_all(messages: Messages, *sent: StoredMessage) -> None:
    for each in sent:
        messages.send("q", each)


def test_a_received_message_is_hidden_until_its_time_is_over(messages: Messages) -> None:
    send_all(messages, message("one"), message("two"))
    first, _ = messages.receive(reading(), 1)
    assert (first[0].content["body"], first[0].receives, first[0].first_received_at) == ("one", 1, NOW)
    assert bodies(messages, reading()) == ["two"]
    assert messages.counts("q", NOW) == Counts(visible=0, delayed=0, in_flight=2)
    again, _ = messages.receive(reading(NOW + 30_000), 1)
    assert (again[0].content["body"], again[0].receives, again[0].first_received_at) == ("one", 2, NOW)


def test_a_message_that_nobody_hides_is_given_once_a_request(messages: Messages) -> None:
    send_all(messages, message("one"))
    assert bodies(messages, reading(hidden_until=None)) == ["one"]
    assert bodies(messages, reading(hidden_until=None)) == ["one"]


def test_a_delayed_message_comes_later(messages: Messages) -> None:
    send_all(messages, message("one", visible_at=NOW + 5))
    assert bodies(messages, reading()) == []
    assert messages.counts("q", NOW) == Counts(visible=0, delayed=1, in_flight=0)
    assert bodies(messages, reading(NOW + 5)) == ["one"]


def test_a_message_over_its_retention_period_is_deleted(messages: Messages) -> None:
    send_all(messages, *(message(str(number), sent_at=NOW - 1000 + number) for number in range(20)))
    assert bodies(messages, reading(expired_at=NOW - 1000 + 15)) == ["16", "17", "18", "19"]
    assert messages.counts("q", NOW) == Counts(visible=0, delayed=0, in_flight=4)


def test_a_message_that_was_received_too_often_is_moved(messages: Messages) -> None:
    send_all(messages, message("one"), message("two"))
    for number in range(2):
        messages.receive(reading(NOW + number, hidden_until=None), 1)
    assert messages.receive(reading(NOW + 3, dead_letters=("dead", 2)), 10)[1] == 1
    assert bodies(messages, reading(NOW + 3, queue="dead")) == ["one"]


def test_a_group_waits_for_its_message_in_flight(messages: Messages) -> None:
    send_all(messages, message("a1", group="a"), message("a2", group="a"), message("b1", group="b"), message("b2", group="b"))
    fifo = reading(is_fifo=True)
    assert bodies(messages, fifo, 1) == ["a1"]
    assert bodies(messages, fifo) == ["b1", "b2"]
    assert bodies(messages, reading(NOW + 30_000, is_fifo=True)) == ["a1", "a2", "b1", "b2"]


def test_a_repeated_message_is_taken_once_in_five_minutes(messages: Messages) -> None:
    send_all(messages, *(message("one", sent_at=sent_at, deduplication="d") for sent_at in (NOW, NOW + 299_999, NOW + 300_000)))
    assert messages.counts("q", NOW + 300_000).visible == 2


def test_a_deleted_message_is_gone_and_the_others_stay(messages: Messages) -> None:
    send_all(messages, message("one"), message("two"))
    (first, _), _ = messages.receive(reading(), 2)
    messages.delete("other", first.number)
    assert messages.find("q", first.number)
    for _ in range(2):
        messages.delete("q", first.number)
    assert messages.find("q", first.number) is None
    assert bodies(messages, reading(NOW + 30_000)) == ["two"]


def test_messages_of_queues_that_are_gone_are_deleted(messages: Messages) -> None:
    send_all(messages, message("one"))
    messages.send("gone", message("two"))
    messages.keep_only({"q"})
    assert (messages.counts("q", NOW).visible, messages.counts("gone", NOW).visible) == (1, 0)


def fail_together(messages: Messages) -> None:
    with messages.together():
        send_all(messages, message("one"))
        raise LookupError


def test_a_block_is_stored_as_a_whole_or_not_at_all(messages: Messages) -> None:
    with pytest.raises(LookupError):
        fail_together(messages)
    assert not messages.is_together
    with messages.together():
        send_all(messages, message("two"), message("three"))
    assert bodies(messages, reading()) == ["two", "three"]


def test_a_full_disk_refuses_a_message_and_hides_none(messages: Messages, database: Database) -> None:
    send_all(messages, message("one"))
    with database.transaction() as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError):
        send_all(messages, message("x" * 100_000))
    assert messages.counts("q", NOW) == Counts(visible=1, delayed=0, in_flight=0)


def steps_of(database: Database, work: Any) -> int:
    """Return how many thousand steps SQLite's machine takes for some work, which no busy computer changes."""
    ticks: list[None] = []
    with database.transaction() as connection:
        connection.set_progress_handler(lambda: ticks.append(None), 1)
    work()
    with database.transaction() as connection:
        connection.set_progress_handler(None, 0)
    return len(ticks)


@pytest.mark.parametrize("is_fifo", [False, True])
def test_a_long_queue_costs_no_more_than_a_short_one(messages: Messages, database: Database, is_fifo: bool) -> None:
    def use() -> None:
        send_all(messages, message("one", sent_at=NOW + 1, group="other"))
        for each in messages.receive(reading(NOW + 2, is_fifo=is_fifo), 10)[0]:
            messages.delete("q", each.number)

    send_all(messages, *(message("any", group="g") for _ in range(50)))
    short = steps_of(database, use)
    with messages.together():
        send_all(messages, *(message("any", group="g") for _ in range(10_000)))
    assert steps_of(database, use) < short * 2
