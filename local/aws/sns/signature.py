"""Sign SNS messages as SNS does, with a local certificate, so that receivers can test their verification."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

# https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html: those present, in this order.
SIGNED_FIELDS = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


class Signer:
    """Creates its key for the first HTTP endpoint; most runs have none."""

    certificate_path = "/SimpleNotificationService-local.pem"

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def signed(self, envelope: dict[str, Any]) -> dict[str, Any]:
        text = "".join(f"{field}\n{envelope[field]}\n" for field in SIGNED_FIELDS if field in envelope)
        signature = self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return envelope | {
            # Version 2 uses SHA-256; many OpenSSL builds reject version 1, SHA-1.
            "SignatureVersion": "2",
            "Signature": base64.b64encode(signature).decode(),
            "SigningCertURL": self._endpoint + self.certificate_path,
        }

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=365))
        )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
