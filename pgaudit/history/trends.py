"""The numbers of the report page's history, from recorded runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from pgaudit.history import forecasts, frames
from pgaudit.history.risks import risks, tenancy, vacuum
from pgaudit.reports.trends import Exhaustion, Growth, Night, QueryTime, SettingChange, Size, Trends
from pgaudit.store.opening import Store
from pgaudit.store.states import State
from probes.finding import Severity

_NIGHTS = 90
_TOP = 10
_GROWTH_OVER = timedelta(days=7)
_QUERIES_OVER = timedelta(days=28)
"""A query is compared with what it was in these."""
_CLOSED = [State.FIXED.value, State.GONE.value, State.SUPPRESSED.value]
_ARRIVED = [State.NEW.value, State.REOPENED.value]
_LEFT = [State.FIXED.value, State.GONE.value]


def trends(store: Store, target: str) -> Trends:
    """What the recorded runs of a target show; the same shape without numbers where there are none."""
    started = frames.runs(store, target)["started_at"]
    last: datetime | None = None if started.empty else started.iloc[-1].to_pydatetime()
    since: datetime = datetime.now(UTC) if started.empty else started.tail(_NIGHTS).min().to_pydatetime()
    found = risks(store, target, since)
    return Trends(
        nights=_nights(store, target),
        sizes=_sizes(store, target),
        exhaustion=tuple(map(_exhaustion, forecasts.exhaustion(store, target)[:_TOP])),
        method=forecasts.METHOD,
        growth=_growth(store, target, last),
        queries=_queries(store, target, last),
        settings=_settings(store, target),
        vacuum=vacuum(store, target, since),
        tenancy=tenancy(store, target, since),
        rewrites=found.rewrites,
        holds=found.holds,
        largest=found.largest,
        busiest=found.busiest,
    )


def _nights(store: Store, target: str) -> tuple[Night, ...]:
    runs = frames.runs(store, target).tail(_NIGHTS)
    by_run = dict(list(frames.findings(store, target).groupby("run_id")))
    nothing = pd.DataFrame({"state": [], "severity": []})
    return tuple(
        _night(at, by_run.get(run_id, nothing)) for run_id, at in zip(runs["run_id"], runs["started_at"], strict=True)
    )


def _night(at: pd.Timestamp, findings: pd.DataFrame) -> Night:
    counted = findings[~findings["state"].isin(_CLOSED)]["severity"].value_counts()
    return Night(
        at=at.to_pydatetime(),
        open={severity: int(counted.get(severity.value, 0)) for severity in Severity},
        arrived=int(findings["state"].isin(_ARRIVED).sum()),
        left=int(findings["state"].isin(_LEFT).sum()),
    )


def _sizes(store: Store, target: str) -> tuple[Size, ...]:
    metrics = ["tables_bytes", "indexes_bytes"]
    seen = frames.observations(store, target, "database", metrics)
    if seen.empty:
        return ()
    # By run: two may begin within the same second.
    wide = seen.pivot_table(index=["run_id", "started_at"], columns="metric", values="value", aggfunc="sum")
    wide = wide.reindex(columns=metrics, fill_value=0.0).fillna(0.0).tail(_NIGHTS)
    began = wide.index.get_level_values("started_at")
    return tuple(
        Size(pd.Timestamp(at).to_pydatetime(), float(tables), float(indexes))
        for at, tables, indexes in zip(began, wide["tables_bytes"], wide["indexes_bytes"], strict=True)
    )


def _exhaustion(found: forecasts.Forecast) -> Exhaustion:
    return Exhaustion(
        kind=found.kind,
        object=found.object,
        used_ratio=found.value / found.limit,
        growth_ratio_a_day=found.growth_a_day / found.limit,
        exhausted_at=found.exhausted_at,
        earliest=found.earliest,
        latest=found.latest,
        typical_error_ratio=found.typical_error / found.limit,
        runs=found.runs,
    )


def _growth(store: Store, target: str, last: datetime | None) -> tuple[Growth, ...]:
    found = [one for kind in ("table", "index") for one in _growth_of(store, target, kind, last)]
    return tuple(sorted(found, key=lambda one: (-one.growth_bytes, one.object))[:_TOP])


def _growth_of(store: Store, target: str, kind: str, last: datetime | None) -> list[Growth]:
    """Of each object that is there now, against the run a week ago, or its oldest where it is younger."""
    if last is None:
        return []
    seen = frames.observations(store, target, kind, ["size_bytes"], since=last - _GROWTH_OVER)
    if seen.empty:
        return []
    ends = seen.groupby("object").agg(
        first_at=("started_at", "first"),
        last_at=("started_at", "last"),
        before=("value", "first"),
        after=("value", "last"),
    )
    grown = ends[(ends["last_at"] == last) & (ends["after"] > ends["before"])]
    top = grown.assign(by=grown["after"] - grown["before"]).nlargest(_TOP, "by")
    return [
        Growth(kind, str(name), float(after), float(by), (last - first).total_seconds() / 86_400)
        for name, after, by, first in zip(top.index, top["after"], top["by"], top["first_at"], strict=True)
    ]


def _queries(store: Store, target: str, last: datetime | None) -> tuple[QueryTime, ...]:
    since = last - _QUERIES_OVER if last else None
    deltas = frames.deltas(store, target, "query", ["calls", "total_exec_ms"], since=since)
    if deltas.empty:
        return ()
    wide = deltas.pivot_table(index=["run_id", "object"], columns="metric", values="growth", aggfunc="sum")
    wide = wide.reindex(columns=["calls", "total_exec_ms"], fill_value=0.0).fillna(0.0).reset_index()
    latest = wide["run_id"].max()
    now = wide[(wide["run_id"] == latest) & (wide["calls"] > 0)]
    whole_ms = float(now["total_exec_ms"].sum())
    if whole_ms <= 0:
        return ()
    earlier = wide[wide["run_id"] < latest].groupby("object")[["calls", "total_exec_ms"]].sum()
    top = now.nlargest(_TOP, "total_exec_ms")
    return tuple(
        QueryTime(str(name), float(spent) / whole_ms, float(calls), float(spent) / float(calls), _mean(earlier, name))
        for name, calls, spent in zip(top["object"], top["calls"], top["total_exec_ms"], strict=True)
    )


def _mean(earlier: pd.DataFrame, query_id: object) -> float | None:
    if query_id not in earlier.index:
        return None
    calls = float(earlier["calls"][query_id])  # type: ignore[call-overload]
    return float(earlier["total_exec_ms"][query_id]) / calls if calls > 0 else None  # type: ignore[call-overload]


def _settings(store: Store, target: str) -> tuple[SettingChange, ...]:
    changed = frames.settings_changed(store, target)
    return tuple(
        SettingChange(str(name), before, after)
        for name, before, after in zip(changed["name"], changed["before"], changed["after"], strict=True)
    )
