"""Server certificates: a valid one, and three that must be rejected."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# Real time, because TLS uses the machine's clock.
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Signer:
    """A certificate authority; clients trust its certificate."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def any_signer() -> Signer:
    """Create a certificate authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Signer(_sign(_name("an authority"), key, _name("an authority"), key, hosts=(), days=(-1, 1), is_authority=True), key)


class Certificates:
    """Files in a folder: `believed` for clients, and a context per kind of certificate for servers."""

    def __init__(self, folder: Path, host: str) -> None:
        self._folder = folder
        signer = any_signer()
        self.believed = folder / "believed.pem"
        self.believed.write_bytes(_pem(signer.certificate))
        self._contexts = {
            "good": self._context("good", signer, host, (-1, 1)),
            "self-signed": self._context("self-signed", None, host, (-1, 1)),
            "of another host": self._context("of another host", signer, "another.example.com", (-1, 1)),
            "expired": self._context("expired", signer, host, (-3, -1)),
        }

    def file(self, kind: str) -> Path:
        """Return the file of a certificate and its key, for a server in another process."""
        return self._folder / f"{kind}.pem"

    def context(self, kind: str) -> SSLContext:
        """Return the context of a server with this kind of certificate."""
        return self._contexts[kind]

    def _context(self, kind: str, signer: Signer | None, host: str, days: tuple[int, int]) -> SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer, signing = (signer.certificate.subject, signer.key) if signer else (_name(host), key)
        certificate = _sign(_name(host), key, issuer, signing, hosts=(host,), days=days)
        file = self.file(kind)
        file.write_bytes(_pem(certificate) + _private(key))
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    signing: ec.EllipticCurvePrivateKey,
    *,
    hosts: tuple[str, ...],
    days: tuple[int, int],
    is_authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        # Python 3.13 requires these, like RFC 5280.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
        .add_extension(_usage(is_authority), critical=True)
    )
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
    return made.sign(signing, hashes.SHA256())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(is_authority: bool) -> x509.KeyUsage:
    uses = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    return x509.KeyUsage(digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority, **uses)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
