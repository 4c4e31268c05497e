"""The version of the installed program."""

from __future__ import annotations

import functools


@functools.cache
def version() -> str:
    """The distribution's version; `0+unknown` in a tree that was never installed."""
    from importlib import metadata  # noqa: PLC0415 - a tenth of the start of `pgaudit --help`

    try:
        return metadata.version("pgaudit-cli")
    except metadata.PackageNotFoundError:
        return "0+unknown"
