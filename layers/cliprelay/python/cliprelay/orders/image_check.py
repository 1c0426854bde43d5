"""Inspection: what the images of an order are, wherever they lie, before anything is recorded; refusals and warnings about both at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cliprelay.errors import FieldComplaint, invalid_request
from cliprelay.images.errors import ImageComplaint, ImageRefused, ImageUnread
from cliprelay.images.header import Probed
from cliprelay.images.inline import InlineImage, is_address, is_inline, read_inline
from cliprelay.images.limits import SEEDANCE_1_5, ImageLimits
from cliprelay.images.probe import probe
from cliprelay.images.remote import SessionSource, probe_remote
from cliprelay.images.uploads import StoredUpload, UploadStore, is_gone, is_upload
from cliprelay.images.warnings import Advice, image_warnings
from cliprelay.net.sessions import deadline

if TYPE_CHECKING:
    from cliprelay.catalog.model import Model
    from cliprelay.orders.order import Order

# What most models call the first and the last frame.
NAMES = {"image": "image", "last_image": "last_image"}
# For all addresses of an order together: the client waits for our answer, and the gateway for no longer than 30 s.
SECONDS = 5.0


class ImageProbe(StrEnum):
    """What becomes of an image at an address that cannot be read: STRICT refuses it, WARN takes it and says so, OFF does not look."""

    STRICT = "strict"
    WARN = "warn"
    OFF = "off"


Image = InlineImage | StoredUpload | str  # a str is an address

_NO_UPLOAD = ImageComplaint(
    "image_upload", "there is no such upload of yours (any more): send the form that POST /v1/uploads answers, then its `image`"
)


@dataclass(frozen=True)
class Inspected:
    """The images by their fields, inline ones decoded, and what is to be said about them."""

    images: dict[str, Image]
    warnings: list[Advice]
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)  # width and height in pixels, of those that were read


@dataclass(frozen=True)
class _Seen:
    image: Image
    probed: Probed | None = None
    advice: Advice | None = None


@dataclass(frozen=True)
class Inspector:
    """Looks at images by the deployment's rules; all addresses of an order together may take so many seconds."""

    uploads: UploadStore
    guard: SessionSource
    rule: ImageProbe
    seconds: float = SECONDS

    def inspect(
        self,
        images: Mapping[str, str | None],
        ratio: str,
        *,
        tenant: str,
        limits: ImageLimits = SEEDANCE_1_5,
        names: Mapping[str, str] = NAMES,
        known: Sequence[FieldComplaint] = (),
    ) -> Inspected:
        """Look at `image` and `last_image` of a tenant's order, which the model may call by other `names`.

        Raises Refusal with the complaints about both, after those that are `known` of the rest of the order.
        Addresses cost time, so it comes last: after what can be decided without it. An order that is wrong anyway fetches nothing.
        """
        worth = {name: value for name, value in images.items() if value is not None and not (known and is_address(value))}
        seen, complaints = self._see(worth, tenant, limits, names)
        if known or complaints:
            raise invalid_request([*known, *complaints])
        return _inspected(seen, ratio)

    def complaints_of_uploads(self, body: Mapping[str, Any], model: "Model", tenant: str) -> list[FieldComplaint]:
        """About the uploads in a body that is no order, and may have anything else in its fields."""
        values = {field.means: body.get(field.name) for field in model.image_fields}
        uploads = {means: value for means, value in values.items() if isinstance(value, str) and is_upload(value)}
        return self._see(uploads, tenant, model.images or SEEDANCE_1_5, _names(model))[1]

    def _see(
        self, images: Mapping[str, str], tenant: str, limits: ImageLimits, names: Mapping[str, str]
    ) -> tuple[dict[str, _Seen], list[FieldComplaint]]:
        seen: dict[str, _Seen] = {}
        complaints: list[FieldComplaint] = []
        with deadline(self.seconds):
            for name, value in images.items():
                try:
                    seen[name] = self._look(names[name], value, tenant, limits)
                except ImageRefused as refusal:
                    complaints.append(_complaint(names[name], refusal, limits))
        return seen, complaints

    def look(self, order: "Order", tenant: str, known: Sequence[FieldComplaint] = ()) -> Inspected:
        """`inspect` the images of an order, which then knows their sizes and can say what exactly it costs."""
        ratio = order.spec.ratio or "adaptive"
        limits, names = order.entry.images or SEEDANCE_1_5, _names(order.entry)
        inspected = self.inspect(order.images(), ratio, tenant=tenant, limits=limits, names=names, known=known)
        order.measured(inspected.sizes)
        return inspected

    def _look(self, name: str, value: str, tenant: str, limits: ImageLimits) -> _Seen:
        if is_inline(value):
            image = read_inline(value, limits)
            return _Seen(image, image.probed)
        return self._uploaded(value, tenant, limits) if is_upload(value) else self._remote(name, value, limits)

    def _uploaded(self, value: str, tenant: str, limits: ImageLimits) -> _Seen:
        upload = self.uploads.find(tenant, value)
        if upload is None:
            raise ImageRefused(_NO_UPLOAD)
        try:
            return _Seen(upload, probe(self.uploads.reader(upload), limits, upload.content_type.removeprefix("image/")))
        except ImageUnread as reason:
            raise ImageRefused(
                ImageComplaint("image_header", f"the image cannot be used: {reason}; save it without its metadata")
            ) from None
        except ClientError as error:
            if is_gone(error):
                raise ImageRefused(_NO_UPLOAD) from None
            raise

    def _remote(self, name: str, value: str, limits: ImageLimits) -> _Seen:
        if self.rule is ImageProbe.OFF:
            return _Seen(value)
        try:
            return _Seen(value, probe_remote(value, self.guard, limits))
        except ImageUnread as silence:
            if self.rule is ImageProbe.STRICT:
                raise ImageRefused(ImageComplaint("image_unread", f"the image could not be looked at: {silence}")) from None
            return _Seen(value, advice=_unread(name, silence))


def _names(model: "Model") -> dict[str, str]:
    """What a model calls its images, by what they are."""
    return {field.means: field.name for field in model.image_fields}


def _inspected(seen: Mapping[str, _Seen], ratio: str) -> Inspected:
    probed = {name: each.probed for name, each in seen.items()}
    warnings = [each.advice for each in seen.values() if each.advice]
    warnings += image_warnings(probed.get("image"), probed.get("last_image"), ratio)
    sizes = {name: (found.width, found.height) for name, found in probed.items() if found}
    return Inspected({name: each.image for name, each in seen.items()}, warnings, sizes)


def _unread(name: str, silence: ImageUnread) -> Advice:
    message = f"`{name}` could not be looked at: {silence}. The upstream fetches it itself, and may refuse it."
    return {"code": "image_not_probed", "message": message}


def _complaint(name: str, refusal: ImageRefused, limits: ImageLimits) -> FieldComplaint:
    return {"field": name, "message": str(refusal), "accepted": limits.in_words(), "code": refusal.code}
