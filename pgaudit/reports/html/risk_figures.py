"""Charts of what may hurt: vacuum that lags behind, what migrations would block, tenants that are not told apart."""

from __future__ import annotations

from collections.abc import Sequence

from pgaudit.reports.escaping import printable
from pgaudit.reports.html.drawing import Shape, count_in_words, day_of, drawn
from pgaudit.reports.html.figures import FEWEST_RUNS, Figure
from pgaudit.reports.trends import Hold, Tenancy, Trends, Vacuum
from pgaudit.reports.words import counted

_MILLION = 1_000_000
_HUNDREDTH = 0.01

Drawn = tuple[tuple[Figure, ...], tuple[str, ...]]
"""Charts, and what is missing for those that could not be drawn."""


def risk_figures(trends: Trends) -> Drawn:
    """The charts that these runs have numbers for, and a line for each that they have not."""
    found = (_vacuum(trends.vacuum), _holds(trends), _tenancy(trends.tenancy))
    return tuple(one for figures, _ in found for one in figures), tuple(line for _, lines in found for line in lines)


# ---- vacuum


def _vacuum(runs: Sequence[Vacuum]) -> Drawn:
    figures: list[Figure] = []
    missing: list[str] = []
    known = [run for run in runs if run.dead_ratio is not None]
    if len(known) >= FEWEST_RUNS:
        figures.append(_dead_rows(known))
    else:
        missing.append("Dead rows: fewer than two runs on a primary had counters of tables that know of a row.")
    judged = [run for run in runs if run.overdue_tables is not None]
    if len(judged) >= FEWEST_RUNS:
        figures.append(_overdue(judged))
    else:
        missing.append("Tables past their autovacuum threshold: fewer than two runs could compare the two.")
    aged = [run for run in runs if run.age_xids is not None]
    if len(aged) >= FEWEST_RUNS:
        figures.append(_age(aged))
    else:
        missing.append("Age of transaction IDs: fewer than two runs recorded it.")
    return tuple(figures), tuple(missing)


def _dead_rows(runs: Sequence[Vacuum]) -> Figure:
    values = [run.dead_ratio for run in runs]
    svg = drawn([run.at for run in runs], {"dead rows": values}, "Share of dead rows by run", _percent)
    caption = f"{_percent(values[0] or 0)} of rows on {day_of(runs[0].at)}, {_percent(values[-1] or 0)} now."
    return Figure("Dead rows", caption, svg)


def _overdue(runs: Sequence[Vacuum]) -> Figure:
    values = [run.overdue_tables for run in runs]
    label = "Tables past their autovacuum threshold by run"
    svg = drawn([run.at for run in runs], {"tables": values}, label, count_in_words)
    now = counted(values[-1] or 0, "table")
    caption = f"{now} with more dead rows now than autovacuum waits for."
    return Figure("Overdue for vacuum", caption, svg)


def _age(runs: Sequence[Vacuum]) -> Figure:
    now = runs[-1]
    series = {
        "age": [run.age_xids for run in runs],
        "autovacuum freezes": [run.freeze_max_age_xids for run in runs],
    }
    shown = {name: values for name, values in series.items() if any(value is not None for value in values)}
    svg = drawn([run.at for run in runs], shown, "Age of the oldest transaction ID by run", _xids, Shape.LINES)
    limit = f", of {_xids(now.freeze_max_age_xids)} at which autovacuum freezes" if now.freeze_max_age_xids else ""
    return Figure(
        "Oldest transaction ID that is not frozen", f"{_xids(now.age_xids or 0)} transactions now{limit}.", svg
    )


# ---- migrations


def _holds(trends: Trends) -> Drawn:
    runs: Sequence[Hold] = trends.holds
    if len(runs) < FEWEST_RUNS or trends.largest is None:
        return (), ("Migration risk: fewer than two runs recorded what a rewrite of a table would write.",)
    series = {"largest": [run.largest_s for run in runs]}
    names = f"Largest: {printable(trends.largest)}"
    if trends.busiest is not None and trends.busiest != trends.largest:
        series["busiest"] = [run.busiest_s for run in runs]
        names += f", busiest: {printable(trends.busiest)}"
    elif trends.busiest is not None:
        names = f"Largest and busiest: {printable(trends.largest)}"
    svg = drawn([run.at for run in runs], series, "Estimated lock of a rewrite by run", _seconds, Shape.LINES)
    caption = f"{names}. An estimate: how long ALTER TABLE would lock it that writes it anew, at 100 MB a second."
    return (Figure("Migration risk", caption, svg),), ()


# ---- tenants


def _tenancy(runs: Sequence[Tenancy]) -> Drawn:
    if len(runs) < FEWEST_RUNS:
        why = "in fewer than two runs was a column known that tells tenants apart; [tenancy] column names it"
        return (), (f"Tenancy coverage: {why}.",)
    series = {
        "lead to a tenant": [run.with_tenant / run.tables for run in runs],
        "row level security": [run.with_row_security / run.tables for run in runs],
    }
    now = runs[-1]
    svg = drawn([run.at for run in runs], series, "Share of tables by run", _percent, Shape.LINES)
    secured = f"{now.with_row_security:,} have row level security"
    caption = f"Of {now.tables:,} tables {now.with_tenant:,} lead to a tenant, {secured}."
    return (Figure("Tenancy coverage", caption, svg),), ()


# ---- values


def _percent(value: float) -> str:
    if 0 < value < _HUNDREDTH:
        return f"{value:.2%}"
    return f"{value:.1%}".replace(".0%", "%")


def _xids(value: float) -> str:
    return f"{value / _MILLION:,.0f} M" if value >= _MILLION else f"{value:,.0f}"


def _seconds(value: float) -> str:
    return f"{value:,.1f} s".replace(".0 s", " s") if value >= 1 else f"{value * 1000:,.0f} ms"
