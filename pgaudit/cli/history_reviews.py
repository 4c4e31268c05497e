"""`pgaudit history --reviews`: the ledger of reviews, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from pgaudit.reports.escaping import printable
from pgaudit.store.opening import Store
from pgaudit.store.reviews import KeptReview, reviews

_HEADINGS = ("review", "when", "target", "format", "by", "tokens read", "written", "US dollars", "parts")


def listed(store: Store, target: str | None, limit: int, *, as_json: bool) -> str:
    """Reviews, newest first, of one target or of all."""
    found = reviews(store, target, limit=limit)
    if as_json:
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    return _table(found) if found else "no review recorded yet: `pgaudit review --record` keeps one\n"


def _table(found: Sequence[KeptReview]) -> str:
    rows = [_HEADINGS, *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"


def _row(one: KeptReview) -> tuple[str, ...]:
    entry = one.entry
    stood = sum(1 for part in entry.parts if part.statements or part.changes)
    return (
        str(one.id),
        entry.written_at.strftime("%Y-%m-%d %H:%M"),
        printable(entry.target),
        entry.format,
        printable(entry.model) if entry.model else entry.backend,
        f"{entry.input_tokens:,}",
        f"{entry.output_tokens:,}",
        "unknown" if entry.cost_usd is None else f"{entry.cost_usd:.4f}",
        f"{stood} of {len(entry.parts)}" if entry.parts else "",
    )
