"""Read an order of the provider's own API: the documented fields of the model in the path, and a webhook that it does not have."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprelay.api.http.request import Request
from cliprelay.catalog.aliases import right_name
from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import Offer
from cliprelay.errors import FieldComplaint, Refusal

URL_HEADER, EVENTS_HEADER = "X-ClipRelay-Webhook-Url", "X-ClipRelay-Webhook-Events"
# Where the provider's other models take the address of a webhook.
URL_MEMBER = "extra.webhook.url"


@dataclass
class AskedOrder:
    """An order in our own field names, what is wrong with the rest of its request, and how its client names what is ours."""

    fields: dict[str, Any]
    complaints: list[FieldComplaint] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def renamed(self, refusal: Refusal) -> Refusal:
        """Return a refusal with the client's own names in the complaints of others."""
        mine = {id(each) for each in self.complaints}
        refusal.complaints = [each if id(each) in mine else self._renamed(each) for each in refusal.complaints]
        return refusal

    def _renamed(self, complaint: FieldComplaint) -> FieldComplaint:
        # `webhook_events.0` is a part of a field.
        name, message = complaint["field"].partition(".")[0], complaint["message"]
        for ours, theirs in self.names.items():
            message = message.replace(ours, theirs)
        return {**complaint, "field": self.names.get(name, complaint["field"]), "message": message}


def read_order(asking: Request, body: Mapping[str, Any], model: Model, offer: Offer) -> AskedOrder:
    """Read the body and the headers of an order."""
    known = {name: value for name, value in body.items() if model.field(name)}
    asked = AskedOrder({**known, "model": model.name})
    asked.complaints += [_unknown(name, model, offer) for name in body if name != "extra" and name not in known]
    _read_webhook(asking, body.get("extra"), asked)
    return asked


def sent_with(asking: Request, model: Model) -> bytes:
    """Return all that an order is read from: two orders with the same of it are the same."""
    headers = [asking.header(name.lower()) or "" for name in (URL_HEADER, EVENTS_HEADER)]
    return "\n".join([model.name, *headers, ""]).encode() + asking.raw


def _unknown(name: str, model: Model, offer: Offer) -> FieldComplaint:
    not_a_field = f"is not a field of {model.name}"
    headers = {"webhook_url": URL_HEADER, "webhook_events": EVENTS_HEADER}
    right = right_name(name, model, frozenset({*(each.name for each in model.fields), *headers}))
    if header := headers.get(right or name):
        message = f"{not_a_field}; send the header {header}"
    elif name == "model":
        message = f"{not_a_field}; the model is the last part of the path"
    elif right and (found := model.field(right)):
        return _complaint(name, f"{not_a_field}; use {right}", found.accepted)
    elif others := [other.name for other in offer.models if other.field(name)]:
        message = f"{not_a_field}, but of {', '.join(others)}: the last part of the path names the model"
    else:
        message = f"{not_a_field}; its fields are {', '.join(each.name for each in model.fields)}"
    return _complaint(name, message)


def _read_webhook(asking: Request, extra: object, asked: AskedOrder) -> None:
    """Take the webhook from the headers, or from the body as other models of the provider do."""
    header, events = asking.header(URL_HEADER.lower()), asking.header(EVENTS_HEADER.lower())
    member = _read_extra(extra, asked)
    if header is not None and member is not None:
        asked.complaints.append(_complaint(URL_MEMBER, f"was sent together with the header {URL_HEADER}; send one of the two"))
    url = header if member is None else member
    if url is not None:
        asked.fields["webhook_url"] = url
    if events is not None:
        asked.fields["webhook_events"] = [each.strip() for each in events.split(",")]
    asked.names |= {"webhook_url": URL_HEADER if member is None else URL_MEMBER, "webhook_events": EVENTS_HEADER}


def _read_extra(extra: object, asked: AskedOrder) -> object:
    """Return the address in `extra`, whatever its type; None if there is none."""
    webhook = _only_member(extra, "extra", "webhook", asked)
    return _only_member(webhook, "extra.webhook", "url", asked)


def _only_member(value: object, place: str, member: str, asked: AskedOrder) -> object:
    """Return a member of an object that may have no other."""
    if value is None:
        return None
    if not isinstance(value, dict):
        asked.complaints.append(_complaint(place, "must be an object"))
        return None
    others = [name for name in value if name != member]
    asked.complaints += [_complaint(f"{place}.{name}", f"is not supported; `{place}` has only `{member}` here") for name in others]
    return value.get(member)


def _complaint(name: str, message: str, accepted: str = "") -> FieldComplaint:
    complaint = FieldComplaint(field=name[:200], message=message)
    return {**complaint, "accepted": accepted} if accepted else complaint
