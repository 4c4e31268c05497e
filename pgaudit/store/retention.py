"""Letting go of old runs: their reports, states and check results. Their numbers stay for ever."""

from __future__ import annotations

from sqlalchemy import delete, select, update

from pgaudit.store.models import CheckRow, RunRow, StateRow, TargetRow
from pgaudit.store.opening import Store

KEPT_RUNS = 400


def prune(store: Store, *, keep_runs: int = KEPT_RUNS) -> int:
    """Thin out all but the newest runs of each target; gives how many there were.

    Raises StoreFailed.
    """
    with store.writing() as connection:
        old: list[int] = []
        for target_id in connection.execute(select(TargetRow.id)).scalars().all():
            whole = select(RunRow.id).where(RunRow.target_id == target_id, RunRow.report.is_not(None))
            old += connection.execute(whole.order_by(RunRow.id.desc())).scalars().all()[keep_runs:]
        for run_id in old:
            connection.execute(update(RunRow).where(RunRow.id == run_id).values(report=None))
            connection.execute(delete(StateRow).where(StateRow.run_id == run_id))
            connection.execute(delete(CheckRow).where(CheckRow.run_id == run_id))
    return len(old)
