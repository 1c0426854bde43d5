"""Deliver SNS messages in the background: e-mails as files, and POSTs to HTTP endpoints."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

import requests

from local.aws.sns.mailbox import Mailbox
from local.aws.sns.signature import Signer

# SNS's time-out for an endpoint's response.
RESPONSE_SECONDS = 15

# SNS's defaults for HTTP endpoints, for subscriptions without a DeliveryPolicy.
RETRY_POLICY = {"numRetries": 3, "minDelayTarget": 20, "maxDelayTarget": 20}

PrintLine = Callable[[str, str], None]
Envelope = dict[str, Any]


def retry_delays(subscription: Any) -> list[float]:
    """Return the seconds before each retry, linear between the policy's limits."""
    policy = json.loads(subscription.attributes.get("DeliveryPolicy") or "{}").get("healthyRetryPolicy", RETRY_POLICY)
    count = int(policy["numRetries"])
    shortest, longest = float(policy["minDelayTarget"]), float(policy["maxDelayTarget"])
    return [shortest + (longest - shortest) * number / max(count - 1, 1) for number in range(count)]


class NotificationService:
    """Delivers to e-mail and HTTP subscriptions; moto delivers to queues and functions."""

    def __init__(self, mail: Mailbox, endpoint: str, time_scale: float, print_line: PrintLine) -> None:
        self._mail = mail
        self._endpoint = endpoint
        self._time_scale = time_scale
        self._print_line = print_line
        self._signer = Signer(endpoint)
        self._pending: dict[str, Any] = {}

    def subscribed(self, subscription: Any) -> None:
        """Send an HTTP endpoint a confirmation request; e-mail subscriptions are confirmed at once."""
        if subscription.protocol in ("http", "https") and not subscription.confirmed:
            token = token_hex(32)
            self._pending[token] = subscription
            subscription.attributes["PendingConfirmation"] = "true"
            self._in_background(self._ask_for_confirmation, subscription, token)

    def deliver(
        self,
        subscription: Any,
        message: str,
        message_id: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        message_structure: str | None = None,
        **_fifo_only: Any,
    ) -> bool:
        """Deliver a message; return False to leave the delivery to moto."""
        if subscription.protocol not in ("email", "email-json", "http", "https"):
            return False
        matcher = subscription._filter_policy_matcher
        if matcher and not matcher.matches(message_attributes, message):
            return True
        if message_structure == "json":
            message = subscription._parse_message_structure(message, subscription.protocol)
        envelope = self._envelope(subscription, message, message_id, subject, message_attributes)
        if subscription.protocol == "email":
            self._in_background(self._send_mail, subscription, subject, message)
        elif subscription.protocol == "email-json":
            self._in_background(self._send_mail, subscription, subject, json.dumps(envelope, indent=2))
        elif subscription.confirmed:
            self._in_background(self._post_notification, subscription, envelope)
        return True

    def answer(self, query_string: str) -> str | None:
        """Handle a link from a message: confirm or end a subscription; return None for other links."""
        query = {name: values[0] for name, values in parse_qs(query_string).items()}
        if query.get("Action") == "ConfirmSubscription":
            return self._confirm(query.get("Token", ""))
        if query.get("Action") == "Unsubscribe":
            return self._unsubscribe(query.get("SubscriptionArn", ""))
        return None

    def certificate(self, path: str) -> bytes | None:
        return self._signer.certificate if path == self._signer.certificate_path else None

    def _confirm(self, token: str) -> str | None:
        subscription = self._pending.pop(token, None)
        if subscription is None:
            return None
        subscription.confirmed = True
        subscription.attributes["PendingConfirmation"] = "false"
        self._print_line("events", f"{subscription.endpoint} confirmed its subscription")
        return f"<ConfirmSubscriptionResponse><SubscriptionArn>{subscription.arn}</SubscriptionArn></ConfirmSubscriptionResponse>"

    def _unsubscribe(self, arn: str) -> str:
        from moto.sns.models import sns_backends

        region, account = arn.split(":")[3:5]
        sns_backends[account][region].unsubscribe(arn)
        return "<UnsubscribeResponse/>"

    def _in_background(self, work: Callable[..., None], *given: Any) -> None:
        threading.Thread(target=work, args=given, daemon=True).start()

    def _send_mail(self, subscription: Any, subject: str | None, body: str) -> None:
        path = self._mail.store(subscription.endpoint, subject, body, self._unsubscribe_url(subscription), datetime.now(UTC))
        self._print_line("mail", f"to {subscription.endpoint}: {path}")

    def _ask_for_confirmation(self, subscription: Any, token: str) -> None:
        link = {"Action": "ConfirmSubscription", "TopicArn": subscription.topic_arn, "Token": token}
        envelope = {
            "Type": "SubscriptionConfirmation",
            "MessageId": str(uuid4()),
            "Token": token,
            "TopicArn": subscription.topic_arn,
            "Message": f"You have chosen to subscribe to the topic {subscription.topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message.",
            "SubscribeURL": f"{self._endpoint}/?{urlencode(link)}",
            "Timestamp": _now(),
        }
        self._post(subscription, envelope, json.dumps(self._signer.signed(envelope)))

    def _envelope(
        self, subscription: Any, message: str, message_id: str, subject: str | None, attributes: dict[str, Any] | None
    ) -> Envelope:
        envelope = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": subscription.topic_arn,
            "Message": message,
            "Timestamp": _now(),
            "UnsubscribeURL": self._unsubscribe_url(subscription),
        }
        if subject:
            envelope["Subject"] = subject
        if attributes:
            envelope["MessageAttributes"] = attributes
        return envelope

    def _post_notification(self, subscription: Any, envelope: Envelope) -> None:
        raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
        body = envelope["Message"] if raw else json.dumps(self._signer.signed(envelope))
        self._post(subscription, envelope, body, {"x-amz-sns-rawdelivery": "true"} if raw else {})

    def _post(self, subscription: Any, envelope: Envelope, body: str, more: dict[str, str] | None = None) -> None:
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
            "x-amz-sns-message-type": envelope["Type"],
            "x-amz-sns-message-id": envelope["MessageId"],
            "x-amz-sns-topic-arn": envelope["TopicArn"],
            "x-amz-sns-subscription-arn": subscription.arn,
            **(more or {}),
        }
        for delay in [*retry_delays(subscription), None]:
            problem, final = _attempt(subscription.endpoint, body, headers)
            if not problem:
                return
            if final or delay is None:
                break
            time.sleep(delay * self._time_scale)
        self._print_line("events", f"gave up on {subscription.endpoint}: {problem}")

    def _unsubscribe_url(self, subscription: Any) -> str:
        return f"{self._endpoint}/?{urlencode({'Action': 'Unsubscribe', 'SubscriptionArn': subscription.arn})}"


def _attempt(endpoint: str, body: str, headers: dict[str, str]) -> tuple[str | None, bool]:
    """Return the error, if any, and whether it is final: like SNS, do not retry client errors."""
    try:
        response = requests.post(endpoint, body.encode(), headers=headers, timeout=RESPONSE_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return type(error).__name__, False
    if response.ok:
        return None, True
    return f"status {response.status_code}", 400 <= response.status_code < 500 and response.status_code != 429


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
