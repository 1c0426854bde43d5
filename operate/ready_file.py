"""Whether the service that wrote a ready file still runs; a killed one leaves its file behind."""

import os


def has_ended(pid: object) -> bool:
    """Return whether this process has surely ended; files of earlier versions name none."""
    if not isinstance(pid, int) or pid <= 1:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # another user's process
    return False
