"""Which heavy statements an index that a change builds would serve: told from the text of both."""

from __future__ import annotations

import re

from pgaudit.review.evidence.records import ProposedChange, Record

NOTICED_SHARE = 0.05
"""What takes less than a twentieth of the time is no matter of architecture."""
HEAVY_SHARE = 0.1
_BUILD = re.compile(r"create (?:unique )?index (?:concurrently )?(?:\S+ )?on (?:\S+\.)?\"?(\w+)\"? \(([^)]*)\)")


def lookup_of(change: ProposedChange, query: Record) -> tuple[str, str] | None:
    """Table and columns by which a statement looks rows up, where the change builds the index for it."""
    build = _BUILD.search(change.sql[0])
    text = str(query.facts.get("query") or "").lower()
    return (build[1], build[2]) if build and _looks_up(text, build[1], build[2]) else None


def share_of(query: Record) -> float:
    """The share of all execution time that a statement took."""
    share = query.facts.get("share_ratio")
    return float(share) if isinstance(share, int | float) else 0.0


def _looks_up(text: str, table: str, columns: str) -> bool:
    """Whether a statement reads a table and compares each of these columns."""
    named = [column.strip().split()[0] for column in columns.split(",") if column.strip()]
    reads = re.search(rf"\b{re.escape(table.lower())}\b", text)
    return bool(reads) and all(re.search(rf"\b{re.escape(one.lower())}\s*=", text) for one in named)
