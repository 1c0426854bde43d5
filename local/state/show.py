"""Print what lies in a state folder."""

from collections.abc import Iterator

from local.state.contents import Contents

MOST_NAMED = 10
# A file that SQLite cannot read any more can often be read in part: https://www.sqlite.org/recovery.html
_RECOVERY = (
    "The file stays as it is. `sqlite3 {folder}/state.sqlite .recover` prints what can be saved of it as SQL;",
    "objects/ and mail/ are plain files. A copy of the folder from before the damage can be put in its place.",
)


def lines(found: Contents) -> Iterator[str]:
    """Describe the contents, open videos first."""
    yield f"State folder {found.folder}"
    for label, text in _parts(found):
        yield f"  {label:<10} {text}"
    for problem in found.problems:
        yield f"  problem    {problem}"
    if any("damaged" in problem or "cannot be" in problem for problem in found.problems):
        yield from (f"  {line.format(folder=found.folder)}" for line in _RECOVERY)


def _parts(found: Contents) -> Iterator[tuple[str, str]]:
    yield "service", found.service or "none is running"
    yield "upstream", found.upstream or "none yet"
    yield "created", found.created or "-"
    yield "format", "-" if found.format is None else str(found.format)
    yield "videos", videos(found.videos)
    yield "API keys", f"{found.api_keys}, and {found.revoked_api_keys} revoked"
    yield "webhooks", f"{found.webhooks}, and {found.open_deliveries} deliveries under way"
    yield "objects", f"{found.objects} with {size(found.object_bytes)}"
    yield from (("missing", name) for name in found.missing_objects[:MOST_NAMED])
    if len(found.missing_objects) > MOST_NAMED:
        yield "missing", f"and {len(found.missing_objects) - MOST_NAMED} more; --json names all"
    yield "e-mails", str(found.emails)
    yield "on disk", size(found.bytes_on_disk)


def videos(counts: dict[str, int]) -> str:
    """List numbers by status."""
    total = sum(counts.values())
    return f"{total}: {', '.join(f'{number} {status}' for status, number in counts.items())}" if total else "none"


def size(number: int) -> str:
    """Format a number of bytes."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return f"{number} bytes"
