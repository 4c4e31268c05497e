"""Rows of cumulative counters. Each counts since a reset: see DatabaseStatistics.stats_reset_at and Server.started_at.

Times are seconds since 1970, durations milliseconds, and None means that the server's version has no such counter or
that the event never happened.
"""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.rows.base import StateRow


class TableStatistics(StateRow, frozen=True, gc=False, array_like=True):
    """Counters of a table or materialized view."""

    area: ClassVar[str] = "pg_stat_user_tables"
    relation: int
    sequential_scans: int
    sequential_tuples_read: int
    last_sequential_scan_at: float | None
    inserted: int
    updated: int
    deleted: int
    hot_updated: int
    live_tuples: int
    dead_tuples: int
    modified_since_analyze: int
    inserted_since_vacuum: int
    last_vacuum_at: float | None
    last_autovacuum_at: float | None
    last_analyze_at: float | None
    last_autoanalyze_at: float | None
    vacuum_count: int
    autovacuum_count: int
    blocks_read: int
    blocks_hit: int


class IndexStatistics(StateRow, frozen=True, gc=False, array_like=True):
    """Counters of an index."""

    area: ClassVar[str] = "pg_stat_user_indexes"
    index: int
    scans: int
    last_scan_at: float | None
    tuples_read: int
    tuples_fetched: int
    blocks_read: int
    blocks_hit: int


class ColumnStatistics(StateRow, frozen=True, gc=False, array_like=True):
    """The shape of a column's values as ANALYZE saw it; never a value. No row where we may not read the column."""

    area: ClassVar[str] = "pg_stats"
    relation: int
    column: int
    null_fraction: float
    average_width_bytes: int
    distinct_values: float
    """Positive: a count. Negative: minus the share of rows. 0: unknown."""
    correlation: float | None


class SequenceUse(StateRow, frozen=True, gc=False, array_like=True):
    """How far a sequence has run. `last_value` is None where it was never used, or (`readable` false) not readable."""

    area: ClassVar[str] = "pg_sequences"
    relation: int
    last_value: int | None
    readable: bool


class DatabaseStatistics(StateRow, frozen=True, gc=False, array_like=True):
    """Counters of a database; `database` 0 stands for shared objects."""

    area: ClassVar[str] = "pg_stat_database"
    database: int
    name: str | None
    backends: int
    commits: int
    rollbacks: int
    blocks_read: int
    blocks_hit: int
    deadlocks: int
    conflicts: int
    temp_files: int
    temp_bytes: int
    checksum_failures: int | None
    sessions: int | None
    sessions_abandoned: int | None
    sessions_fatal: int | None
    sessions_killed: int | None
    session_ms: float | None
    idle_in_transaction_ms: float | None
    stats_reset_at: float | None


class Statement(StateRow, frozen=True, gc=False, array_like=True):
    """A row of pg_stat_statements for the audited database. Of a utility statement's text only the head is left."""

    area: ClassVar[str] = "pg_stat_statements"
    query_id: int | None
    role: int
    text: str | None
    """Like `query_id` None where our role may not read it."""
    top_level: bool
    calls: int
    total_exec_ms: float
    mean_exec_ms: float
    max_exec_ms: float
    stddev_exec_ms: float
    total_plan_ms: float
    rows: int
    shared_blocks_hit: int
    shared_blocks_read: int
    temp_blocks_written: int
    wal_bytes: int
    jit_ms: float | None
    parallel_workers_to_launch: int | None
    parallel_workers_launched: int | None


class StatementsInfo(StateRow, frozen=True, gc=False, array_like=True):
    """How complete pg_stat_statements is. One row where the extension is usable."""

    area: ClassVar[str] = "pg_stat_statements_info"
    evictions: int | None
    stats_reset_at: float | None


class BackgroundCounters(StateRow, frozen=True, gc=False, array_like=True):
    """What the checkpointer, the background writer and the archiver did; one row."""

    area: ClassVar[str] = "background_counters"
    timed: int
    requested: int
    write_ms: float
    sync_ms: float
    buffers_written: int
    buffers_backend: int | None
    maxwritten_clean: int
    last_checkpoint_at: float | None
    archived: int
    last_archived_at: float | None
    archive_failures: int
    last_archive_failure_at: float | None
    stats_reset_at: float | None


class IoStatistics(StateRow, frozen=True, gc=False, array_like=True):
    """A row of pg_stat_io (16 and later) that is not all zero."""

    area: ClassVar[str] = "pg_stat_io"
    backend_type: str
    object: str
    context: str
    reads: int | None
    writes: int | None
    extends: int | None
    hits: int | None
    evictions: int | None
    fsyncs: int | None
