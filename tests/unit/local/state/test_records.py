"""Small JSON values by key."""

from contextlib import closing

from local.state.database import Database
from local.state.records import Records


def test_records_of_two_spaces_do_not_meet() -> None:
    with closing(Database(None)) as database:
        one, other = Records(database, "one"), Records(database, "other")
        one.put_all({"a": {"x": [1]}, "b": None})
        other.put("a", "other")
        one.delete("b")
        assert (one.all(), one.get("a"), one.get("b"), other.get("a")) == ({"a": {"x": [1]}}, {"x": [1]}, None, "other")
