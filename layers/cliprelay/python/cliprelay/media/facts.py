"""What is known of a finished file besides its bytes: facts probed from it, and its poster."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What players show; fractions are stored as thousandths, because every stored number is an integer."""

    width: int
    height: int
    frames: int
    fps_thousandths: int  # 0: the file does not say
    milliseconds: int
    codec: str
    sound: bool

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read the facts of any version."""
        return cls(**{each.name: item[each.name] for each in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class Poster:
    """A JPEG in the bucket."""

    key: str
    bytes: int
    width: int
    height: int

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read the note of a poster of any version."""
        return cls(**{each.name: item[each.name] for each in fields(cls)})
