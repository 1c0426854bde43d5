"""Errors about images: complaints with stable codes, all complaints about an image at once."""

from typing import NamedTuple


class ImageComplaint(NamedTuple):
    """One problem, and what would be accepted."""

    code: str
    message: str


class ImageRefused(ValueError):
    """An unusable image; the text says why and what is accepted, and does not repeat the data."""

    def __init__(self, *complaints: ImageComplaint) -> None:
        super().__init__("; ".join(complaint.message for complaint in complaints))
        self.complaints = complaints

    @property
    def code(self) -> str:
        """Code of the first complaint, which is the one to fix first."""
        return self.complaints[0].code


class ImageUnread(Exception):
    """The header could not be read far enough, or decoders disagree on it; the image itself may be usable.

    `format` is the format that its first bytes show, if they were read.
    """

    format: str | None = None


TRUNCATED = "image_truncated"


def broken(reason: str) -> ImageRefused:
    """Return the refusal of a file whose header violates its format."""
    return ImageRefused(ImageComplaint("image_broken", f"the file is damaged: {reason}; save the image again"))
