"""The body of `POST …/tasks` as an order: fields, text commands and pictures under our own names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprelay.api.ark.commands import Text, read_text
from cliprelay.api.ark.content import Content, read_content
from cliprelay.api.ark.models import read_model
from cliprelay.catalog.aliases import right_name
from cliprelay.catalog.model import Model
from cliprelay.catalog.registry import Offer
from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.faces.ark import CALLBACK_EVENTS, SAFETY_IDENTIFIER
from cliprelay.video.record import METADATA_VALUE

# Fields that set something, each with what that is to us.
SETTINGS: Mapping[str, str] = {
    "resolution": "resolution",
    "ratio": "ratio",
    "duration": "duration",
    "framespersecond": "fps",
    "seed": "seed",
    "camera_fixed": "camera_fixed",
    "watermark": "watermark",
    "generate_audio": "audio",
    "service_tier": "service_tier",
    "execution_expires_after": "execution_expires_after",
}
# Our own fields, which clients send through `extra_body`, and the callback.
OWN: Mapping[str, str] = {
    "callback_url": "webhook_url",
    "metadata": "metadata",
    "max_cost_usd": "max_cost_usd",
    "expires_in": "expires_in",
    "not_before": "not_before",
}
# Fields of the vendor that no model of ours has: ignored when they ask for nothing.
ELSEWHERE = ("return_last_frame", "draft", "priority", "output_format", "tools", "omni_reference_task_type", "frames")
FIELDS = ("model", "content", *SETTINGS, *OWN, SAFETY_IDENTIFIER, *ELSEWHERE)
_NOTHING: tuple[Any, ...] = (False, 0, "", [], {})
# By our names, as `right_name` gives them.
_THEIRS = {ours: theirs for theirs, ours in {**SETTINGS, **OWN}.items()} | {
    "generate_audio": "generate_audio",
    "image": "content, with an item of type image_url",
    "last_image": "content, with an item of type image_url and the role last_frame",
    "prompt": "content, with an item of type text",
}


@dataclass
class ArkOrder:
    """An order of Ark: the model as it was named, the fields under our names, and what is wrong or of no effect.

    `places` has the names of the body for our names.
    """

    model: str
    body: dict[str, Any]
    places: dict[str, str]
    complaints: list[FieldComplaint] = field(default_factory=list)
    warnings: tuple[Mapping[str, str], ...] = ()

    def place_of(self, ours: str) -> str:
        """Return what the body calls one of our fields, or a part of it; `content` for an item that it does not have."""
        name, dot, rest = ours.partition(".")
        if name in ("image", "last_image", "prompt"):
            return self.places.get(name, "content")
        return f"{self.places.get(name, name)}{dot}{rest}"


def read_order_of_ark(sent: Mapping[str, Any], offer: Offer, aliases: Mapping[str, str]) -> ArkOrder:
    """Read a body, in which null means absent; raises Refusal without a model."""
    given = {name: value for name, value in sent.items() if value is not None}
    content = read_content(given.get("content"))
    name = given.get("model")
    if not isinstance(name, str):
        missing = FieldComplaint(field="model", message="is required" if name is None else "must be the name of a model")
        raise invalid_request([missing, *content.complaints])
    model = read_model(name, offer, aliases, with_picture="image" in content.places)
    text = read_text(content.text, model) if content.text is not None else None
    order = ArkOrder(name, {"model": model.name}, dict(content.places), content.complaints)
    _read_pictures(order, content)
    _read_settings(order, given, model)
    _read_commands(order, text, content, given, model)
    _read_own(order, given)
    _refuse_others(order, given, model)
    return order


def _complain(order: ArkOrder, name: str, message: str) -> None:
    order.complaints.append(FieldComplaint(field=name, message=message))


def _read_pictures(order: ArkOrder, content: Content) -> None:
    order.body |= content.pictures


def _read_settings(order: ArkOrder, given: Mapping[str, Any], model: Model) -> None:
    """Take over the settings; the price of what the model is to choose would not be known."""
    for theirs, role in SETTINGS.items():
        ours = _our_name(model, role)
        order.places[ours] = theirs
        if theirs not in given or (ours not in _names(model) and given[theirs] is False):
            continue
        if (theirs, given[theirs]) == ("duration", -1):
            accepted = next(each.accepted for each in model.fields if each.means == "duration")
            _complain(order, theirs, f"-1 is not possible: the price would not be known; {accepted}")
        else:
            order.body[ours] = given[theirs]


def _our_name(model: Model, role: str) -> str:
    found = model.meaning(role)
    return found.name if found else "generate_audio" if role == "audio" else role


def _names(model: Model) -> set[str]:
    return {each.name for each in model.fields}


def _read_commands(order: ArkOrder, text: Text | None, content: Content, given: Mapping[str, Any], model: Model) -> None:
    """Set what the commands say, unless the body says something else; the rest of the text is the prompt."""
    if text is None:
        return
    place = content.places["prompt"]
    for message in text.complaints:
        _complain(order, place, message)
    for role, value in text.values.items():
        theirs = next(name for name, means in SETTINGS.items() if means == role)
        if theirs in given and given[theirs] != value:
            _complain(order, place, f"{text.written[role]} contradicts {theirs}, which is {given[theirs]!r}"[:300])
        else:
            order.body[_our_name(model, role)] = value
    if text.prompt or not (text.written or text.complaints):
        order.body["prompt"] = text.prompt
    else:
        _complain(order, place, "has no words besides its commands")
    order.warnings = tuple(_unknown_command(each) for each in text.unknown)


def _unknown_command(command: str) -> dict[str, str]:
    return {"code": "unknown_command", "message": f"{command[:64]} is not a command; it stays in the prompt and sets nothing."}


def _read_own(order: ArkOrder, given: Mapping[str, Any]) -> None:
    """Take over our own fields, and the identifier of an end user as metadata."""
    for theirs, ours in OWN.items():
        order.places[ours] = theirs
        if theirs in given:
            order.body[ours] = given[theirs]
    if "callback_url" in given:
        order.body["webhook_events"] = list(CALLBACK_EVENTS)
    if SAFETY_IDENTIFIER not in given:
        return
    value, metadata = given[SAFETY_IDENTIFIER], given.get("metadata", {})
    if not isinstance(value, str) or len(value) > METADATA_VALUE:
        _complain(order, SAFETY_IDENTIFIER, f"must be a string of at most {METADATA_VALUE} characters")
    elif isinstance(metadata, dict):
        order.body["metadata"] = {**metadata, SAFETY_IDENTIFIER: value}


def _refuse_others(order: ArkOrder, given: Mapping[str, Any], model: Model) -> None:
    """Refuse what the model cannot do, and what is no field at all, by the right name if there is one."""
    for name in ELSEWHERE:
        if name in given and given[name] not in _NOTHING and (name, given[name]) != ("output_format", "mp4"):
            _complain(order, name, f"is not possible for this model{'; use duration' if name == 'frames' else ''}")
    ours = {*_names(model), *OWN.values(), "image", "last_image", "prompt"}
    for name in [each for each in given if each not in FIELDS]:
        right = "webhook_url" if name == "webhook_url" else _our_right_name(name, model, frozenset(ours))
        message = f"is not a field of this request; use {_THEIRS.get(right, right)}" if right else "is not a field of this request"
        _complain(order, name[:200], message if right else f"{message}; its fields are {', '.join(FIELDS)}")


def _our_right_name(name: str, model: Model, ours: frozenset[str]) -> str | None:
    return name if name in ours else right_name(name, model, ours)
