"""Rows about this moment: sessions, locks, prepared transactions, work in progress. Query texts are never kept."""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.rows.base import StateRow


class Session(StateRow, frozen=True, gc=False, array_like=True):
    """A backend. Ages are seconds at the time of the scan; None where our role may not see them."""

    area: ClassVar[str] = "pg_stat_activity"
    pid: int
    database: str | None
    role: int | None
    application_name: str | None
    backend_type: str | None
    state: str | None
    wait_event_type: str | None
    wait_event: str | None
    backend_age_seconds: float | None
    transaction_age_seconds: float | None
    query_age_seconds: float | None
    state_age_seconds: float | None
    xid_age: int | None
    xmin_age_xids: int | None
    is_remote: bool
    uses_tls: bool | None
    blocked_by: tuple[int, ...]
    visible: bool
    """False where the row belongs to another role and only its existence is known."""


class Lock(StateRow, frozen=True, gc=False, array_like=True):
    """Relation locks held or awaited by others, one row per relation, mode and state, with how many."""

    area: ClassVar[str] = "pg_locks"
    relation: int
    mode: str
    granted: bool
    count: int
    longest_wait_seconds: float | None


class PreparedTransaction(StateRow, frozen=True, gc=False, array_like=True):
    """A prepared transaction of any database."""

    area: ClassVar[str] = "pg_prepared_xacts"
    database: str
    owner: str
    age_seconds: float
    xid_age: int


class Progress(StateRow, frozen=True, gc=False, array_like=True):
    """A long command that is running: vacuum, analyze, create index, cluster, copy, base backup."""

    area: ClassVar[str] = "pg_stat_progress"
    command: str
    pid: int
    database: str | None
    relation: int
    index: int
    phase: str | None
    done: int | None
    total: int | None
