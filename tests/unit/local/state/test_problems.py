"""What the system says about a state folder becomes one sentence: what, why, and what would be accepted."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from local.state.database import UnusableDatabase
from local.state.problems import UnusableFolder, explained, no_space, one_line

FOLDER = Path("/srv/state")


def _said(error: OSError) -> str:
    with pytest.raises(OSError, match=r".") as raised, explained(FOLDER):
        raise error
    return str(raised.value)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "there is no space left for the state folder /srv/state; free some and start again"),
        (errno.EDQUOT, "there is no space left for the state folder /srv/state; free some and start again"),
        (errno.EROFS, "the state folder /srv/state is on a read-only file system; use another --state-dir"),
        (errno.EACCES, "no permission to use the state folder /srv/state; use another --state-dir, or change its owner"),
        (errno.EPERM, "no permission to use the state folder /srv/state; use another --state-dir, or change its owner"),
        (errno.ENAMETOOLONG, "the path of the state folder /srv/state is too long; use another --state-dir"),
        (errno.ELOOP, "the state folder /srv/state is a link that leads to itself; use another --state-dir"),
        (errno.ENOTSUP, "the file system of the state folder /srv/state cannot lock files; use a --state-dir on a local disk"),
        (errno.EIO, "the state folder /srv/state cannot be used (/srv/state/a: Input/output error); use another --state-dir"),
    ],
)
def test_each_error_of_the_system_has_a_sentence(number: int, sentence: str) -> None:
    assert _said(OSError(number, os.strerror(number), "/srv/state/a")) == sentence


@pytest.mark.parametrize("kind", [UnusableFolder, UnusableDatabase])
def test_a_sentence_of_our_own_is_passed_on(kind: type[OSError]) -> None:
    assert _said(kind("any sentence")) == "any sentence"


def test_an_error_of_the_system_is_described_without_its_number() -> None:
    assert one_line(OSError(errno.ENOSPC, "No space left on device", "/a")) == "/a: No space left on device"
    assert one_line(OSError(errno.ENOSPC, "No space left on device")) == "No space left on device"
    assert one_line(UnusableFolder("our own")) == "our own"


@pytest.mark.parametrize(("free", "sentence"), [(99_999, "there is no space left for the state folder /srv/state"), (1_000_000, "")])
def test_a_disk_without_space_has_the_same_sentence(free: int, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=free))
    assert no_space(FOLDER).partition(";")[0] == sentence
