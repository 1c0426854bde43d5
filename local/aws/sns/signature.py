"""Sign SNS messages as SNS does, with a local certificate, so that receivers can test their verification."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import Lock
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from local.state.records import Records

# https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html: those present, in this order.
SIGNED_FIELDS = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")

_KEY, _PEM = "key", (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)


class Signer:
    """Creates its key for the first HTTP endpoint or queue, and keeps it: receivers keep the certificate."""

    certificate_path = "/SimpleNotificationService-local.pem"

    def __init__(self, endpoint: str, records: Records) -> None:
        self._endpoint, self._records, self._creating = endpoint, records, Lock()

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
        with self._creating:
            stored = self._records.get(_KEY)
            key: Any = serialization.load_pem_private_key(stored["pem"].encode(), None) if stored else self._create_key()
            return key  # type: ignore[no-any-return]  # only an RSA key is stored

    def _create_key(self) -> rsa.RSAPrivateKey:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._records.put(_KEY, {"version": 1, "pem": key.private_bytes(*_PEM, serialization.NoEncryption()).decode()})
        return key

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
