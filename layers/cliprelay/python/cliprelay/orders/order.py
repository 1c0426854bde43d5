"""What a client may order of each model: its documented fields by their documented names, made from its entry, and our own fields."""

import re
from collections.abc import Mapping
from functools import cache, partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, PrivateAttr, ValidationInfo, create_model
from pydantic import Field as Rule
from pydantic_core import PydanticCustomError

from cliprelay.catalog.model import Field, Kind, Model
from cliprelay.catalog.pricing import Size
from cliprelay.catalog.spec import Spec
from cliprelay.images.errors import ImageRefused
from cliprelay.images.inline import check_image
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.net.urls import CLOUD, AddressRefused
from cliprelay.orders.relay_fields import OwnFields

# For the documentation alone: the rules themselves are checked below, in words of our own.
_URI: dict[str, Any] = {"format": "uri"}
# What is white space to JSON Schema's regular expressions (ECMA-262), to Python's, or to both.
_SEEN = r"[^\s\u001c-\u001f\u0085\ufeff]"
_NOT_BLANK: dict[str, Any] = {"minLength": 1, "pattern": _SEEN}


def _check_image(value: str, info: ValidationInfo, limits: ImageLimits) -> str:
    try:
        return check_image(value, limits, info.context or CLOUD)
    except ImageRefused as refusal:
        raise PydanticCustomError(refusal.code, str(refusal)) from None
    except AddressRefused as refusal:
        raise PydanticCustomError("image_address", str(refusal)) from None


def _check_prompt(value: str) -> str:
    if not re.search(_SEEN, value):
        raise PydanticCustomError("blank", "must not be blank")
    return value


def _check_whole(value: object) -> object:
    # To Python 24.0 and True equal integers; to a strict reader they are none.
    if type(value) is not int:
        raise PydanticCustomError("int_type", "must be a valid integer")
    return value


class Order(OwnFields):
    """The body of POST /v1/videos for some model; `order_type` makes the class that knows the model's fields."""

    entry: ClassVar[Model]
    # Width and height of the images that somebody has looked at, by what they are.
    _sizes: dict[str, Size] = PrivateAttr(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """Everything about the generation but the images, with the defaults filled in."""
        return self.model_dump(exclude={*(field.name for field in self.entry.image_fields), *OwnFields.model_fields}, exclude_none=True)

    @property
    def spec(self) -> Spec:
        """What the order asks for."""
        return self.entry.spec(self.settings())

    def images(self) -> Mapping[str, str]:
        """The images by what they are: `image` is the first frame, `last_image` the last."""
        given = {field.means: getattr(self, field.name) for field in self.entry.image_fields}
        return {role: value for role, value in given.items() if value is not None}

    @property
    def sizes(self) -> Mapping[str, Size]:
        """What is known of the images' width and height in pixels, by what they are."""
        return self._sizes

    def measured(self, sizes: Mapping[str, Size]) -> None:
        """Note the images' sizes: the quote then knows the shape of an adaptive video."""
        self._sizes.update(sizes)

    @property
    def given(self) -> frozenset[str]:
        """What the client said itself; the rest are defaults."""
        return frozenset(self.model_fields_set)


@cache
def order_type(model: Model, *, may_be_unnamed: bool = False) -> type[Order]:
    """The class of a model's orders; the one that a deployment means without a name may be ordered without."""
    rules: dict[str, Any] = {field.name: _rule(field, model) for field in model.fields}
    fields = create_model("Fields", **rules)
    named = Literal[model.name]  # type: ignore[name-defined]  # made from the entry
    model_rule: Any = (named, model.name) if may_be_unnamed else (named, ...)
    # Fields in this order: pydantic takes those of the last base first.
    made = create_model(_class_name(model), __base__=(Order, fields), __doc__=model.about, model=model_rule)
    made.entry = model
    made.model_config["json_schema_extra"] = {"example": _example(model)}
    made.model_rebuild(force=True)
    return made


def _rule(field: Field, model: Model) -> tuple[Any, Any]:
    """A field as pydantic takes it: its type, and its default or that it is required."""
    limits: dict[str, Any] = {"description": field.about} if field.about else {}
    kind: Any
    match field.kind:
        case Kind.IMAGE:
            kind = Annotated[str, AfterValidator(partial(_check_image, limits=model.images or SEEDANCE_1_5)), Rule(json_schema_extra=_URI)]
        case Kind.PROMPT:
            kind = Annotated[str, AfterValidator(_check_prompt), Rule(json_schema_extra=_NOT_BLANK)]
            limits |= {"max_length": model.prompt.most}
        case Kind.CHOICE:
            kind = Literal[field.choices]
            if isinstance(field.choices[0], int):
                kind = Annotated[kind, BeforeValidator(_check_whole)]
        case Kind.FLAG:
            kind = bool
        case Kind.INTEGER:
            kind, limits = int, limits | {"ge": field.low, "le": field.high}
    if field.required:
        return Annotated[kind, Rule(**limits)], ...
    if field.default is None:
        return Annotated[kind | None, Rule(**limits)], None
    return Annotated[kind, Rule(**limits)], field.default


def _class_name(model: Model) -> str:
    """seedance-v1.5-pro-i2v is SeedanceV15ProI2vOrder."""
    return "".join(word.capitalize() for word in model.name.replace(".", "").split("-")) + "Order"


def _example(model: Model) -> dict[str, Any]:
    """A small order that is taken: what is required, cheap, and the model by its name."""
    wanted = {Kind.IMAGE: "https://assets.example.com/lighthouse.png", Kind.PROMPT: "A slow push-in on the lighthouse at dusk."}
    needed = [field for field in model.fields if field.required]
    required = {field.name: wanted.get(field.kind, field.choices[0] if field.choices else field.low) for field in needed}
    audio = model.meaning("audio")
    return {"model": model.name, **required, **({audio.name: False} if audio else {})}
