"""The version of the program, and those of PostgreSQL that it knows."""

from __future__ import annotations

VERSION = "0.1.0"
"""Where the build takes it from: reading it from the installed distribution would be a tenth of a start."""

OLDEST_MAJOR = 13
NEWEST_MAJOR = 18
"""Major versions of PostgreSQL that every part is tested on."""


def version() -> str:
    """The version, as a release has it."""
    return VERSION
