"""What a report page shows of earlier runs: numbers only, laid out nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from probes.finding import Severity


class Night(msgspec.Struct, frozen=True):
    """One run."""

    at: datetime
    open: Mapping[Severity, int]
    """Open findings, those that could not be checked among them; accepted ones are not."""
    arrived: int
    """New and reopened."""
    left: int
    """Fixed and gone."""


class Exhaustion(msgspec.Struct, frozen=True):
    """When something runs out, if it goes on as it did."""

    kind: str
    """`sequence`, or `database` for transaction IDs."""
    object: str
    used_ratio: float
    growth_ratio_a_day: float
    exhausted_at: datetime | None
    """None where it does not grow, or not within a century."""
    earliest: datetime | None
    latest: datetime | None
    typical_error_ratio: float
    runs: int


class Growth(msgspec.Struct, frozen=True):
    """How much larger a table or an index has become."""

    kind: str
    object: str
    size_bytes: float
    growth_bytes: float
    days: float


class QueryTime(msgspec.Struct, frozen=True):
    """A query between the two latest runs."""

    query_id: str
    share: float
    """Of the execution time of all queries, 0 to 1."""
    calls: float
    mean_ms: float
    earlier_mean_ms: float | None
    """In the runs before; None where nothing is known of it."""

    @property
    def slowdown(self) -> float | None:
        """How many times slower than before."""
        return self.mean_ms / self.earlier_mean_ms if self.earlier_mean_ms else None


class SettingChange(msgspec.Struct, frozen=True):
    """A setting that differs from the run before."""

    name: str
    before: str | None
    """None where it had its default."""
    after: str | None


class Size(msgspec.Struct, frozen=True):
    """The database in one run."""

    at: datetime
    tables_bytes: float
    indexes_bytes: float


class Trends(msgspec.Struct, frozen=True):
    """The recorded runs of a target, oldest first, up to the one that is shown."""

    nights: tuple[Night, ...]
    sizes: tuple[Size, ...] = ()
    exhaustion: tuple[Exhaustion, ...] = ()
    """Soonest first."""
    method: str = ""
    """How the dates were found."""
    growth: tuple[Growth, ...] = ()
    """The fastest first."""
    queries: tuple[QueryTime, ...] = ()
    """Those that take the most time first."""
    settings: tuple[SettingChange, ...] = ()
