"""What the store tells of earlier runs."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import func, select

from pgaudit.reports.contract import Report, from_json
from pgaudit.store.models import RunRow, StateRow, TargetRow
from pgaudit.store.opening import Store
from pgaudit.store.states import State


class RunSummary(msgspec.Struct, frozen=True):
    """A run in one line."""

    id: int
    target: str
    started_at: datetime
    duration_ms: int
    tool_version: str
    server_version: str
    database: str
    score: float | None
    interrupted: str | None
    states: dict[str, int]
    """How many findings were in each state; empty where its time of keeping is over."""
    has_report: bool
    failure: str | None = None
    """Why the target could not be audited; nothing else is known of such a run."""


def targets(store: Store) -> list[str]:
    """Names of everything that was ever recorded, in alphabetical order."""
    with store.reading() as connection:
        return list(connection.execute(select(TargetRow.name).order_by(TargetRow.name)).scalars())


def runs(store: Store, target: str | None = None, *, limit: int = 30) -> list[RunSummary]:
    """The latest runs, newest first, of one target or of all."""
    columns = (
        RunRow.id,
        TargetRow.name,
        RunRow.started_at,
        RunRow.duration_ms,
        RunRow.tool_version,
        RunRow.server_version,
        RunRow.database,
        RunRow.score,
        RunRow.interrupted,
        RunRow.report.is_not(None).label("has_report"),
        RunRow.failure,
    )
    query = select(*columns).join(TargetRow, TargetRow.id == RunRow.target_id).order_by(RunRow.id.desc()).limit(limit)
    if target is not None:
        query = query.where(TargetRow.name == target)
    with store.reading() as connection:
        rows = connection.execute(query).all()
        counts = _states(store, [row.id for row in rows])
    return [
        RunSummary(
            id=row.id,
            target=row.name,
            started_at=row.started_at,
            duration_ms=row.duration_ms,
            tool_version=row.tool_version,
            server_version=row.server_version,
            database=row.database,
            score=row.score,
            interrupted=row.interrupted,
            states=counts.get(row.id, {}),
            has_report=row.has_report,
            failure=row.failure,
        )
        for row in rows
    ]


def latest_whole_run(store: Store, target: str) -> int | None:
    """The number of a target's latest run that did not fail; None where there is none."""
    query = select(func.max(RunRow.id)).join(TargetRow, TargetRow.id == RunRow.target_id)
    with store.reading() as connection:
        return connection.execute(query.where(TargetRow.name == target, RunRow.failure.is_(None))).scalar()


def _states(store: Store, run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    query = (
        select(StateRow.run_id, StateRow.state, func.count())
        .where(StateRow.run_id.in_(run_ids))
        .group_by(StateRow.run_id, StateRow.state)
    )
    found: dict[int, dict[str, int]] = {}
    order = [state.value for state in State]
    with store.reading() as connection:
        for run_id, state, count in sorted(connection.execute(query).all(), key=lambda row: order.index(row[1])):
            found.setdefault(run_id, {})[state] = count
    return found


def report_of_run(store: Store, run_id: int) -> Report | None:
    """The report of a run; None where there is no such run, or its time of keeping is over."""
    with store.reading() as connection:
        content = connection.execute(select(RunRow.report).where(RunRow.id == run_id)).scalar()
    return None if content is None else from_json(gzip.decompress(content))
