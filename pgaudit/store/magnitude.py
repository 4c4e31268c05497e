"""The one number of a finding that may grow, and how far it must move before that is worth a word."""

from __future__ import annotations

from probes.finding import Evidence

_KEYS = (
    "used_ratio",
    "age_xids",
    "xmin_age_xids",
    "catalog_xmin_age_xids",
    "multixact_age",
    "wasted_ratio",
    "wasted_bytes",
    "retained_bytes",
    "not_replayed_bytes",
    "replay_lag_bytes",
    "flush_lag_bytes",
    "sent_lag_bytes",
    "wal_bytes",
    "temp_bytes_per_day",
    "mean_ms",
    "share_of_execution_time_ratio",
)
"""In evidence, more of these is worse. The first that a finding has is its magnitude."""

_TOLERANCE = 0.2
_FLOORS = {"ratio": 0.02, "bytes": 16 * 2**20, "xids": 10_000_000, "ms": 1.0, "day": 16 * 2**20}
"""By the unit a key ends in: less than this is no change, however large in proportion."""


def magnitude_of(evidence: Evidence) -> tuple[float | None, str]:
    """The number and the key it was found under."""
    for key in _KEYS:
        value = evidence.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value), key
    return None, ""


def moved(before: float | None, now: float | None, key: str) -> int:
    """1 where it grew beyond the tolerance, -1 where it shrank, 0 where that is noise or cannot be said."""
    if before is None or now is None:
        return 0
    floor = _FLOORS.get(key.rpartition("_")[2], 1.0)
    if abs(now - before) <= max(floor, _TOLERANCE * abs(before)):
        return 0
    return 1 if now > before else -1
