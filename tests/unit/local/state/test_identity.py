"""A state folder is used with the upstream that it was filled with, and with no other."""

from pathlib import Path

import pytest

from local.state.database import Database
from local.state.identity import SIMULATOR, SPACE, ForeignUpstream, Identity, upstream_named
from local.state.records import Records
from tests.support.makers import NOW

REAL = "https://api.example.com"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (None, SIMULATOR),
        ("https://api.example.com", REAL),
        ("https://API.example.com:443/v3", REAL),
        ("http://api.example.com:80", "http://api.example.com"),
        ("http://api.example.com:8080/a", "http://api.example.com:8080"),
        ("https://user:secret@api.example.com/", REAL),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_upstream_is_named_by_scheme_host_and_port(url: str | None, name: str) -> None:
    assert upstream_named(url) == name


def test_a_folder_keeps_its_first_upstream_and_the_time_of_its_creation(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite")
    Identity(database, tmp_path).check(REAL)
    Identity(database, tmp_path).record(REAL, NOW)
    Identity(database, tmp_path).record(SIMULATOR, NOW)
    Identity(database, tmp_path).check(REAL)
    assert Records(database, SPACE).all() == {"created": NOW.isoformat(timespec="seconds"), "upstream": REAL}
    database.close()


@pytest.mark.parametrize(("first", "second"), [(SIMULATOR, REAL), (REAL, SIMULATOR), (REAL, "https://other.example.com")])
def test_another_upstream_is_refused_with_both_names_and_the_ways_out(tmp_path: Path, first: str, second: str) -> None:
    database = Database(None)
    Identity(database, tmp_path / "my state").record(first, NOW)
    with pytest.raises(ForeignUpstream) as refused:
        Identity(database, tmp_path / "my state").check(second)
    assert str(refused.value) == (
        f"the state folder {tmp_path}/my state belongs to {first}, and {second} does not know its videos; use another --state-dir, "
        f"or remove the data with `python -m local state clear --state-dir '{tmp_path}/my state'`"
    )
