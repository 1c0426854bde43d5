"""Deliveries on disk until they have ended."""

from contextlib import closing

from local.aws.sns.outbox import Delivery, Outbox
from local.state.database import Database

DELIVERY = Delivery("https", "https://receiver.example.com", "arn:sub", {"Message": "ü"}, raw=True, delays=[20.0, 40.0])


def test_a_delivery_comes_back_as_it_was_with_its_failed_attempts() -> None:
    with closing(Database(None)) as database:
        outbox = Outbox(database)
        number = outbox.add(DELIVERY, due=5.0)
        outbox.postpone(number, due=25.0)
        assert Outbox(database).get(number) == (DELIVERY, 1)
        assert Outbox(database).due_times() == {number: 25.0}


def test_an_ended_delivery_leaves_nothing_and_its_number_is_not_used_again() -> None:
    with closing(Database(None)) as database:
        outbox = Outbox(database)
        number = outbox.add(DELIVERY, due=5.0)
        outbox.remove(number)
        assert (outbox.get(number), outbox.due_times()) == (None, {})
        assert outbox.add(DELIVERY, due=5.0) > number
