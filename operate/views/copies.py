"""List the failed copies of a video, and those that are kept aside."""

from cliprelay.video.kept_copies import KeptCopy
from cliprelay.video.record import Video


def describe_copies(video: Video) -> list[tuple[str, str]]:
    """Return what is known of the copies that failed, as names and values."""
    reasons = ", ".join(f"{code} ({times})" for code, times in video.refusals.items())
    facts = [("refused copies", f"{video.copies}: {reasons}" if reasons else str(video.copies))] if video.copies else []
    return facts + [("kept aside", _kept(each)) for each in video.kept_copies]


def _kept(copy: KeptCopy) -> str:
    whole = "whole" if copy.is_framed else "perhaps cut"
    kind = "" if copy.has_type else ", does not begin like an MP4"
    return f"{copy.bytes} bytes, {copy.doubt}, {whole}{kind}, SHA-256 {copy.sha256}"
