"""How many connections at once: as the speed says, and as many as files may be open (macOS begins with 256)."""

from __future__ import annotations

SPEEDS = {"slow": 50, "normal": 200, "fast": 500}
RESERVE = 64  # files that are open already or are wanted by others: the log, the results, the resolver's threads


def at_once(speed: str) -> int:
    """The number of connections for a speed. Raises the soft limit of open files, if it is too low."""
    wanted = SPEEDS[speed]
    return max(1, min(wanted, _open_files(wanted + RESERVE) - RESERVE))


def _open_files(wanted: int) -> int:
    """How many may be open, after an attempt to make them as many as wanted."""
    try:
        import resource
    except ImportError:  # Windows has no such limit; its select() takes 512
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    except (OSError, ValueError):
        return soft
    return reachable
