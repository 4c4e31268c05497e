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


class Vacuum(msgspec.Struct, frozen=True):
    """How vacuum kept up, in one run. None where the run did not tell."""

    at: datetime
    dead_ratio: float | None = None
    """Dead rows, of all that the counters know."""
    overdue_tables: int | None = None
    """With more dead rows than autovacuum waits for."""
    age_xids: float | None = None
    """Of the oldest transaction ID that is not frozen."""
    freeze_max_age_xids: float | None = None
    """At which autovacuum comes to freeze, whatever else is set."""


class Tenancy(msgspec.Struct, frozen=True):
    """How far tenants were told apart, in one run. Partitions are left to their root."""

    at: datetime
    tables: int
    with_tenant: int
    """Tables with the tenant column, or a way to it by foreign keys."""
    with_row_security: int


class Rewrite(msgspec.Struct, frozen=True):
    """What a migration would block that rewrites a table: an estimate, made as the gate makes it."""

    object: str
    rewrite_bytes: float
    """The table with its TOAST and its indexes."""
    hold_s: float
    per_second: float | None
    """Scans and rows written, between the two latest runs; None where nobody knows."""

    @property
    def queued(self) -> float | None:
        """How many of those would come while it is locked."""
        return None if self.per_second is None else self.per_second * self.hold_s


class Hold(msgspec.Struct, frozen=True):
    """How long a rewrite of two tables would have locked them, estimated, in one run. None where it was not there."""

    at: datetime
    largest_s: float | None
    busiest_s: float | None


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
    vacuum: tuple[Vacuum, ...] = ()
    tenancy: tuple[Tenancy, ...] = ()
    """Only runs in which a column was known that tells tenants apart."""
    rewrites: tuple[Rewrite, ...] = ()
    """The most statements that would queue first, then the longest."""
    holds: tuple[Hold, ...] = ()
    largest: str | None = None
    """The table of `holds` that takes the longest now."""
    busiest: str | None = None
    """The one that is used the most now; None where no use is known."""
