"""Confirm and end subscriptions, as their subscribers ask by links."""

import re
import time
from functools import wraps
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs

from local.aws.moto.durable_state import DurableState
from local.aws.sns.deliveries import Deliveries, PrintLine
from local.aws.sns.envelope import confirmation, retry_delays
from local.aws.sns.outbox import Delivery, Outbox
from local.aws.sns.state import subscriptions_in_moto

PENDING = "PendingConfirmation"
_SUBSCRIPTION = re.compile(r"arn:[^:]+:sns:[^:]+:[^:]+:[^:]+:[^:]+")


class Subscriptions:
    """The part of SNS's subscriptions that moto lacks."""

    def __init__(self, state: DurableState, outbox: Outbox, deliveries: Deliveries, endpoint: str, print_line: PrintLine) -> None:
        self._state, self._outbox, self._deliveries = state, outbox, deliveries
        self._endpoint, self._print_line = endpoint, print_line

    def notified(self, original: Any) -> Any:
        """Return the replacement of moto's `subscribe`."""

        @wraps(original)
        def subscribe(*given: Any, **named: Any) -> Any:
            subscription = original(*given, **named)
            self.subscribed(subscription)
            return subscription

        return subscribe

    def subscribed(self, subscription: Any) -> None:
        """Send an HTTP endpoint a confirmation request; e-mail subscriptions are confirmed at once.

        Whoever subscribes again gets the same link again, so that the earlier one stays valid.
        """
        if subscription.protocol not in ("http", "https") or subscription.confirmed:
            return
        token = vars(subscription).setdefault("confirmation_token", token_hex(32))
        subscription.attributes[PENDING] = "true"
        envelope = confirmation(subscription, token, self._endpoint)
        delivery = Delivery(subscription.protocol, subscription.endpoint, subscription.arn, envelope, delays=retry_delays(subscription))
        now = time.time()
        self._deliveries.begin([(self._outbox.add(delivery, now), now)])

    def answer(self, query_string: str) -> str | None:
        """Handle a link from a message: confirm or end a subscription; return None for other links.

        Raises StorageError if that could not be stored.
        """
        query = {name: values[0] for name, values in parse_qs(query_string).items()}
        if query.get("Action") == "ConfirmSubscription":
            confirmed = self.confirm(query.get("Token", ""))
            result = f"<SubscriptionArn>{confirmed}</SubscriptionArn>"
            return confirmed and f"<ConfirmSubscriptionResponse>{result}</ConfirmSubscriptionResponse>"
        arn = query.get("SubscriptionArn", "")
        if query.get("Action") == "Unsubscribe" and _SUBSCRIPTION.fullmatch(arn):
            self._state.run(lambda: _unsubscribe(arn))
            return "<UnsubscribeResponse/>"
        return None

    def confirm(self, token: str) -> str | None:
        """Return the ARN of the subscription with this token, which is confirmed from now on."""
        found = self._state.run(lambda: _confirm(token))
        if found is None:
            return None
        self._print_line("events", f"{found.endpoint} confirmed its subscription")
        return str(found.arn)


def _confirm(token: str) -> Any:
    for subscription in subscriptions_in_moto():
        if token and getattr(subscription, "confirmation_token", None) == token:
            subscription.confirmed = True
            subscription.attributes[PENDING] = "false"
            return subscription
    return None


def _unsubscribe(arn: str) -> None:
    """End a subscription; one that has ended already is none of our business."""
    for subscription in subscriptions_in_moto():
        if subscription.arn == arn:
            subscription.topic.sns_backend.unsubscribe(arn)
