"""What was known before a run: the target, the run to compare with and those that failed since, the findings."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Select, func, insert, select

from pgaudit.store.models import FindingRow, RunRow, TargetRow
from pgaudit.store.states import State, Tracked
from probes.catalog.server import Server
from probes.finding import ObjectRef, Severity

_SAME_START_S = 1.0
"""Two servers have databases of the same oid and name, but hardly the same moment of their start."""


class Before(msgspec.Struct, frozen=True):
    """The run before, as far as it matters. Failed runs are none."""

    id: int
    started_at: datetime
    tool_version: str
    database_oid: int
    database: str
    counters_since: datetime
    in_recovery: bool
    interrupted: str | None


def target_id_of(connection: Connection, name: str) -> int:
    """The target's id. Its row stays locked, so that two runs of one target follow each other."""
    query = select(TargetRow.id).where(TargetRow.name == name).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        if connection.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as insert_or  # noqa: PLC0415 - of one engine

            connection.execute(insert_or(TargetRow).values(name=name).on_conflict_do_nothing())
        else:
            connection.execute(insert(TargetRow).values(name=name))
        found = connection.execute(query).scalar_one()
    return found


def previous_run(connection: Connection, target_id: int) -> Before | None:
    """The latest run that came to an end; None where there is none."""
    query = (
        select(
            RunRow.id,
            RunRow.started_at,
            RunRow.tool_version,
            RunRow.database_oid,
            RunRow.database,
            RunRow.counters_since,
            RunRow.in_recovery,
            RunRow.interrupted,
        )
        .where(RunRow.target_id == target_id, RunRow.failure.is_(None))
        .order_by(RunRow.id.desc())  # by when it was recorded: clocks are set back
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Before(*row)


def failed_runs(target_id: int) -> Select[datetime, str | None]:
    """Time and problem of the failed runs after the last one that came to an end, oldest first."""
    whole = select(func.coalesce(func.max(RunRow.id), 0)).where(RunRow.target_id == target_id, RunRow.failure.is_(None))
    return (
        select(RunRow.started_at, RunRow.failure)
        .where(RunRow.target_id == target_id, RunRow.id > whole.scalar_subquery())
        .order_by(RunRow.id)
    )


def failing_since(connection: Connection, target_id: int) -> datetime | None:
    """When the first of the target's latest runs was that failed; None where its latest run came to an end."""
    return connection.execute(failed_runs(target_id).limit(1)).scalar()


def tracked(connection: Connection, target_id: int) -> tuple[list[Tracked], dict[str, int]]:
    """Findings as earlier runs left them, and their ids by fingerprint."""
    rows = connection.execute(select(FindingRow.__table__).where(FindingRow.target_id == target_id)).mappings().all()
    known = [
        Tracked(
            fingerprint=row["fingerprint"],
            check=row["check_id"],
            object=msgspec.json.decode(row["object"], type=ObjectRef),
            severity=Severity(row["severity"]),
            state=State(row["state"]),
            magnitude=row["magnitude"],
            object_oid=row["object_oid"],
            absent_runs=row["absent_runs"],
        )
        for row in rows
    ]
    return known, {row["fingerprint"]: row["id"] for row in rows}


def namesake(connection: Connection, target_id: int, server: Server) -> str | None:
    """The other target that this database was last recorded as; None where there is none, or it cannot be told."""
    rows = connection.execute(
        select(TargetRow.name, RunRow.server_started_at)
        .join(RunRow, RunRow.target_id == TargetRow.id)
        .where(
            TargetRow.id != target_id,
            RunRow.database_oid == server.database_oid,
            RunRow.database == server.database,
            RunRow.failure.is_(None),
        )
        .order_by(RunRow.id.desc())
    ).all()
    same = (name for name, at in rows if abs(at.timestamp() - server.started_at) < _SAME_START_S)
    return next(same, None)
