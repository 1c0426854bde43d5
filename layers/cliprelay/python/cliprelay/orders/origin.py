"""Where an order came from, if not through our own API, and what its repeats are recognised by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# The foreign APIs, by the names that records and events use.
FaceName = Literal["openai", "ark", "myrouter"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The foreign API of an order, the model as it named it, and the request that brought it.

    `request` is the gateway's id of the request and `arrived` its time, in milliseconds since the epoch; `number` counts the tries of one
    order from 0, None if its client numbers none. Equal orders have the same body or, if `compares_fields`, the same fields and pictures.
    """

    face: FaceName
    request: str
    arrived: int
    asked_model: str | None = None
    number: int | None = None
    compares_fields: bool = False
    warnings: tuple[Mapping[str, str], ...] = ()  # about what only this API has, each with a code and a message
