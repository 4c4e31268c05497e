"""Moments as reports write them."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_text(moment: datetime | float) -> str:
    """`2026-03-01T02:00:00Z` for a moment, which may be seconds since 1970."""
    at = moment if isinstance(moment, datetime) else datetime.fromtimestamp(moment, UTC)
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
