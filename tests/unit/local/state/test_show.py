"""The contents of a state folder are printed with what is open first, and with what can be done about damage."""

from pathlib import Path

import pytest

from local.state.contents import Contents
from local.state.show import lines, size

FULL = Contents(
    Path("/srv/state"),
    service="a running service (process 12)",
    upstream="the simulator",
    created="2026-11-26T12:00:00+00:00",
    format=1,
    videos={"running": 2, "succeeded": 3},
    api_keys=2,
    revoked_api_keys=1,
    webhooks=1,
    open_deliveries=4,
    objects=3,
    object_bytes=1_500_000,
    missing_objects=["bucket/videos/a.mp4"],
    emails=5,
    bytes_on_disk=2_000_000_000,
)


def test_every_part_has_a_line() -> None:
    assert list(lines(FULL)) == [
        "State folder /srv/state",
        "  service    a running service (process 12)",
        "  upstream   the simulator",
        "  created    2026-11-26T12:00:00+00:00",
        "  format     1",
        "  videos     5: 2 running, 3 succeeded",
        "  API keys   2, and 1 revoked",
        "  webhooks   1, and 4 deliveries under way",
        "  objects    3 with 1.5 MB",
        "  missing    bucket/videos/a.mp4",
        "  e-mails    5",
        "  on disk    2.0 GB",
    ]


def test_an_empty_folder_has_the_same_lines() -> None:
    said = "\n".join(lines(Contents(Path("/srv/state"))))
    for line in ("service    none is running", "upstream   none yet", "format     -", "videos     none"):
        assert line in said


def test_many_missing_objects_are_counted() -> None:
    found = Contents(Path("/srv/state"), missing_objects=[f"bucket/{number}" for number in range(13)])
    assert [line for line in lines(found) if "missing" in line][-1] == "  missing    and 3 more; --json names all"


@pytest.mark.parametrize("problem", ["state.sqlite is damaged (any)", "state.sqlite: videos cannot be read (any)"])
def test_damage_comes_with_what_can_still_be_done(problem: str) -> None:
    said = "\n".join(lines(Contents(Path("/srv/state"), problems=[problem])))
    assert f"problem    {problem}" in said
    assert "`sqlite3 /srv/state/state.sqlite .recover`" in said
    assert "objects/ and mail/ are plain files" in said


def test_a_newer_format_is_no_damage() -> None:
    assert ".recover" not in "\n".join(lines(Contents(Path("/srv/state"), problems=["state.sqlite has format 2"])))


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (2_500_000, "2.5 MB"), (10**10, "10.0 GB")]
)
def test_a_size_is_readable(number: int, text: str) -> None:
    assert size(number) == text
