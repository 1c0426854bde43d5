"""What can be wrong with a state folder, in one sentence each."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.state.database import NEEDED_BYTES, UnusableDatabase
from local.state.lock import FolderInUse

_ANOTHER = "use another --state-dir"
_SENTENCES = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "there is no space left for the state folder {path}; free some and start again"),
    errno.EROFS: f"the state folder {{path}} is on a read-only file system; {_ANOTHER}",
    **dict.fromkeys((errno.EACCES, errno.EPERM), f"no permission to use the state folder {{path}}; {_ANOTHER}, or change its owner"),
    errno.ENAMETOOLONG: f"the path of the state folder {{path}} is too long; {_ANOTHER}",
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), f"a part of the path of the state folder {{path}} is a file; {_ANOTHER}"),
    errno.ELOOP: f"the state folder {{path}} is a link that leads to itself; {_ANOTHER}",
    **dict.fromkeys(
        (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP),
        "the file system of the state folder {path} cannot lock files; use a --state-dir on a local disk",
    ),
}


class UnusableFolder(OSError):
    """The folder cannot be used, and nothing in it was changed; the message is one line for the user."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the system about a state folder into one sentence."""
    try:
        yield
    except (UnusableFolder, UnusableDatabase, FolderInUse):
        raise
    except OSError as error:
        sentence = _SENTENCES.get(error.errno or 0, f"the state folder {{path}} cannot be used ({one_line(error)}); {_ANOTHER}")
        raise UnusableFolder(sentence.replace("{path}", str(path))) from None


def no_space(path: Path) -> str:
    """Return the sentence for a disk without space, or an empty string if it has some."""
    return _SENTENCES[errno.ENOSPC].replace("{path}", str(path)) if shutil.disk_usage(path).free < NEEDED_BYTES else ""


def one_line(error: OSError) -> str:
    """Describe an error of the system without its number."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
