"""The `content` of an order: its one text and its pictures by role."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cliprelay.errors import FieldComplaint

_TYPES = "an item of type text or image_url"
_ROLES = "first_frame or last_frame"
# What the vendor's API takes for other models.
_REFERENCES = {
    "video_url": "a reference video, which no model of this deployment takes",
    "audio_url": "a reference sound, which no model of this deployment takes",
    "draft_task": "a draft, which no model of this deployment makes",
}


@dataclass
class Content:
    """What was read: the text, the pictures by our names, the place of each in the body, and what is wrong."""

    text: str | None = None
    pictures: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    complaints: list[FieldComplaint] = field(default_factory=list)

    def complain(self, place: str, message: str, accepted: str = "") -> None:
        """Note that something is wrong."""
        complaint = FieldComplaint(field=place, message=message)
        self.complaints.append({**complaint, "accepted": accepted} if accepted else complaint)


@dataclass(frozen=True)
class _Picture:
    place: str
    url: str
    role: str | None


def read_content(items: object) -> Content:
    """Read the items of `content`; everything that is wrong with them is among the complaints."""
    found = Content()
    if items is None:
        found.complain("content", "is required", "a list with one text and up to two pictures")
        return found
    if not isinstance(items, list):
        found.complain("content", "must be an array", "a list with one text and up to two pictures")
        return found
    pictures = [picture for number, item in enumerate(items) if (picture := _read(found, f"content[{number}]", item))]
    _assign(found, pictures)
    return found


def _read(found: Content, place: str, item: object) -> _Picture | None:
    """Read one item; return it if it is a picture."""
    if not isinstance(item, Mapping):
        found.complain(place, "must be an object", _TYPES)
        return None
    known = {name: value for name, value in item.items() if value is not None}
    kind = known.get("type")
    if kind == "text":
        _read_text(found, place, known)
    elif kind == "image_url":
        return _read_picture(found, place, known)
    elif isinstance(kind, str) and kind in _REFERENCES:
        found.complain(f"{place}.type", f"is {_REFERENCES[kind]}", _TYPES)
    else:
        found.complain(f"{place}.type", "is required" if kind is None else "must be text or image_url", _TYPES)
    return None


def _read_text(found: Content, place: str, item: Mapping[str, Any]) -> None:
    _refuse_others(found, place, item, {"type", "text"})
    text = item.get("text")
    if "prompt" in found.places:
        found.complain(place, "is a second text", "one text")
    elif not isinstance(text, str):
        found.complain(f"{place}.text", "is required" if text is None else "must be a string")
    else:
        found.text = text
    found.places.setdefault("prompt", f"{place}.text")


def _read_picture(found: Content, place: str, item: Mapping[str, Any]) -> _Picture | None:
    _refuse_others(found, place, item, {"type", "image_url", "role"})
    inner, role = item.get("image_url"), item.get("role")
    if role == "reference_image":
        found.complain(f"{place}.role", "is a reference picture, which no model of this deployment takes", _ROLES)
        return None
    if role not in (None, "first_frame", "last_frame"):
        found.complain(f"{place}.role", f"must be {_ROLES}", _ROLES)
        return None
    url = inner.get("url") if isinstance(inner, Mapping) else None
    if not isinstance(url, str):
        form = '{"url": "https://…"}, or a data: URL in its place'
        found.complain(f"{place}.image_url", "is required" if inner is None else "must be an object with a url", form)
        return None
    return _Picture(f"{place}.image_url.url", url, role)


def _refuse_others(found: Content, place: str, item: Mapping[str, Any], known: set[str]) -> None:
    for name in sorted(item.keys() - known):
        found.complain(f"{place}.{name}"[:200], f"is not a field of this item; its fields are {', '.join(sorted(known))}")


def _assign(found: Content, pictures: list[_Picture]) -> None:
    """Give each picture its place in the order."""
    if len(pictures) > 2:
        found.complain("content", f"has {len(pictures)} pictures", "at most two: a first frame and a last frame")
        return
    roles = [picture.role for picture in pictures]
    if len(pictures) == 2 and sorted(map(str, roles)) != ["first_frame", "last_frame"]:
        found.complain("content", "has two pictures, so each needs its own role", "one first_frame and one last_frame")
        return
    if roles == ["last_frame"]:
        found.complain(pictures[0].place, "is a last frame without a first one", "a first_frame, or both")
        return
    for picture in pictures:
        name = "last_image" if picture.role == "last_frame" else "image"
        found.pictures[name], found.places[name] = picture.url, picture.place
