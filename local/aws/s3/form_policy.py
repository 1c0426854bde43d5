"""Check HTML form uploads against their signed policy, and reject them as S3 does.

The rules: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html and RESTObjectPOST.html there.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from local.account import SIGNERS
from local.aws.s3.errors import S3Error, bad_request, forbidden

# S3's limit for all fields except the file.
MAX_FIELD_BYTES = 20_000
# A field with the SHA-256 of the file, in base64.
CHECKSUM = "x-amz-checksum-sha256"
# Fields that no policy has to mention.
_EXEMPT_FIELDS = ("x-amz-signature", "policy", "file")


@dataclass(frozen=True)
class Form:
    """The fields before the file, by lower-case name, and the file."""

    fields: dict[str, str]
    file_name: str
    file: bytes

    @property
    def key(self) -> str:
        return self.fields["key"].replace("${filename}", self.file_name)


@dataclass(frozen=True)
class Policy:
    """The expiry and conditions of a form."""

    expires: datetime
    conditions: list[Any]


def read_form(content_type: str, body: bytes) -> Form:
    """Parse multipart/form-data as S3 does, ignoring fields after the file; raise S3Error."""
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    try:
        fields, file = _parts(MultipartDecoder(boundary.encode()), body)
    except ValueError:
        raise bad_request("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.") from None
    if file is None:
        raise bad_request("InvalidArgument", "POST requires exactly one file upload per request.")
    if sum(len(name) + len(value) for name, value in fields.items()) > MAX_FIELD_BYTES:
        raise bad_request("MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file were too large.")
    if not fields.get("key"):
        what = "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
        raise bad_request("InvalidArgument", what)
    return Form(fields, *file)


def _parts(decoder: MultipartDecoder, body: bytes) -> tuple[dict[str, str], tuple[str, bytes] | None]:
    """Return the fields before the file, by lower-case name, and the file's name and bytes."""
    decoder.receive_data(body)
    decoder.receive_data(None)
    fields: dict[str, str] = {}
    part: Field | File | None = None
    data = b""
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            part, data = event, b""
        elif isinstance(event, Data) and part is not None:
            data += event.data
            if event.more_data:
                continue
            if part.name == "file":
                return fields, (part.filename if isinstance(part, File) else "", data)
            fields[part.name.lower()] = data.decode(errors="replace")
    return fields, None


def check_form(form: Form, bucket: str, now: datetime) -> None:
    """Raise S3Error unless the policy has a valid signature, is not expired and allows this form."""
    if "policy" not in form.fields:
        raise forbidden("AccessDenied", "Access Denied")
    _check_signature(form.fields)
    policy = _policy(form.fields["policy"])
    if now >= policy.expires:
        raise _policy_violation("Policy expired.")
    values = form.fields | {"bucket": bucket, "key": form.key}
    _check_named(form.fields, policy.conditions)
    for condition in policy.conditions:
        _check_condition(condition, values, len(form.file))
    _check_sum(form)


def _check_sum(form: Form) -> None:
    """Raise S3Error if the form has a checksum that its file does not match."""
    checksum = form.fields.get(CHECKSUM)
    if checksum is None:
        return
    try:
        wanted = base64.b64decode(checksum, validate=True)
    except ValueError:
        wanted = b""
    if len(wanted) != hashlib.sha256().digest_size:
        raise bad_request("InvalidRequest", f"Value for {CHECKSUM} header is invalid.")
    if wanted != hashlib.sha256(form.file).digest():
        raise bad_request("BadDigest", "The SHA256 you specified did not match the calculated checksum.")


def _check_signature(fields: Mapping[str, str]) -> None:
    if fields.get("x-amz-algorithm") != "AWS4-HMAC-SHA256":
        raise bad_request("InvalidRequest", "Bucket POST must contain a field named 'X-Amz-Algorithm' with AWS4-HMAC-SHA256.")
    try:
        access_key_id, day, region, service, scope = fields["x-amz-credential"].split("/")
    except (KeyError, ValueError):
        raise bad_request("AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter") from None
    if access_key_id not in SIGNERS:
        raise forbidden("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    key = f"AWS4{SIGNERS[access_key_id]}".encode()
    for part in (day, region, service, scope, fields["policy"]):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    if service != "s3" or not hmac.compare_digest(key.hex().encode(), fields.get("x-amz-signature", "").encode()):
        raise forbidden("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")


def _policy(encoded: str) -> Policy:
    try:
        document = json.loads(base64.b64decode(encoded, validate=True))
        expires = datetime.strptime(document["expiration"].replace(".000Z", "Z"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return Policy(expires, _conditions(document["conditions"]))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise bad_request("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from None


def _conditions(given: list[Any]) -> list[Any]:
    """Expand {"name": "value"} to ["eq", "$name", "value"]."""
    conditions: list[Any] = []
    for condition in given:
        conditions += [["eq", f"${name}", value] for name, value in condition.items()] if isinstance(condition, dict) else [condition]
    return conditions


def _check_named(fields: Mapping[str, str], conditions: list[Any]) -> None:
    named = {str(condition[1]).lstrip("$").lower() for condition in conditions}
    extra = [name for name in fields if name not in named and name not in _EXEMPT_FIELDS and not name.startswith("x-ignore-")]
    if extra:
        raise _policy_violation(f"Extra input fields: {extra[0]}")


def _check_condition(condition: list[Any], values: Mapping[str, str], size: int) -> None:
    kind, name, wanted = condition[0].lower(), str(condition[1]), condition[2]
    if kind == "content-length-range":
        return _check_size(size, int(name), int(wanted))
    value = values.get(name.lstrip("$").lower(), "")
    holds = value == wanted if kind == "eq" else kind == "starts-with" and value.startswith(wanted)
    if not holds:
        raise _policy_violation(f"Policy Condition failed: {json.dumps(condition)}")
    return None


def _check_size(size: int, least: int, most: int) -> None:
    if size > most:
        raise bad_request("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", ProposedSize=size, MaxSizeAllowed=most)
    if size < least:
        raise bad_request(
            "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", ProposedSize=size, MinSizeAllowed=least
        )


def _policy_violation(reason: str) -> S3Error:
    return forbidden("AccessDenied", f"Invalid according to Policy: {reason}")
