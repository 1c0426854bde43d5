"""Copies of a finished video that could not be verified: kept aside, and delivered if the provider serves the same file again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

# Code of the warning about a video that was delivered although a check failed.
UNVERIFIED = "unverified_media"
# Copies kept in the bucket for one video, each another file.
MOST_KEPT = 3
# Notes of copies, kept or not: more different files than this from one provider confirm nothing.
MOST_NOTED = 8
# Seconds between two poll answers whose links must serve the same file: a cache or a half-written object has changed by then.
APART = 300


@dataclass(frozen=True, kw_only=True)
class KeptCopy:
    """A complete download that failed a check; `doubt` is the code of the check."""

    sha256: str
    bytes: int
    doubt: str
    link_at: int  # epoch seconds of the poll answer whose link first served it
    is_framed: bool  # the transfer itself said where the file ends
    has_type: bool  # it begins like an MP4, which no error page does
    is_kept: bool = False  # False: only noted, because enough others are kept

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Read a note of any version."""
        return cls(**{each.name: item[each.name] for each in fields(cls) if each.name in item})


def is_confirmed(noted: Iterable[KeptCopy], again: KeptCopy, link_at: int | None) -> bool:
    """Return whether a copy is what the provider made: the link of a much later poll answer served the same whole file.

    Never true for an error page, or for a transfer that could have ended early.
    """
    if link_at is None or not (again.is_framed and again.has_type):
        return False
    return any(each.sha256 == again.sha256 and link_at - each.link_at >= APART for each in noted)


def deserves_room(noted: Iterable[KeptCopy], copy: KeptCopy) -> bool:
    """Return whether a copy may take one of the places in the bucket; of all error pages, one does."""
    kept = [each for each in noted if each.is_kept]
    return len(kept) < MOST_KEPT and (copy.has_type or all(each.has_type for each in kept))


def with_note(noted: Sequence[KeptCopy], copy: KeptCopy) -> list[KeptCopy]:
    """Add a copy to the notes; the first note of a file keeps its time, and what is in the bucket keeps its note."""
    for place, each in enumerate(noted):
        if each.sha256 == copy.sha256:
            same = replace(each, is_framed=each.is_framed or copy.is_framed, is_kept=each.is_kept or copy.is_kept)
            return [*noted[:place], same, *noted[place + 1 :]]
    notes = [*noted, copy]
    if len(notes) > MOST_NOTED:
        notes.remove(next(each for each in notes if not each.is_kept))
    return notes


def unverified_media(doubt: str) -> dict[str, str]:
    """Return the warning; `doubt` is the code of the check."""
    message = f"The file could not be verified ({doubt}), but it is what the provider serves. Check it before you rely on it."
    return {"code": UNVERIFIED, "message": message}
