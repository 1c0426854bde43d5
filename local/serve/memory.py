"""Keep the memory of a process with hundreds of threads small."""

import ctypes

# M_ARENA_MAX of malloc.h: https://man7.org/linux/man-pages/man3/mallopt.3.html
_ARENA_MAX = -8
# Memory that a thread has freed is reused by others only within an arena; glibc would make eight of them per processor.
_ARENAS = 2


def share_arenas() -> bool:
    """Limit malloc's arenas before threads are started; return False where malloc has no such setting, as on macOS."""
    libc = ctypes.CDLL(None)
    return hasattr(libc, "mallopt") and bool(libc.mallopt(_ARENA_MAX, _ARENAS))
