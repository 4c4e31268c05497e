"""Runs that failed: recorded so that history shows them, and told apart from runs that found nothing.

A failed run says nothing of any finding: nothing is called fixed by it, and the next run is compared with the last one
that came to an end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, insert, select

from pgaudit.store.earlier import failed_runs, failing_since, target_id_of
from pgaudit.store.models import FindingRow, RunRow, TargetRow
from pgaudit.store.opening import Store
from pgaudit.store.states import State
from pgaudit.version import version

_OPEN = [state.value for state in State if state.is_open and state is not State.SUPPRESSED]


class Failure(msgspec.Struct, frozen=True):
    """An audit that came to nothing."""

    target: str
    started_at: datetime
    problem: str
    """One line, without a secret."""


class RecordedFailure(msgspec.Struct, frozen=True):
    """A failure as it was recorded."""

    run_id: int
    is_news: bool
    """Whether the run before did not fail, or there was none."""
    open_findings: int
    """As many as the last run left that came to an end."""


class Failing(msgspec.Struct, frozen=True):
    """A target that cannot be audited at the moment."""

    since: datetime
    problem: str
    """Of the latest attempt."""


def record_failure(
    store: Store, failure: Failure, beside: Callable[[Connection, RecordedFailure], None] | None = None
) -> RecordedFailure:
    """Record that a target could not be audited. Raises StoreFailed; then nothing of it is kept.

    Args:
        store: Where to.
        failure: What happened.
        beside: What else belongs to it, done in the same transaction.
    """
    with store.writing() as connection:
        target_id = target_id_of(connection, failure.target)
        is_news = failing_since(connection, target_id) is None
        run_id = connection.execute(
            insert(RunRow).values(_values(target_id, failure)).returning(RunRow.id)
        ).scalar_one()
        still_open = select(func.count()).where(FindingRow.target_id == target_id, FindingRow.state.in_(_OPEN))
        recorded = RecordedFailure(run_id, is_news, connection.execute(still_open).scalar_one())
        if beside is not None:
            beside(connection, recorded)
    return recorded


def _values(target_id: int, failure: Failure) -> dict[str, object]:
    return {
        "target_id": target_id,
        "started_at": failure.started_at,
        "duration_ms": 0,
        "tool_version": version(),
        "database": "",
        "database_oid": 0,
        "server_version": "",
        "in_recovery": False,
        "server_started_at": failure.started_at,
        "counters_since": failure.started_at,
        "failure": failure.problem,
    }


def failing(store: Store, target: str) -> Failing | None:
    """Since when a target cannot be audited; None where its latest run came to an end."""
    with store.reading() as connection:
        target_id = connection.execute(select(TargetRow.id).where(TargetRow.name == target)).scalar()
        if target_id is None:
            return None
        rows = connection.execute(failed_runs(target_id)).all()
    return Failing(rows[0][0], rows[-1][1] or "") if rows else None
