"""What earlier runs tell of vacuum, of tenants, and of what migrations would block."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pandas as pd

from pgaudit.history import frames
from pgaudit.migrations.grading import BYTES_A_SECOND
from pgaudit.reports.trends import Hold, Rewrite, Tenancy, Vacuum
from pgaudit.store.opening import Store

_TOP = 10
_VACUUM = ["dead_rows", "live_rows", "tables_past_vacuum_threshold", "frozen_age_xids", "freeze_max_age_xids"]
_TENANCY = ["tables", "tables_with_tenant", "tables_with_row_security"]
_USE_OVER = timedelta(days=28)
"""Between the two latest runs lies no more than this, or what they counted is too old to be told."""


class Risks(msgspec.Struct, frozen=True):
    """What a rewrite would block now, and what it would have blocked."""

    rewrites: tuple[Rewrite, ...] = ()
    holds: tuple[Hold, ...] = ()
    largest: str | None = None
    busiest: str | None = None


def vacuum(store: Store, target: str, since: datetime) -> tuple[Vacuum, ...]:
    """How vacuum kept up since then; nothing where no run tells."""
    return tuple(
        Vacuum(
            at=at,
            dead_ratio=_share(row, "dead_rows", "live_rows"),
            overdue_tables=None if (overdue := _known(row, "tables_past_vacuum_threshold")) is None else int(overdue),
            age_xids=_known(row, "frozen_age_xids"),
            freeze_max_age_xids=_known(row, "freeze_max_age_xids"),
        )
        for at, row in _by_run(store, target, _VACUUM, since)
    )


def tenancy(store: Store, target: str, since: datetime) -> tuple[Tenancy, ...]:
    """How far tenants were told apart since then in runs that knew of tenants."""
    return tuple(
        Tenancy(at, *(int(row[metric]) for metric in _TENANCY))
        for at, row in _by_run(store, target, _TENANCY, since)
        if row[_TENANCY].notna().all()
    )


def _by_run(
    store: Store, target: str, metrics: list[str], since: datetime
) -> Iterator[tuple[datetime, pd.Series[float]]]:
    """Numbers of the database, a row a run; a run without a number has NaN there."""
    seen = frames.observations(store, target, "database", metrics, since=since)
    if seen.empty:
        return
    wide = seen.pivot_table(index=["run_id", "started_at"], columns="metric", values="value", aggfunc="last")
    wide = wide.reindex(columns=metrics).reset_index(level="started_at")
    for _, row in wide.iterrows():
        yield row["started_at"].to_pydatetime(), row


def _known(row: pd.Series[float], metric: str) -> float | None:
    return None if pd.isna(row[metric]) else float(row[metric])


def _share(row: pd.Series[float], part: str, rest: str) -> float | None:
    some, others = _known(row, part), _known(row, rest)
    return None if some is None or others is None or some + others == 0 else some / (some + others)


def risks(store: Store, target: str, since: datetime) -> Risks:
    """What a rewrite of the largest and the busiest tables would block: the gate's own estimate."""
    sizes = frames.observations(store, target, "table", ["rewrite_bytes"], since=since)
    if sizes.empty:
        return Risks()
    latest = sizes[sizes["run_id"] == sizes["run_id"].max()].set_index("object")["value"]
    use = _use(store, target, sizes["started_at"].iloc[-1].to_pydatetime())
    found = [
        Rewrite(str(name), float(size), float(size) / BYTES_A_SECOND, use.get(str(name)))
        for name, size in latest.items()
    ]
    used = [one for one in found if one.per_second]
    largest = max(found, key=lambda one: (one.hold_s, one.object)).object
    busiest = max(used, key=lambda one: (one.per_second or 0.0, one.object)).object if used else None
    ordered = sorted(found, key=lambda one: (-(one.queued or 0.0), -one.hold_s, one.object))
    return Risks(tuple(ordered[:_TOP]), tuple(_holds(sizes, largest, busiest)), largest, busiest)


def _use(store: Store, target: str, last: datetime) -> dict[str, float]:
    """Scans and rows written a second, by table, between the two latest runs; none where counters began anew."""
    grown = frames.deltas(store, target, "table", ["scans", "rows_written"], since=last - _USE_OVER)
    now = grown[(grown["started_at"] == last) & ~grown["restarted"] & (grown["seconds"] > 0)]
    return {str(name): float((one["growth"] / one["seconds"]).sum()) for name, one in now.groupby("object")}


def _holds(sizes: pd.DataFrame, largest: str, busiest: str | None) -> Iterator[Hold]:
    for _, of_run in sizes.groupby("run_id"):
        seconds = {
            str(name): float(size) / BYTES_A_SECOND
            for name, size in zip(of_run["object"], of_run["value"], strict=True)
        }
        at: datetime = of_run["started_at"].iloc[0].to_pydatetime()
        yield Hold(at, seconds.get(largest), seconds.get(busiest) if busiest else None)
