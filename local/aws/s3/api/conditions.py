"""The conditions of reads, writes and copies on the ETag and the time of what is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from local.aws.s3.errors import no_such_key, not_implemented, precondition_failed
from local.aws.s3.store.index import StoredObject


@dataclass(frozen=True)
class _Names:
    """The headers of four conditions."""

    match: str
    none_match: str
    modified: str
    unmodified: str


_READ = _Names("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")
_COPY = _Names(*(f"x-amz-copy-source-{name}" for name in vars(_READ).values()))


def is_unchanged(headers: Mapping[str, str], stored: StoredObject) -> bool:
    """Return whether the answer is 304; raise S3Error for 412. The order is that of RFC 9110, section 13.2.2."""
    return _is_unchanged(headers, stored, _READ)


def check_copy(headers: Mapping[str, str], source: StoredObject) -> None:
    """Raise S3Error unless the source of a copy is as expected."""
    if _is_unchanged(headers, source, _COPY):
        raise precondition_failed("x-amz-copy-source-If-None-Match")


def check_write(headers: Mapping[str, str], key: str, stored: StoredObject | None) -> None:
    """Raise S3Error unless a write may replace what is stored."""
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match not in (None, "*"):
        raise not_implemented("If-None-Match with anything but * for writes")
    if none_match and stored:
        raise precondition_failed("If-None-Match")
    if match and stored is None:
        raise no_such_key(key)
    if match and stored and not _has_etag(match, stored):
        raise precondition_failed("If-Match")


def _is_unchanged(headers: Mapping[str, str], stored: StoredObject, names: _Names) -> bool:
    match, none_match = headers.get(names.match), headers.get(names.none_match)
    unmodified, modified = _time(headers.get(names.unmodified)), _time(headers.get(names.modified))
    if match is not None:
        if not _has_etag(match, stored):
            raise precondition_failed("If-Match")
    elif unmodified is not None and int(stored.modified) > unmodified.timestamp():
        raise precondition_failed("If-Unmodified-Since")
    if none_match is not None:
        return _has_etag(none_match, stored)
    return modified is not None and int(stored.modified) <= modified.timestamp()


def _has_etag(wanted: str, stored: StoredObject) -> bool:
    tags = [each.strip().removeprefix("W/").strip('"') for each in wanted.split(",")]
    return "*" in tags or stored.etag in tags


def _time(value: str | None) -> datetime | None:
    """Return the time of a header; one that is no date is ignored."""
    try:
        return parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
