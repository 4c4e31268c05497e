"""Major versions of PostgreSQL, as users name them."""

from __future__ import annotations

from pgaudit.errors import BadConfiguration
from pgaudit.version import NEWEST_MAJOR, OLDEST_MAJOR


def supported_major(major: int) -> int:
    """The same major version. Raises BadConfiguration where it is not one that pgaudit knows."""
    if not OLDEST_MAJOR <= major <= NEWEST_MAJOR:
        advice = f"choose {OLDEST_MAJOR} to {NEWEST_MAJOR}"
        raise BadConfiguration("--pg-version", f"{major} is not supported", advice)
    return major
