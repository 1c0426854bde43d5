"""The body of an order, JSON or a form, as fields by name; a file is bytes, and other values of a form are texts."""

import re
from typing import Any, NamedTuple

from cliprelay.api.http.request import Request
from cliprelay.api.http.strict_json import parse
from cliprelay.api.openai.multipart import TO_FILE, Part, parts_of
from cliprelay.errors import FieldComplaint, Refusal, invalid_request
from cliprelay.orders.wording import field_name

# metadata[order], webhook_events[], input_reference[image_url]
_BRACKETS = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")


class Body(NamedTuple):
    """The fields of a body, whether it is a form, and what is wrong with its names and texts."""

    fields: dict[str, Any]
    is_form: bool = False
    complaints: tuple[FieldComplaint, ...] = ()


def read_body(asking: Request) -> Body:
    """Read the body of a request; raises Refusal if that is neither JSON nor a form."""
    content_type = asking.header("content-type") or ""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _form(parts_of(asking.raw, content_type))
    if kind not in ("", "application/json"):
        raise Refusal("unsupported_media_type", "Send the body as multipart/form-data or as application/json.")
    return Body(_json(asking.raw))


def _json(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refusal("malformed_json", "The body is not JSON: it is not UTF-8.") from None
    if not text or text.isspace():
        raise Refusal("malformed_json", "The body is empty; it must be a form or a JSON object.")
    try:
        fields: dict[str, Any] = parse(text)
    except Refusal as refusal:
        # A Buffer of Node.js becomes an array with a number for each byte.
        if any(each["field"] == "input_reference" for each in refusal.complaints):
            raise invalid_request([FieldComplaint(field="input_reference", message=TO_FILE)]) from None
        raise
    return fields


def _form(parts: list[Part]) -> Body:
    fields: dict[str, Any] = {}
    complaints: list[FieldComplaint] = []
    for part in parts:
        message = _add(fields, part.name, part.data if part.is_file else _text(part.data))
        if message:
            complaints.append(FieldComplaint(field=field_name([part.name]), message=message))
    return Body(fields, True, tuple(complaints))


def _text(data: bytes) -> str | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def _add(fields: dict[str, Any], name: str, value: bytes | str | None) -> str:
    """Add one part to the fields; return what is wrong with it, or ""."""
    if value is None:
        return "must be text in UTF-8 without the NUL character"
    nested = _BRACKETS.fullmatch(name)
    if nested is None:
        if name in fields:
            return "must be sent once"
        fields[name] = value
        return ""
    return _add_inner(fields, nested[1], nested[2], value)


def _add_inner(fields: dict[str, Any], name: str, inner: str, value: bytes | str) -> str:
    """Add an item of a list, `name[]`, or a member of an object, `name[inner]`."""
    found = fields.setdefault(name, {} if inner else [])
    if isinstance(found, list) and not inner:
        found.append(value)
    elif isinstance(found, dict) and inner and inner not in found:
        found[inner] = value
    else:
        return "must be sent once, in one form"
    return ""
