"""The tables of a target's history in words, for the HTML page."""

from __future__ import annotations

from datetime import datetime

import msgspec

from pgaudit.reports.escaping import printable
from pgaudit.reports.html.figures import FEWEST_RUNS, Figure, figures
from pgaudit.reports.html.risk_figures import risk_figures
from pgaudit.reports.trends import Exhaustion, Growth, QueryTime, Rewrite, Trends
from pgaudit.reports.words import bytes_in_words, seconds_in_words

_SLOWER = 1.5
_NOTICED_SHARE = 0.01
"""A query that takes less of the time than this may become slower without anybody noticing."""
_NOTICED_CALLS = 10
_MOST_ROWS = 30
_DAY_S = 86_400


class Table(msgspec.Struct, frozen=True):
    """A table of the page. Bars are drawn beside the first column where there are any."""

    title: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    bars: tuple[float, ...] = ()
    """Thousandths of the full length, one a row."""
    bad: frozenset[int] = frozenset()
    """Rows that ask for attention."""
    is_numeric: bool = True
    """Whether all but the first column are numbers."""


class History(msgspec.Struct, frozen=True):
    """The section of the page."""

    runs: int
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    missing: tuple[str, ...] = ()
    """Why charts are not drawn, a line each."""


def history(trends: Trends) -> History:
    """The section that these numbers make."""
    found = (
        _exhaustion(trends),
        _growth(trends.growth),
        _rewrites(trends.rewrites),
        _queries(trends.queries),
        _settings(trends),
    )
    tables = tuple(table for table in found if table.rows)
    runs = len(trends.nights)
    if runs < FEWEST_RUNS:
        return History(runs, (), tables, ("Charts are drawn from the second run on that is recorded.",) if runs else ())
    risks, missing = risk_figures(trends)
    return History(runs, figures(trends) + risks, tables, missing)


def _exhaustion(trends: Trends) -> Table:
    rows = tuple(_runs_out(one) for one in trends.exhaustion)
    return Table(
        "Time to exhaustion",
        f"{trends.method}. The range is what the middle nine tenths of the slopes give.",
        ("what", "used", "a day", "exhausted", "range", "typical error"),
        rows,
        tuple(round(min(1.0, max(0.0, one.used_ratio)) * 1000, 1) for one in trends.exhaustion),
    )


def _runs_out(one: Exhaustion) -> tuple[str, ...]:
    what = "transaction IDs" if one.kind == "database" else f"sequence {printable(one.object)}"
    between = f"{_date(one.earliest)} to {_date(one.latest)}" if one.earliest or one.latest else ""
    error = f"{one.typical_error_ratio:.3%} over {one.runs} runs"
    return (what, f"{one.used_ratio:.1%}", f"{one.growth_ratio_a_day:+.3%}", _date(one.exhausted_at), between, error)


def _date(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else "never"


def _growth(growth: tuple[Growth, ...]) -> Table:
    most = max((one.growth_bytes for one in growth), default=1.0)
    return Table(
        "Fastest growing",
        "Tables with their TOAST, and indexes, over the last week.",
        ("what", "grew by", "in", "is now"),
        tuple(
            (
                f"{one.kind} {printable(one.object)}",
                bytes_in_words(one.growth_bytes),
                seconds_in_words(one.days * _DAY_S),
                bytes_in_words(one.size_bytes),
            )
            for one in growth
        ),
        tuple(round(1000 * one.growth_bytes / most, 1) for one in growth),
    )


def _rewrites(rewrites: tuple[Rewrite, ...]) -> Table:
    drawn = [one.queued or 0.0 for one in rewrites]
    if not any(drawn):  # then they are in the order of this
        drawn = [one.hold_s for one in rewrites]
    return Table(
        "What a rewrite would block",
        "Estimates, as the gate makes them: the table with its TOAST and indexes written at 100 MB a second, and who"
        " would come meanwhile, by scans and rows written between the two latest runs.",
        ("table", "writes", "locked for", "used a second", "would queue"),
        tuple(_rewrite(one) for one in rewrites),
        tuple(round(1000 * length / (max(drawn) or 1.0), 1) for length in drawn),
    )


def _rewrite(one: Rewrite) -> tuple[str, ...]:
    used = "unknown" if one.per_second is None else f"{one.per_second:,.3g}"
    queued = "unknown" if one.queued is None else f"{one.queued:,.0f}"
    hold = f"{one.hold_s:,.1f} s" if one.hold_s >= 1 else f"{one.hold_s * 1000:,.0f} ms"
    return (printable(one.object), bytes_in_words(one.rewrite_bytes), hold, used, queued)


def _queries(queries: tuple[QueryTime, ...]) -> Table:
    slow = frozenset(number for number, one in enumerate(queries) if _is_regression(one))
    return Table(
        "Where query time goes",
        "Between the two latest runs, by pg_stat_statements. Marked: half as slow again as in the four weeks before.",
        ("query", "share", "calls", "mean", "before", "change"),
        tuple(
            (
                one.query_id,
                f"{one.share:.1%}",
                f"{one.calls:,.0f}",
                f"{one.mean_ms:,.2f} ms",
                f"{one.earlier_mean_ms:,.2f} ms" if one.earlier_mean_ms is not None else "unknown",
                f"x {one.slowdown:,.2f}" if one.slowdown is not None else "",
            )
            for one in queries
        ),
        tuple(round(1000 * one.share, 1) for one in queries),
        slow,
    )


def _is_regression(one: QueryTime) -> bool:
    is_noticed = one.share >= _NOTICED_SHARE and one.calls >= _NOTICED_CALLS
    return is_noticed and one.slowdown is not None and one.slowdown >= _SLOWER


def _settings(trends: Trends) -> Table:
    return Table(
        "Settings changed since the run before",
        "",
        ("setting", "before", "now"),
        tuple((printable(one.name), _value(one.before), _value(one.after)) for one in trends.settings[:_MOST_ROWS]),
        is_numeric=False,
    )


def _value(text: str | None) -> str:
    return "default" if text is None else printable(text)
