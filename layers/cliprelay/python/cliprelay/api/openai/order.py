"""An order in OpenAI's fields, translated into ours: exactly, or with a complaint that names what is possible."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprelay.api.openai.body import Body
from cliprelay.api.openai.errors import UNKNOWN
from cliprelay.api.openai.pictures import picture_of, reference_of
from cliprelay.api.openai.sizes import DEFAULT_RATIO, DEFAULT_RESOLUTION, default_seconds, sizes_of
from cliprelay.catalog.aliases import right_name
from cliprelay.catalog.families import model_meant, names_meant
from cliprelay.catalog.model import Kind, Model
from cliprelay.catalog.registry import DEFAULT_MODEL, Offer
from cliprelay.errors import FieldComplaint
from cliprelay.faces.openai import FIELD_NAMES
from cliprelay.orders.wording import field_name

# The model of an order that names none; the picture decides which of its members makes the video.
DEFAULT_FAMILY = DEFAULT_MODEL.removesuffix("-i2v")
THEIRS = ("model", "prompt", "seconds", "size", "input_reference")
# The relay's own fields, by the type that a text of a form is converted to.
OWN: Mapping[str, str] = {
    "metadata": "object",
    "max_cost_usd": "text",
    "webhook_url": "text",
    "webhook_events": "list",
    "expires_in": "integer",
    "not_before": "text",
}
MODEL_NOT_FOUND = "model_not_found"
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")


@dataclass
class Draft:
    """What has been translated so far: the body of an order in our fields, or none, and the complaints in OpenAI's."""

    body: dict[str, Any] = field(default_factory=dict)
    complaints: list[FieldComplaint] = field(default_factory=list)
    model: Model | None = None
    asked_model: str | None = None

    def complain(self, name: str, message: str, **parts: str) -> None:
        """Add a complaint."""
        self.complaints.append(FieldComplaint(field=field_name([name]), message=message, **parts))  # type: ignore[typeddict-item]


def translate(body: Body, offer: Offer, aliases: Mapping[str, str]) -> Draft:
    """Translate an order; without a model, nothing that depends on one has been looked at."""
    fields = {name: value for name, value in body.fields.items() if value is not None}
    draft = Draft(complaints=list(body.complaints))
    picture = reference_of(fields.get("input_reference"), draft.complain)
    draft.model = _model(fields, offer, aliases, draft)
    if draft.model is None:
        return draft
    draft.body["model"] = draft.model.name
    if "prompt" in fields and not _is_file("prompt", fields["prompt"], draft):
        draft.body["prompt"] = fields["prompt"]
    _add_picture(picture, "input_reference" in fields, draft, draft.model)
    _add_seconds(fields, draft, draft.model)
    _add_shape(fields, draft, draft.model)
    _add_others(fields, body.is_form, draft, draft.model)
    return draft


def _model(fields: Mapping[str, Any], offer: Offer, aliases: Mapping[str, str], draft: Draft) -> Model | None:
    asked = fields.get("model", DEFAULT_FAMILY)
    accepted = f"one of {', '.join(names_meant(offer, aliases))}"
    if not isinstance(asked, str):
        draft.complain("model", "must be the name of a model", accepted=accepted)
        return None
    draft.asked_model = fields.get("model")
    found = model_meant(asked, offer, aliases, with_picture="input_reference" in fields)
    if found is None and "model" not in fields:
        found = offer.default
    if found is None:
        message = "is not a model that this deployment offers"
        if model_meant(asked, offer, aliases, with_picture="input_reference" not in fields):
            message = "is a model that this deployment offers only " + ("without" if "input_reference" in fields else "with") + " a picture"
        draft.complain("model", message, accepted=accepted, code=MODEL_NOT_FOUND)
    return found


def _is_file(name: str, value: Any, draft: Draft) -> bool:
    if isinstance(value, bytes):
        draft.complain(name, "is a file; send it as text")
    return isinstance(value, bytes)


def _add_picture(picture: str | None, is_given: bool, draft: Draft, model: Model) -> None:
    wanted = model.meaning("image")
    if wanted is None:
        if is_given:
            draft.complain("input_reference", f"is a picture, and {model.name} takes none: name a model that does, or its family")
    elif picture is not None:
        draft.body[wanted.name] = picture
    elif not is_given:
        draft.complain("input_reference", f"is required: {model.name} needs a picture", accepted=wanted.accepted)


def _add_seconds(fields: Mapping[str, Any], draft: Draft, model: Model) -> None:
    """Add the length, from `seconds` or from `duration`, its name in our own API."""
    lengths = {name: _whole(fields[name]) for name in ("seconds", "duration") if name in fields}
    if len(set(map(repr, lengths.values()))) > 1:
        draft.complain("seconds", "and duration name different lengths: send one of them")
        return
    wanted = model.meaning("duration")
    if wanted:
        draft.body[wanted.name] = next(iter(lengths.values()), default_seconds(model))


def _whole(value: Any) -> Any:
    """Convert the text of a whole number; anything else stays what it is, for the order's own check."""
    return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value


def _add_shape(fields: Mapping[str, Any], draft: Draft, model: Model) -> None:
    """Add resolution and ratio, from `size` or by their own names."""
    names = [each.name for role in ("resolution", "ratio") if (each := model.meaning(role))]
    given = {name: fields[name] for name in names if name in fields}
    if "size" not in fields:
        draft.body |= dict(zip(names, _default_shape(model), strict=False)) | given
        return
    shape = sizes_of(model).get(fields["size"]) if isinstance(fields["size"], str) else None
    chosen = dict(zip(names, shape or (), strict=False))
    if shape is None:
        draft.complain("size", f"is no size that {model.name} makes", accepted=f"one of {', '.join(sizes_of(model))}")
    elif given.items() <= chosen.items():
        draft.body |= chosen
    else:
        draft.complain("size", f"and {' and '.join(given)} name different shapes: send size alone")


def _default_shape(model: Model) -> tuple[str, Any]:
    ratio = model.meaning("ratio")
    return DEFAULT_RESOLUTION, ratio.default if ratio and model.meaning("image") else DEFAULT_RATIO


def _add_others(fields: Mapping[str, Any], is_form: bool, draft: Draft, model: Model) -> None:
    """Add the fields that have the same names in our own API; complain about unknown ones."""
    converters = _converters(model)
    done = {*THEIRS, "duration", *(each.name for role in ("resolution", "ratio") if (each := model.meaning(role)))}
    for name, value in fields.items():
        if name in done:
            continue
        if name not in converters:
            draft.complain(name, _unknown(name, model, converters), code=UNKNOWN)
        elif converters[name] is picture_of:
            picture = picture_of(name, value, draft.complain)
            draft.body |= {} if picture is None else {name: picture}
        elif not _is_file(name, value, draft):
            draft.body[name] = converters[name](value) if is_form else value


def _unknown(name: str, model: Model, converters: Mapping[str, Any]) -> str:
    right = right_name(name, model, frozenset([*(each.name for each in model.fields), *OWN]))
    if name == "image" or (right and FIELD_NAMES.get(right, right) != name):
        return f"is not a field of this request; use {FIELD_NAMES.get(right or name, right or name)}"
    return f"is not a field of this request; its fields are {', '.join([*THEIRS, *converters])}"


def _converters(model: Model) -> dict[str, Callable[..., Any]]:
    """Return how each further field is read from a form."""
    kinds: dict[Kind, Callable[..., Any]] = {Kind.IMAGE: picture_of, Kind.INTEGER: _whole, Kind.FLAG: _flag}
    translated = {"image", "prompt", "duration", "resolution", "ratio"}
    own = {"object": _as_it_is, "text": _as_it_is, "list": _items, "integer": _whole}
    of_model = {
        each.name: kinds.get(each.kind) or (_whole if isinstance(each.choices[0], int) else _as_it_is)
        for each in model.fields
        if each.means not in translated
    }
    return {**of_model, **{name: own[kind] for name, kind in OWN.items()}}


def _as_it_is(value: Any) -> Any:
    return value


def _flag(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _items(value: Any) -> Any:
    """Return a list that was sent as `name[]`, as `name[0]` or as one text."""
    if isinstance(value, dict) and all(key.isdecimal() for key in value):
        return list(value.values())
    return [value] if isinstance(value, str) else value
