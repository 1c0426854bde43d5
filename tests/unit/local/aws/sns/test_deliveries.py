"""SNS deliveries: e-mails as files, and POSTs with confirmation and retries."""

import base64
import json
import queue
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate
from moto.sns.utils import FilterPolicyMatcher

from local.aws.sns.deliveries import NotificationService, retry_delays
from local.aws.sns.mailbox import Mailbox

TOPIC = "arn:aws:sns:us-east-1:123456789012:events"


class FakeSubscription:
    """The parts of moto's subscription that deliveries use."""

    def __init__(self, protocol: str, endpoint: str, **attributes: str) -> None:
        self.protocol = protocol
        self.endpoint = endpoint
        self.attributes: dict[str, Any] = {"RawMessageDelivery": False, **attributes}
        self.topic_arn = TOPIC
        self.arn = f"{TOPIC}:1"
        self.confirmed = False
        self._filter_policy_matcher: FilterPolicyMatcher | None = None

    def _parse_message_structure(self, message: str, protocol: str) -> str:
        variants: dict[str, str] = json.loads(message)
        return variants.get(protocol) or variants["default"]


class Receiver:
    """An HTTP endpoint that responds with given statuses, then with 200."""

    def __init__(self) -> None:
        self.posts: queue.Queue[tuple[dict[str, str], str]] = queue.Queue()
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                receiver.posts.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.end_headers()

            def log_message(self, *given: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def next(self) -> tuple[dict[str, str], str]:
        return self.posts.get(timeout=30)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


class PrintedLines:
    """Collects printed lines; `next` waits for one."""

    def __init__(self) -> None:
        self.lines: queue.Queue[tuple[str, str]] = queue.Queue()

    def __call__(self, subject: str, text: str) -> None:
        self.lines.put((subject, text))

    def next(self) -> tuple[str, str]:
        return self.lines.get(timeout=30)


@pytest.fixture
def printed() -> PrintedLines:
    return PrintedLines()


@pytest.fixture
def notifications(tmp_path: Path, printed: PrintedLines) -> NotificationService:
    return NotificationService(Mailbox(tmp_path), "http://127.0.0.1:4566", 0.0, printed)


Mail = Callable[[], EmailMessage]


@pytest.fixture
def mail(tmp_path: Path, printed: PrintedLines) -> Mail:
    def next_mail() -> EmailMessage:
        subject, text = printed.next()
        assert subject == "mail"
        parsed = message_from_bytes(Path(text.split(": ", 1)[1]).read_bytes(), policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    return next_mail


def confirmed(notifications: NotificationService, receiver: Receiver, **attributes: str) -> FakeSubscription:
    subscription = FakeSubscription("http", receiver.url, **attributes)
    notifications.subscribed(subscription)
    notifications.answer(urlsplit(json.loads(receiver.next()[1])["SubscribeURL"]).query)
    return subscription


def test_an_email_subscriber_gets_the_email_variant_as_a_file(notifications: NotificationService, mail: Mail) -> None:
    text = json.dumps({"default": "{}", "email": "Dein Video ist fertig: ü 🎬"})
    subscription = FakeSubscription("email", "you@example.com")
    assert notifications.deliver(subscription, text, "id-1", subject="Fertig", message_structure="json")
    message = mail()
    assert (message["To"], message["Subject"]) == ("you@example.com", "Fertig")
    assert "no-reply@sns.amazonaws.com" in message["From"]
    assert message["Date"]
    assert message["Message-ID"]
    assert message.get_content().startswith("Dein Video ist fertig: ü 🎬\n")


def test_the_links_in_an_email_file_are_unbroken(notifications: NotificationService, mail: Mail) -> None:
    link = "https://example.com/" + "x" * 1500
    notifications.deliver(FakeSubscription("email", "you@example.com"), f"here:\n{link}\n", "id-1")
    message = mail()
    assert message["Content-Transfer-Encoding"] == "8bit"
    assert link in message.get_content().splitlines()


def test_an_email_without_a_subject_gets_the_default_subject(notifications: NotificationService, mail: Mail) -> None:
    notifications.deliver(FakeSubscription("email", "you@example.com"), "text", "id-1")
    assert mail()["Subject"] == "AWS Notification Message"


def test_an_email_contains_a_link_to_unsubscribe(notifications: NotificationService, mail: Mail) -> None:
    notifications.deliver(FakeSubscription("email", "you@example.com"), "text", "id-1")
    assert "http://127.0.0.1:4566/?Action=Unsubscribe&SubscriptionArn=" in mail().get_content()


def test_an_email_json_subscriber_gets_the_envelope(notifications: NotificationService, mail: Mail) -> None:
    notifications.deliver(FakeSubscription("email-json", "you@example.com"), "text", "id-1")
    assert '"Message": "text"' in mail().get_content()


def test_an_http_subscriber_must_confirm_before_it_gets_messages(
    notifications: NotificationService, receiver: Receiver, printed: PrintedLines
) -> None:
    subscription = FakeSubscription("http", receiver.url)
    notifications.subscribed(subscription)
    headers, body = receiver.next()
    envelope = json.loads(body)
    assert headers["x-amz-sns-message-type"] == envelope["Type"] == "SubscriptionConfirmation"
    assert subscription.attributes["PendingConfirmation"] == "true"

    notifications.deliver(subscription, "too early", "id-1")
    assert notifications.answer(urlsplit(envelope["SubscribeURL"]).query)
    assert printed.next()[1].endswith("confirmed its subscription")
    notifications.deliver(subscription, "in time", "id-2")
    assert json.loads(receiver.next()[1])["Message"] == "in time"


def test_a_wrong_token_confirms_nothing(notifications: NotificationService, receiver: Receiver) -> None:
    subscription = FakeSubscription("http", receiver.url)
    notifications.subscribed(subscription)
    assert notifications.answer("Action=ConfirmSubscription&Token=guessed") is None
    assert not subscription.confirmed


def test_an_http_notification_has_the_headers_and_envelope_of_sns(notifications: NotificationService, receiver: Receiver) -> None:
    subscription = confirmed(notifications, receiver)
    attributes = {"type": {"Type": "String", "Value": "video.succeeded"}}
    notifications.deliver(subscription, "text", "id-1", subject="s", message_attributes=attributes)
    headers, body = receiver.next()
    envelope = json.loads(body)
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == TOPIC
    assert headers["x-amz-sns-message-id"] == envelope["MessageId"] == "id-1"
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert (envelope["Type"], envelope["Message"], envelope["Subject"]) == ("Notification", "text", "s")
    assert envelope["MessageAttributes"] == attributes


def test_the_signature_of_an_envelope_is_valid(notifications: NotificationService, receiver: Receiver) -> None:
    notifications.deliver(confirmed(notifications, receiver), "text", "id-1", subject="s")
    envelope = json.loads(receiver.next()[1])
    certificate = notifications.certificate(urlsplit(envelope["SigningCertURL"]).path)
    assert certificate
    key = load_pem_x509_certificate(certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    fields = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    text = "".join(f"{field}\n{envelope[field]}\n" for field in fields)
    key.verify(base64.b64decode(envelope["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_raw_delivery_posts_only_the_message(notifications: NotificationService, receiver: Receiver) -> None:
    subscription = confirmed(notifications, receiver, RawMessageDelivery="true")
    notifications.deliver(subscription, '{"raw": true}', "id-1")
    headers, body = receiver.next()
    assert body == '{"raw": true}'
    assert headers["x-amz-sns-rawdelivery"] == "true"


def test_a_filter_policy_suppresses_messages(notifications: NotificationService, receiver: Receiver) -> None:
    subscription = confirmed(notifications, receiver)
    subscription._filter_policy_matcher = FilterPolicyMatcher({"type": ["video.failed"]}, None)
    for kind in ("video.succeeded", "video.failed"):
        attributes = {"type": {"Type": "String", "Value": kind}}
        assert notifications.deliver(subscription, kind, "id-1", message_attributes=attributes)
    assert json.loads(receiver.next()[1])["Message"] == "video.failed"


def test_a_server_error_is_retried(notifications: NotificationService, receiver: Receiver) -> None:
    subscription = confirmed(notifications, receiver)
    receiver.statuses = [500, 503, 429]
    notifications.deliver(subscription, "text", "id-1")
    assert len({json.loads(receiver.next()[1])["MessageId"] for _ in range(4)}) == 1


def test_a_client_error_is_final(notifications: NotificationService, receiver: Receiver, printed: PrintedLines) -> None:
    subscription = confirmed(notifications, receiver)
    printed.next()
    receiver.statuses = [404, 200]
    notifications.deliver(subscription, "text", "id-1")
    assert printed.next() == ("events", f"gave up on {receiver.url}: status 404")
    assert receiver.statuses == [200]


def test_an_unreachable_endpoint_is_given_up(notifications: NotificationService, receiver: Receiver, printed: PrintedLines) -> None:
    subscription = confirmed(notifications, receiver)
    printed.next()
    subscription.endpoint = "http://127.0.0.1:9/hook"
    notifications.deliver(subscription, "text", "id-1")
    assert printed.next() == ("events", "gave up on http://127.0.0.1:9/hook: ConnectionError")


def test_a_subscriptions_delivery_policy_sets_its_retry_delays() -> None:
    healthy = {"numRetries": 3, "minDelayTarget": 20, "maxDelayTarget": 300, "backoffFunction": "linear"}
    subscription = FakeSubscription("https", "x", DeliveryPolicy=json.dumps({"healthyRetryPolicy": healthy}))
    assert retry_delays(subscription) == [20, 160, 300]
    assert retry_delays(FakeSubscription("https", "x")) == [20, 20, 20]


def test_deliveries_to_queues_and_functions_are_left_to_moto(notifications: NotificationService) -> None:
    assert not notifications.deliver(FakeSubscription("sqs", "arn:aws:sqs:us-east-1:123456789012:q"), "text", "id-1")
