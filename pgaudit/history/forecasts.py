"""When something runs out, if it goes on as it did: a robust straight line, and how far it was off so far."""

from __future__ import annotations

import itertools
import statistics
from datetime import UTC, datetime, timedelta

import msgspec
import pandas as pd

from pgaudit.history.frames import observations
from pgaudit.store.opening import Store

METHOD = "Theil-Sen line through the runs of the last 90 days"
_WINDOW = timedelta(days=90)
_FEWEST_RUNS = 3
_SHORTEST = timedelta(hours=24)
_FARTHEST_DAYS = 36_500
"""A century: beyond it a date means nothing."""
_LIMITS = {("sequence", "used_ratio"): 1.0, ("database", "frozen_age_xids"): 2_146_483_647.0}
"""What is exhausted at which value: an age of 2^31 - 1,000,000 transaction IDs stops the server from writing."""
_DAY_S = 86_400.0


class Forecast(msgspec.Struct, frozen=True):
    """Where a number goes."""

    kind: str
    object: str
    metric: str
    value: float
    limit: float
    growth_a_day: float
    exhausted_at: datetime | None
    """None where it does not grow, or not within a century."""
    earliest: datetime | None
    """If it grew as fast as the fastest of the middle nine tenths of the slopes."""
    latest: datetime | None
    typical_error: float
    """Median distance of the runs from the line, in the number's own unit."""
    runs: int


def exhaustion(store: Store, target: str) -> list[Forecast]:
    """Forecasts for sequences and transaction IDs, soonest first; nothing where there are too few runs."""
    found: list[Forecast] = []
    for (kind, metric), limit in _LIMITS.items():
        seen = observations(store, target, kind, [metric])
        for name, of_one in seen.groupby("object", sort=True):
            one = _forecast(kind, str(name), metric, limit, of_one)
            if one is not None:
                found.append(one)
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (one.exhausted_at or far, -one.value / one.limit))


def _forecast(kind: str, name: str, metric: str, limit: float, seen: pd.DataFrame) -> Forecast | None:
    last: datetime = seen["started_at"].iloc[-1].to_pydatetime()
    recent = seen[seen["started_at"] >= last - _WINDOW]
    times = [moment.timestamp() / _DAY_S for moment in recent["started_at"]]
    values = [float(value) for value in recent["value"]]
    if len(values) < _FEWEST_RUNS or (times[-1] - times[0]) * _DAY_S < _SHORTEST.total_seconds():
        return None
    slopes = sorted(
        (later - earlier) / (end - start)
        for (start, earlier), (end, later) in itertools.combinations(zip(times, values, strict=True), 2)
        if end > start
    )
    if not slopes:
        return None
    slope = statistics.median(slopes)
    offset = statistics.median(value - slope * time for time, value in zip(times, values, strict=True))
    errors = [abs(value - slope * time - offset) for time, value in zip(times, values, strict=True)]
    tenth = len(slopes) // 20
    return Forecast(
        kind=kind,
        object=name,
        metric=metric,
        value=values[-1],
        limit=limit,
        growth_a_day=slope,
        exhausted_at=_reached(last, values[-1], slope, limit),
        earliest=_reached(last, values[-1], slopes[len(slopes) - 1 - tenth], limit),
        latest=_reached(last, values[-1], slopes[tenth], limit),
        typical_error=statistics.median(errors),
        runs=len(values),
    )


def _reached(last: datetime, value: float, slope: float, limit: float) -> datetime | None:
    if slope <= 0:
        return None
    days = max(0.0, (limit - value) / slope)
    return last + timedelta(days=days) if days < _FARTHEST_DAYS else None
