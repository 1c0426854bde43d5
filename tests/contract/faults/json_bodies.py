"""Answers to submit and poll in odd JSON, or in almost JSON."""

from collections.abc import Callable, Sequence

from tests.contract.faults.rows import DOUBT, FINISHED, RUNS, Everywhere, Far, Row, asks
from tests.support.wire_responses import Content, answer


def _fine(words: str, content: Callable[[bytes], bytes]) -> Everywhere:
    return Everywhere(f"JSON {words}", Far(answer(200, content)), RUNS, FINISHED)


def _useless(words: str, content: Content) -> Everywhere:
    return Everywhere(f"JSON {words}", Far(answer(200, content)), DOUBT, asks("http_200"))


def _with_member(text: bytes) -> Callable[[bytes], bytes]:
    """Return the true object with an extra first member."""
    return lambda true: b'{"odd": ' + text + b", " + true[1:]


EVERYTHING = (
    _fine("with a byte order mark", lambda true: b"\xef\xbb\xbf" + true),
    _fine("in UTF-16", lambda true: true.decode().encode("utf-16")),
    _fine("in UTF-16 without a mark", lambda true: true.decode().encode("utf-16-be")),
    _fine("in UTF-32", lambda true: true.decode().encode("utf-32")),
    _useless("in Latin-1", _with_member(b'"caf\xe9"')),
    _fine("with NaN in a member nobody reads", _with_member(b"NaN")),
    _fine("with 1e999 in a member nobody reads", _with_member(b"1e999")),
    _useless("with a number of 5,000 digits", _with_member(b"9" * 5_000)),
    _useless("nested 100,000 deep", _with_member(b"[" * 100_000)),
    _fine("with half a surrogate pair", _with_member(b'"\\ud800"')),
    _fine("with a member of half a megabyte", _with_member(b'"' + b"x" * 500_000 + b'"')),
    _useless("followed by noise", lambda true: true + b"noise"),
    _useless("twice in a row", lambda true: true + true),
    _useless("with a comment", lambda true: b"/* honest */ " + true),
    _useless("in single quotes", lambda true: true.replace(b'"', b"'")),
    _useless("broken off", lambda true: true[:-1]),
    _useless("that is a list", lambda true: b"[" + true + b"]"),
    _useless("that is a text", b'"t-1"'),
    _useless("that is a number", b"17"),
    _useless("that is true", b"true"),
    _useless("that is null", b"null"),
    _useless("that is an empty object", b"{}"),
    _useless("that is an error envelope", b'{"code": 500, "reason": "CREATE_TASK_FAILED", "message": "any"}'),
    _useless("of NUL bytes", bytes(100)),
)


def rows() -> Sequence[Row]:
    """Return each fault at submit and at poll."""
    return [row for each in EVERYTHING for row in each.rows()]
