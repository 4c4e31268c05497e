"""`pgaudit history --reviews`: the ledger of reviews, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pgaudit.errors import BadConfiguration
from pgaudit.reports.escaping import json_safe, printable
from pgaudit.store.opening import Store
from pgaudit.store.reviews import KeptReview, reviews

UNKNOWN = "unknown"
_HEADINGS = (
    *("review", "when (UTC)", "target", "format", "verdict", "score", "critical", "high", "by"),
    *("tokens read", "written", "US dollars", "parts"),
)


def listed(store: Store, target: str | None, limit: int, *, as_json: bool) -> str:
    """Reviews, newest first, of one target or of all. Raises BadConfiguration where a target has none."""
    found = reviews(store, target, limit=limit)
    if target is not None and not found:
        names = ", ".join(dict.fromkeys(one.entry.target for one in reviews(store)))
        told = f"latest are of {names}" if names else "record one with `pgaudit review --record`"
        raise BadConfiguration("TARGET", f"no review was recorded as {target!r}", told)
    if as_json:
        return json_safe(msgspec.json.format(msgspec.json.encode(found), indent=2).decode()) + "\n"
    return _table(found) if found else "no review recorded yet: `pgaudit review --record` keeps one\n"


def _table(found: Sequence[KeptReview]) -> str:
    rows = [_HEADINGS, *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"


def _row(one: KeptReview) -> tuple[str, ...]:
    entry = one.entry
    score = None if entry.score is None else f"{entry.score:g}"
    stood = sum(1 for part in entry.parts if part.statements or part.changes)
    return (
        str(one.id),
        entry.written_at.strftime("%Y-%m-%d %H:%M"),
        printable(entry.target),
        entry.format,
        *(
            UNKNOWN if one is None else str(one)
            for one in (entry.verdict, score, entry.critical_issues, entry.high_issues)
        ),
        printable(entry.model) if entry.model else entry.backend,
        f"{entry.input_tokens:,}",
        f"{entry.output_tokens:,}",
        UNKNOWN if entry.cost_usd is None else f"{entry.cost_usd:.4f}",
        f"{stood} of {len(entry.parts)}" if entry.parts else "",
    )
