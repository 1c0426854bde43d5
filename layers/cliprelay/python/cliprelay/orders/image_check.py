"""Check both images of an order, inline, uploaded or remote, before anything is recorded."""

import importlib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.inline import InlineImage, is_address, is_inline, read_inline, trimmed
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.uploads import StoredUpload, UploadStore, is_gone, is_upload
from cliprelay.images.warnings import Advice, image_warnings
from cliprelay.net.deadline import deadline

if TYPE_CHECKING:
    from cliprelay.catalog.model import Model
    from cliprelay.images.remote import SessionSource
    from cliprelay.orders.order import Order

# The usual field names of the first and the last frame.
NAMES = {"image": "image", "last_image": "last_image"}
# Shared by all image URLs of an order: the client is waiting, and the gateway gives up after 30 s.
SECONDS = 5.0


class ImageProbe(StrEnum):
    """How to treat an image that cannot be read: STRICT refuses it, WARN accepts it with a warning, OFF also fetches no URL."""

    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


Image = InlineImage | StoredUpload | str  # a str is a URL

_NO_UPLOAD = ImageComplaint(
    "image_upload", "you have no such upload, or no longer have it: send the form from POST /v1/uploads, then use its `image`"
)


@dataclass(frozen=True)
class Inspected:
    """The images by field, inline ones decoded, with the warnings about them."""

    images: dict[str, Image]
    warnings: list[Advice]
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)  # width and height in pixels of the images that were read
    turned: frozenset[str] = frozenset()  # the images that may be seen turned by a quarter


@dataclass(frozen=True)
class _Seen:
    image: Image
    probed: Probed | None = None
    advice: Advice | None = None


@dataclass(frozen=True)
class Inspector:
    """Checks images by the deployment's rules; `seconds` is the limit for all URLs of an order together."""

    uploads: UploadStore
    guard: "SessionSource"
    rule: ImageProbe
    seconds: float = SECONDS

    def prepare(self) -> None:
        """Load what the first image behind a URL needs."""
        if self.rule is not ImageProbe.OFF:
            importlib.import_module("cliprelay.images.remote")
            importlib.import_module("cliprelay.net.guarded_session")

    def inspect(
        self,
        images: Mapping[str, str | None],
        ratio: str,
        *,
        tenant: str,
        limits: ImageLimits = SEEDANCE_1_5,
        names: Mapping[str, str] = NAMES,
        known: Sequence[FieldComplaint] = (),
        read: Mapping[str, InlineImage] | None = None,
    ) -> Inspected:
        """Check `image` and `last_image` of an order; `names` maps them to the model's field names, `read` has those read before.

        Raises Refusal with the complaints about both, after those already `known` about the rest of the order.
        Fetching takes time, so this check comes last, and an order that is already invalid fetches nothing.
        """
        worth = {name: value for name, value in images.items() if value is not None and not (known and is_address(value))}
        seen, complaints = self._see(worth, tenant, limits, names, read or {})
        if known or complaints:
            raise invalid_request([*known, *complaints])
        return _inspected(seen, ratio)

    def complaints_of_uploads(self, body: Mapping[str, Any], model: "Model", tenant: str) -> list[FieldComplaint]:
        """Check only the uploads in an invalid body, whose fields may hold anything."""
        values = {field.means: body.get(field.name) for field in model.image_fields}
        texts = {means: trimmed(value) for means, value in values.items() if isinstance(value, str)}
        uploads = {means: value for means, value in texts.items() if is_upload(value)}
        return self._see(uploads, tenant, model.images or SEEDANCE_1_5, _names(model), {})[1]

    def _see(
        self, images: Mapping[str, str], tenant: str, limits: ImageLimits, names: Mapping[str, str], read: Mapping[str, InlineImage]
    ) -> tuple[dict[str, _Seen], list[FieldComplaint]]:
        seen: dict[str, _Seen] = {}
        complaints: list[FieldComplaint] = []
        fetches = self.rule is not ImageProbe.OFF and any(map(is_address, images.values()))
        with deadline(self.seconds) if fetches else nullcontext():
            for name, value in images.items():
                try:
                    seen[name] = self._look(names[name], value, tenant, limits, read.get(name))
                except ImageRefused as refusal:
                    complaints.append(_complaint(names[name], refusal, limits))
        return seen, complaints

    def find(self, order: "Order", tenant: str) -> dict[str, Image]:
        """Find the images of a valid order by role, without checking them; raises Refusal for uploads that do not exist."""
        limits, names = order.entry.images or SEEDANCE_1_5, _names(order.entry)
        found: dict[str, Image] = {}
        complaints: list[FieldComplaint] = []
        for role, value in order.images().items():
            image = order.read_images().get(role) or self._find(value, tenant, limits)
            if image is None:
                complaints.append(_complaint(names[role], ImageRefused(_NO_UPLOAD), limits))
            else:
                found[role] = image
        if complaints:
            raise invalid_request(complaints)
        return found

    def _find(self, value: str, tenant: str, limits: ImageLimits) -> Image | None:
        if is_inline(value):
            return read_inline(value, limits)
        return self.uploads.find(tenant, value) if is_upload(value) else value

    def look(self, order: "Order", tenant: str, known: Sequence[FieldComplaint] = ()) -> Inspected:
        """`inspect` the images of an order and record their sizes in it, which makes its price exact."""
        ratio = order.spec.ratio or "adaptive"
        limits, names = order.entry.images or SEEDANCE_1_5, _names(order.entry)
        inspected = self.inspect(order.images(), ratio, tenant=tenant, limits=limits, names=names, known=known, read=order.read_images())
        order.measured(inspected.sizes, inspected.turned)
        return inspected

    def _look(self, name: str, value: str, tenant: str, limits: ImageLimits, read: InlineImage | None) -> _Seen:
        if is_inline(value):
            image = read or read_inline(value, limits)
            return _Seen(image, image.probed) if image.probed else self._unread(name, image, image.unread)
        return self._uploaded(name, value, tenant, limits) if is_upload(value) else self._remote(name, value, limits)

    def _uploaded(self, name: str, value: str, tenant: str, limits: ImageLimits) -> _Seen:
        upload = self.uploads.find(tenant, value)
        if upload is None:
            raise ImageRefused(_NO_UPLOAD)
        try:
            return _Seen(upload, probe(self.uploads.reader(upload), limits, upload.content_type.removeprefix("image/")))
        except ImageUnread as reason:
            return self._unread(name, upload, str(reason))
        except ClientError as error:
            if is_gone(error):
                raise ImageRefused(_NO_UPLOAD) from None
            raise

    def _remote(self, name: str, value: str, limits: ImageLimits) -> _Seen:
        if self.rule is ImageProbe.OFF:
            return _Seen(value)
        from cliprelay.images.remote import probe_remote  # with requests, which slows every cold start that loads it

        try:
            return _Seen(value, probe_remote(value, self.guard, limits))
        except ImageUnread as reason:
            return self._unread(name, value, str(reason))

    def _unread(self, name: str, image: Image, reason: str) -> _Seen:
        """Apply the deployment's rule to an image that could not be read, wherever it is."""
        if self.rule is ImageProbe.STRICT:
            raise ImageRefused(ImageComplaint("image_unread", f"the image could not be read: {reason}"))
        return _Seen(image, advice=_not_probed(name, reason))


def _names(model: "Model") -> dict[str, str]:
    """Map each image role to the model's field name."""
    return {field.means: field.name for field in model.image_fields}


def _inspected(seen: Mapping[str, _Seen], ratio: str) -> Inspected:
    probed = {name: each.probed for name, each in seen.items()}
    warnings = [each.advice for each in seen.values() if each.advice]
    warnings += image_warnings(probed.get("image"), probed.get("last_image"), ratio)
    sizes = {name: (found.width, found.height) for name, found in probed.items() if found}
    turned = frozenset(name for name, found in probed.items() if found and len(found.shapes) > 1)
    return Inspected({name: each.image for name, each in seen.items()}, warnings, sizes, turned)


def _not_probed(name: str, reason: str) -> Advice:
    message = f"`{name}` could not be read: {reason}. The upstream reads it itself and may refuse it."
    return {"code": "image_not_probed", "message": message}


def _complaint(name: str, refusal: ImageRefused, limits: ImageLimits) -> FieldComplaint:
    return {"field": name, "message": str(refusal), "accepted": limits.in_words(), "code": refusal.code}
