"""Sign expiring video URLs in the form of S3's presigned URLs."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import parse_qsl, urlencode

_DATE = "%Y%m%dT%H%M%SZ"
_ALGORITHM = "AWS4-HMAC-SHA256"


class DownloadDenied(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Signer:
    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, path: str, at: float, ttl: int) -> str:
        """Return the path with a signed query."""
        terms = {
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Date": datetime.fromtimestamp(at, UTC).strftime(_DATE),
            "X-Amz-Expires": str(ttl),
        }
        return f"{path}?{urlencode({**terms, 'X-Amz-Signature': self._signature(path, terms)})}"

    def check(self, path: str, query: str, now: float) -> None:
        """Raise DownloadDenied, with S3's message, unless the query was signed for this path and has not expired."""
        pairs = parse_qsl(query, keep_blank_values=True)
        terms = dict(pairs)
        signature = terms.pop("X-Amz-Signature", "")
        if not signature:
            raise DownloadDenied("AccessDenied", "Access Denied")
        # An extra or repeated parameter invalidates the signature too.
        expected = self._signature(path, terms) if len(terms) + 1 == len(pairs) else ""
        if not hmac.compare_digest(signature.encode(), expected.encode()):
            raise DownloadDenied("SignatureDoesNotMatch", "The request signature we calculated does not match")
        if now >= _expiry(terms):
            raise DownloadDenied("AccessDenied", "Request has expired")

    def _signature(self, path: str, terms: Mapping[str, str]) -> str:
        text = "\n".join([path, *(f"{name}={terms[name]}" for name in sorted(terms))])
        return hmac.new(self._secret, text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _expiry(terms: Mapping[str, str]) -> float:
    signed = datetime.strptime(terms["X-Amz-Date"], _DATE).replace(tzinfo=UTC)
    return signed.timestamp() + int(terms["X-Amz-Expires"])
