"""Rows about replication, archiving and backups. LSN distances are bytes; times are seconds since 1970."""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.rows.base import StateRow, StructureRow


class PgPublication(StructureRow, frozen=True, gc=False, array_like=True):
    """A publication and what it covers."""

    area: ClassVar[str] = "pg_publication"
    oid: int
    name: str
    owner: int
    all_tables: bool
    inserts: bool
    updates: bool
    deletes: bool
    truncates: bool
    via_root: bool
    relations: tuple[int, ...]
    filtered_relations: tuple[int, ...]
    """Those of `relations` with a row filter or a column list."""
    namespaces: tuple[int, ...]


class PgSubscription(StateRow, frozen=True, gc=False, array_like=True):
    """A subscription of this database. Its connection string is never read."""

    area: ClassVar[str] = "pg_subscription"
    oid: int
    name: str
    owner: int
    enabled: bool
    slot_name: str | None
    publications: tuple[str, ...]
    apply_errors: int | None
    sync_errors: int | None
    relations_not_ready: int


class ReplicationSlot(StateRow, frozen=True, gc=False, array_like=True):
    """A replication slot."""

    area: ClassVar[str] = "pg_replication_slots"
    name: str
    plugin: str | None
    type: str
    database: str | None
    temporary: bool
    active: bool
    xmin_age_xids: int | None
    catalog_xmin_age_xids: int | None
    retained_bytes: int | None
    wal_status: str | None
    safe_wal_bytes: int | None
    two_phase: bool | None
    inactive_since: float | None
    conflicting: bool | None
    invalidation_reason: str | None
    failover: bool | None
    synced: bool | None


class Replica(StateRow, frozen=True, gc=False, array_like=True):
    """A process that streams WAL from this server."""

    area: ClassVar[str] = "pg_stat_replication"
    application_name: str | None
    """Like all that follows None where our role may not see it."""
    state: str | None
    sync_state: str | None
    xmin_age_xids: int | None
    sent_lag_bytes: int | None
    flush_lag_bytes: int | None
    replay_lag_bytes: int | None
    replay_lag_seconds: float | None


class WalReceiver(StateRow, frozen=True, gc=False, array_like=True):
    """What a standby knows of its own replication. One row on a standby, none on a primary."""

    area: ClassVar[str] = "pg_stat_wal_receiver"
    is_streaming: bool
    replay_paused: bool
    replay_delay_seconds: float | None
    receive_lag_bytes: int | None
    conninfo_sslmode: str | None
    """None over a Unix socket, too, where there is no TLS."""
