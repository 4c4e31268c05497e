"""Releases of PostgreSQL: a dated table, for a scan asks no network. Source: the versioning page of postgresql.org."""

from __future__ import annotations

import datetime as dt

import msgspec

VERSIONING_PAGE = "https://www.postgresql.org/support/versioning/"
TABLE_DATE = dt.date(2026, 5, 14)
"""The last release that the table knows of."""


class Release(msgspec.Struct, frozen=True):
    """A major version: when its support ends, and its newest minor release with its date."""

    major: int
    end_of_life: dt.date
    latest_minor: int
    latest_released: dt.date


_LAST_OF_13 = dt.date(2025, 11, 13)
RELEASES = (
    Release(13, dt.date(2025, 11, 13), 23, _LAST_OF_13),
    Release(14, dt.date(2026, 11, 12), 23, TABLE_DATE),
    Release(15, dt.date(2027, 11, 11), 18, TABLE_DATE),
    Release(16, dt.date(2028, 11, 9), 14, TABLE_DATE),
    Release(17, dt.date(2029, 11, 8), 10, TABLE_DATE),
    Release(18, dt.date(2030, 11, 14), 4, TABLE_DATE),
)


def release_of(major: int) -> Release | None:
    """What is known of a major version; None for one that is newer than the table."""
    return next((release for release in RELEASES if release.major == major), None)


def date_of(seconds: float) -> dt.date:
    """The day, in UTC, of a moment given in seconds since 1970."""
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).date()
