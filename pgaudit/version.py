"""The version of the program."""

from __future__ import annotations

VERSION = "0.1.0"
"""Where the build takes it from: reading it from the installed distribution would be a tenth of a start."""


def version() -> str:
    """The version, as a release has it."""
    return VERSION
