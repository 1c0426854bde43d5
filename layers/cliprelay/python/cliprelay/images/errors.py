"""Why an image cannot be used: complaints with stable codes, all about one image together."""

from typing import NamedTuple


class Complaint(NamedTuple):
    """One thing that is wrong, and what would be accepted."""

    code: str
    message: str


class ImageRefused(ValueError):
    """An image that cannot be used; the text says why and what would be accepted, and repeats nothing of its data."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__("; ".join(complaint.message for complaint in complaints))
        self.complaints = complaints

    @property
    def code(self) -> str:
        """Of the first complaint, which is the one to mend first."""
        return self.complaints[0].code


class ImageUnread(Exception):
    """What is needed of the image's header lies beyond what could be read; the image itself may be good."""


def broken(reason: str) -> ImageRefused:
    """The refusal of a file whose header contradicts its own format."""
    return ImageRefused(Complaint("image_broken", f"the file is damaged: {reason}; save the image anew"))
