"""Strict query parameters: known to the route, sent once, and integers in plain digits."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler.openapi.params import Query

from cliprelay.errors import FieldComplaint
from cliprelay.orders.wording import field_name

# Python, and therefore pydantic, also reads "1_0", "+1", " 1", "1.0" and digits of other scripts.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")


def query_parameters(route: Callable[..., Any]) -> dict[str, type]:
    """Return the query parameters that a route declares, with their types."""
    found: dict[str, type] = {}
    for name, parameter in inspect.signature(route).parameters.items():
        query = next((each for each in getattr(parameter.annotation, "__metadata__", ()) if isinstance(each, Query)), None)
        if query is not None:
            found[query.alias or name] = parameter.annotation.__origin__
    return found


def query_complaints(raw: str, known: Mapping[str, type]) -> list[FieldComplaint]:
    """Return what is wrong with a raw query string, apart from the values that the route itself checks."""
    pairs = parse_qsl(raw, keep_blank_values=True)
    times, values = Counter(name for name, _ in pairs), dict(pairs)
    messages = {name: _message(times[name], values[name], known.get(name), known) for name in times}
    return [FieldComplaint(field=field_name([name]), message=message) for name, message in messages.items() if message]


def _message(times: int, value: str, kind: type | None, known: Mapping[str, type]) -> str:
    if kind is None:
        return "is not a parameter of this request" + (f"; its parameters are {', '.join(known)}" if known else ", which has none")
    if times > 1:
        return "must be sent once"
    if kind is int and not _INTEGER.fullmatch(value):
        return "must be an integer in plain digits"
    return ""
