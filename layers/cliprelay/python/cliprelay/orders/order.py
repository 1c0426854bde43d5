"""The order schema of each model: its documented fields, built from its catalog entry, plus the relay's own."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, PrivateAttr, ValidationInfo, create_model
from pydantic import Field as Rule
from pydantic_core import PydanticCustomError

from cliprelay.catalog.model import Field, Kind, Model
from cliprelay.catalog.pricing import Size
from cliprelay.catalog.spec import Spec
from cliprelay.images.errors import ImageRefused
from cliprelay.images.inline import InlineImage, check_image, read_inline
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.net.urls import AddressRefused
from cliprelay.orders.null_fields import allow_nulls
from cliprelay.orders.relay_fields import OwnFields, reading_of
from cliprelay.orders.visible_text import SEEN, is_blank

# Only for the OpenAPI document: the functions below enforce the rules, with our own messages.
_URI: dict[str, Any] = {"format": "uri"}
_NOT_BLANK: dict[str, Any] = {"minLength": 1, "pattern": SEEN}


def _check_image(value: str, info: ValidationInfo, limits: ImageLimits) -> str:
    reading = reading_of(info)

    def read(uri: str, limits: ImageLimits) -> InlineImage:
        image = reading.images[str(info.field_name)] = read_inline(uri, limits)
        return image

    try:
        return check_image(value, limits, reading.addresses, read)
    except ImageRefused as refusal:
        raise PydanticCustomError(refusal.code, str(refusal)) from None
    except AddressRefused as refusal:
        raise PydanticCustomError("image_address", str(refusal)) from None


def _check_prompt(value: str) -> str:
    if is_blank(value):
        raise PydanticCustomError("blank", "must not be blank: it has no visible character")
    return value


def _check_whole(value: object) -> object:
    # In Python 24.0 and True equal integers, but strict validation must refuse them.
    if type(value) is not int:
        raise PydanticCustomError("int_type", "must be an integer")
    return value


class Order(OwnFields):
    """Base class of the POST /v1/videos bodies; `order_type` adds a model's fields."""

    entry: ClassVar[Model]
    # Width and height of the images that were read, by role.
    _sizes: dict[str, Size] = PrivateAttr(default={})
    _turned: frozenset[str] = PrivateAttr(default=frozenset())
    # The inline images by field, as the validation read them.
    _read: dict[str, InlineImage] = PrivateAttr(default={})

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Every generation setting except the images, with defaults filled in."""
        return self.model_dump(exclude={*(field.name for field in self.entry.image_fields), *OwnFields.model_fields}, exclude_none=True)

    @cached_property
    def spec(self) -> Spec:
        """The provider-neutral description of the request."""
        return self.entry.spec(self.settings)

    def images(self) -> Mapping[str, str]:
        """Return the images by role: `image` is the first frame, `last_image` the last."""
        given = {field.means: getattr(self, field.name) for field in self.entry.image_fields}
        return {role: value for role, value in given.items() if value is not None}

    def keep_read(self, images: Mapping[str, InlineImage]) -> None:
        """Keep the inline images that the validation has read, by field."""
        self._read.update(images)

    def read_images(self) -> Mapping[str, InlineImage]:
        """Return the inline images that have been read, by role."""
        return {field.means: self._read[field.name] for field in self.entry.image_fields if field.name in self._read}

    @property
    def sizes(self) -> Mapping[str, Size]:
        """Known width and height of the images in pixels, by role."""
        return self._sizes

    @property
    def turned(self) -> frozenset[str]:
        """The images that may be seen turned by a quarter, by role."""
        return self._turned

    def measured(self, sizes: Mapping[str, Size], turned: Iterable[str] = ()) -> None:
        """Record the image sizes, which decide the shape of an adaptive video, and which images may be seen turned."""
        self._sizes.update(sizes)
        self._turned |= frozenset(turned)

    @property
    def given(self) -> frozenset[str]:
        """The fields that the client set; the others have defaults."""
        return frozenset(self.model_fields_set)


@cache
def order_type(model: Model, *, may_be_unnamed: bool = False) -> type[Order]:
    """Build the class of a model's orders; `may_be_unnamed` makes `model` optional, for the default model."""
    rules: dict[str, Any] = {field.name: _rule(field, model) for field in model.fields}
    fields = create_model("Fields", **rules)
    named = Literal[model.name]  # type: ignore[name-defined]  # made from the entry
    model_rule: Any = (named, model.name) if may_be_unnamed else (named, ...)
    # The order of the bases matters: pydantic puts the fields of the last one first.
    made = create_model(_class_name(model), __base__=(Order, fields), __doc__=model.about, model=model_rule)
    made.entry = model
    made.model_config["json_schema_extra"] = _document(_example(model))
    made.model_rebuild(force=True)
    return made


def _document(example: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Return what finishes the schema of a model's orders."""

    def finish(schema: dict[str, Any]) -> None:
        allow_nulls(schema)
        schema["example"] = example

    return finish


def _rule(field: Field, model: Model) -> tuple[Any, Any]:
    """Translate a field to pydantic: its type, and its default or `...` if it is required."""
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
    """Convert seedance-v1.5-pro-i2v to SeedanceV15ProI2vOrder."""
    return "".join(word.capitalize() for word in model.name.replace(".", "").split("-")) + "Order"


def _example(model: Model) -> dict[str, Any]:
    """Build a small, cheap, valid order: the model name and the required fields."""
    wanted = {Kind.IMAGE: "https://assets.example.com/lighthouse.png", Kind.PROMPT: "A slow push-in on the lighthouse at dusk."}
    needed = [field for field in model.fields if field.required]
    required = {field.name: wanted.get(field.kind, field.choices[0] if field.choices else field.low) for field in needed}
    audio = model.meaning("audio")
    return {"model": model.name, **required, **({audio.name: False} if audio else {})}
