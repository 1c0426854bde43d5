"""Compare orders by what they ask for: two bodies that describe the same video are the same payment."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cliprelay.images.inline import InlineImage
from cliprelay.images.uploads import StoredUpload, UploadStore
from cliprelay.orders.image_check import Image

if TYPE_CHECKING:
    from cliprelay.orders.order import Order

# What identifies a picture: {"sha256": hex} of its bytes, or {"url": text} of a client's own address, whose bytes may change.
Picture = Mapping[str, str]


def fingerprint(order: "Order", pictures: Mapping[str, Picture]) -> str:
    """Return the SHA-256 of an order's canonical form; `pictures` are those of its images, by role.

    The model is always part of it, because the default model may change. Other values equal to their default are left out, so that a
    field added by a later version changes no fingerprint. JSON keeps `1`, `true` and `"1"` apart.
    """
    canonical = {"model": order.model, "fields": _chosen(order), "images": {role: dict(picture) for role, picture in pictures.items()}}
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def picture_of(image: Image, uploads: UploadStore) -> Picture:
    """Identify a picture; raises ClientError if it is an upload that is gone or has changed."""
    if isinstance(image, InlineImage):
        return {"sha256": hashlib.sha256(image.data).hexdigest()}
    if isinstance(image, StoredUpload):
        return {"sha256": uploads.sha256(image)}
    return {"url": image}


def _chosen(order: "Order") -> dict[str, Any]:
    """Return the fields, except the images, whose values differ from the default."""
    images = {field.name for field in order.entry.image_fields}
    values = order.model_dump(exclude={"model", *images}, exclude_none=True)
    defaults = {name: field.default for name, field in type(order).model_fields.items()}
    chosen = {name: value for name, value in values.items() if not _is_same(value, defaults[name])}
    if events := chosen.get("webhook_events"):
        chosen["webhook_events"] = sorted(events)  # a set, written as a list
    return chosen


def _is_same(value: Any, other: Any) -> bool:
    # In Python, 1 equals True.
    return type(value) is type(other) and bool(value == other)
