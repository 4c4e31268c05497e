"""Recorded runs as pandas frames, for notebooks and charts. Every frame has the columns that its function names.

    from pgaudit.history import frames
    from pgaudit.store.opening import open_store

    store = open_store("history.sqlite3")
    frames.findings(store, "shop/staging")

Times are UTC. A frame of nothing has the same columns and no rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Select, select

from pgaudit.store.models import FindingRow, ObservationRow, RunRow, SettingRow, StateRow, TargetRow
from pgaudit.store.opening import Store

COUNTERS = frozenset(
    {
        "commits", "rollbacks", "blocks_hit", "blocks_read", "temp_bytes", "deadlocks", "sequential_rows_read",
        "rows_written", "scans", "calls", "total_exec_ms", "rows",
    }
)  # fmt: skip
"""Metrics that only grow until the server's counters begin anew: `deltas` makes sense of them."""


def runs(store: Store, target: str) -> pd.DataFrame:
    """One row a run that came to an end, oldest first; those that failed have no numbers.

    Columns: run_id, started_at, duration_ms, tool_version, server_version, counters_since, score.
    """
    columns = ("run_id", "started_at", "duration_ms", "tool_version", "server_version", "counters_since", "score")
    query = select(
        RunRow.id,
        RunRow.started_at,
        RunRow.duration_ms,
        RunRow.tool_version,
        RunRow.server_version,
        RunRow.counters_since,
        RunRow.score,
    )
    return _frame(store, _of_target(query, target), columns)


def findings(store: Store, target: str) -> pd.DataFrame:
    """One row a finding and run, as far back as states are kept.

    Columns: run_id, started_at, finding_id, fingerprint, check, object_kind, object, severity, state, magnitude,
    reason.
    """
    columns = (
        "run_id", "started_at", "finding_id", "fingerprint", "check", "object_kind", "object", "severity", "state",
        "magnitude", "reason",
    )  # fmt: skip
    query = (
        select(
            RunRow.id,
            RunRow.started_at,
            FindingRow.id,
            FindingRow.fingerprint,
            FindingRow.check_id,
            FindingRow.object_kind,
            FindingRow.object,
            StateRow.severity,
            StateRow.state,
            StateRow.magnitude,
            StateRow.reason,
        )
        .join(StateRow, StateRow.run_id == RunRow.id)
        .join(FindingRow, FindingRow.id == StateRow.finding_id)
    )
    return _frame(store, _of_target(query, target), columns)


def observations(
    store: Store, target: str, kind: str, metrics: Sequence[str] = (), *, since: datetime | None = None
) -> pd.DataFrame:
    """One row a number, oldest run first.

    Columns: run_id, started_at, counters_since, object, metric, value.

    Args:
        store: An open store.
        target: The name that history is kept under.
        kind: `database`, `table`, `index`, `sequence` or `query`.
        metrics: Such as `size_bytes`; all by default.
        since: Leave out runs that started before.
    """
    columns = ("run_id", "started_at", "counters_since", "object", "metric", "value")
    query = (
        select(
            RunRow.id,
            RunRow.started_at,
            RunRow.counters_since,
            ObservationRow.object,
            ObservationRow.metric,
            ObservationRow.value,
        )
        .join(ObservationRow, ObservationRow.run_id == RunRow.id)
        .where(ObservationRow.kind == kind)
    )
    if metrics:
        query = query.where(ObservationRow.metric.in_(metrics))
    if since is not None:
        query = query.where(RunRow.started_at >= since)
    return _frame(store, _of_target(query, target), columns)


def deltas(
    store: Store, target: str, kind: str, metrics: Sequence[str] = (), *, since: datetime | None = None
) -> pd.DataFrame:
    """How much counters grew from run to run.

    Where counters began anew in between, or a counter is smaller than before, what it shows now is all that is known:
    the growth is that value, and `restarted` says so. An object's first run has no growth and no row.

    Columns: run_id, started_at, object, metric, growth, seconds, restarted.

    Args:
        store: An open store.
        target: The name that history is kept under.
        kind: As for `observations`.
        metrics: Of `COUNTERS`; all that the kind has by default.
        since: Leave out runs that started before: the first one after it has no growth.
    """
    wanted = [metric for metric in metrics or sorted(COUNTERS) if metric in COUNTERS]
    seen = observations(store, target, kind, wanted, since=since)
    before = seen.groupby(["object", "metric"], sort=False)[["value", "started_at", "counters_since"]].shift()
    restarted = (seen["counters_since"] != before["counters_since"]) | (seen["value"] < before["value"])
    found = seen[["run_id", "started_at", "object", "metric"]].copy()
    found["growth"] = (seen["value"] - before["value"]).where(~restarted, seen["value"])
    found["seconds"] = (seen["started_at"] - before["started_at"]).dt.total_seconds()
    found["restarted"] = restarted
    return found[before["value"].notna()].reset_index(drop=True)


def settings_changed(store: Store, target: str) -> pd.DataFrame:
    """Settings that differ between the two latest runs.

    Columns: name, before, after; None where a setting had its default.
    """
    query = _of_target(
        select(RunRow.id, SettingRow.name, SettingRow.value).join(SettingRow, SettingRow.run_id == RunRow.id), target
    )
    seen = _frame(store, query, ("run_id", "name", "value"))
    latest = runs(store, target)["run_id"].tail(2).tolist()
    columns = ["name", "before", "after"]
    if len(latest) < len(columns) - 1:
        return pd.DataFrame(columns=columns)
    before, after = (seen[seen["run_id"] == run_id].set_index("name")["value"] for run_id in latest)
    both = pd.DataFrame({"before": before, "after": after})
    both = both.astype(object).where(both.notna(), None)
    changed = both[both["before"] != both["after"]]
    return changed.rename_axis("name").reset_index()[columns]


def _of_target(query: Select[*tuple[Any, ...]], target: str) -> Select[*tuple[Any, ...]]:
    joined = query.join(TargetRow, TargetRow.id == RunRow.target_id).where(TargetRow.name == target)
    return joined.where(RunRow.failure.is_(None)).order_by(RunRow.id)


def _frame(store: Store, query: Select[*tuple[Any, ...]], columns: Sequence[str]) -> pd.DataFrame:
    with store.reading() as connection:
        rows = connection.execute(query).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
    for column in ("started_at", "counters_since"):
        if column in frame.columns:
            frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame
