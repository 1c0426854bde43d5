"""Signatures of SNS: a receiver that follows SNS's documentation verifies them with the served certificate."""

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.aws.sns.signature import Signer
from local.state.database import Database
from local.state.records import Records

ENVELOPE = {
    "Type": "Notification",
    "MessageId": "m-1",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:events",
    "Subject": "Ready",
    "Message": "Your video is ready.",
    "Timestamp": "2026-11-22T06:00:00.000Z",
    "UnsubscribeURL": "http://127.0.0.1:4566/unsubscribe",
}
SIGNER = Signer("http://127.0.0.1:4566", Records(Database(None), "signer"))


def _verify(signed: dict[str, Any], *fields: str) -> None:
    key = x509.load_pem_x509_certificate(SIGNER.certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    text = "".join(f"{field}\n{signed[field]}\n" for field in fields)
    key.verify(base64.b64decode(signed["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_notification_is_signed_over_the_documented_fields_in_their_order() -> None:
    signed = SIGNER.signed(ENVELOPE)
    assert signed["SignatureVersion"] == "2"
    assert signed["SigningCertURL"] == "http://127.0.0.1:4566/SimpleNotificationService-local.pem"
    assert {name: signed[name] for name in ENVELOPE} == ENVELOPE
    _verify(signed, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


def test_fields_that_are_absent_are_not_signed() -> None:
    signed = SIGNER.signed({name: value for name, value in ENVELOPE.items() if name != "Subject"})
    _verify(signed, "Message", "MessageId", "Timestamp", "TopicArn", "Type")


def test_a_changed_message_does_not_verify() -> None:
    with pytest.raises(InvalidSignature):
        _verify(SIGNER.signed(ENVELOPE) | {"Message": "Another."}, "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


def test_a_receiver_that_keeps_the_certificate_verifies_messages_of_a_later_start() -> None:
    records = Records(Database(None), "signer")
    key = x509.load_pem_x509_certificate(Signer("http://127.0.0.1:4566", records).certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signed = Signer("http://127.0.0.1:4566", records).signed({"Message": "any"})
    key.verify(base64.b64decode(signed["Signature"]), b"Message\nany\n", padding.PKCS1v15(), hashes.SHA256())
