"""A connection string given as an argument, taken out of what `ps` shows of this process."""

import ctypes
import sys
from pathlib import Path

_ARG_START, _ARG_END = 47, 48  # proc(5), /proc/pid/stat: fields 48 and 49, counted from 1


def hide_argument(argument: str) -> bool:
    """Overwrites every copy of `argument` in this process's argument list with `x`; whether there was one.

    Only Linux shows where the list is; elsewhere nothing happens. Others may have read the argument
    before this was called, so a password is better passed through stdin (`-`), the environment or ~/.pgpass.
    """
    needle = argument.encode(errors="surrogateescape")
    if sys.platform != "linux" or not needle:
        return False
    try:
        start, end = _argument_area()
    except (OSError, ValueError, IndexError):
        return False
    area = ctypes.string_at(start, end - start)
    found = False
    position = area.find(needle)
    while position >= 0:
        ctypes.memset(start + position, ord("x"), len(needle))
        found = True
        position = area.find(needle, position + len(needle))
    return found


def _argument_area() -> tuple[int, int]:
    # The command name in brackets may hold spaces; the fields after it do not.
    fields = Path("/proc/self/stat").read_text(errors="replace").rpartition(")")[2].split()
    start, end = int(fields[_ARG_START - 2]), int(fields[_ARG_END - 2])
    if not 0 < start < end:
        raise ValueError("the kernel does not tell")
    return start, end
