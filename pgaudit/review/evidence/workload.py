"""The queries that took most of the time, with what was really measured: mean, deviation, maximum, no percentile."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.review.evidence.records import Record, RecordKind, Trust, record_id
from pgaudit.review.evidence.timing import share_in_words, timing_in_words
from probes.catalog.catalog import Catalog
from probes.catalog.rows import Statement

SHOWN_STATEMENTS = 10
STATEMENTS = "workload/statement"
"""The topic of their records."""
_TEXT_CHARACTERS = 600


def workload_records(catalog: Catalog) -> Iterator[Record]:
    """The workload as a whole, and its heaviest statements."""
    if catalog.absent(Statement):
        return
    statements = catalog.rows(Statement)
    total_ms = sum(one.total_exec_ms for one in statements)
    yield Record(
        id=record_id(RecordKind.INVENTORY, "inventory/workload"),
        kind=RecordKind.INVENTORY,
        topic="inventory/workload",
        title="Workload",
        says=f"{len(statements):,} statements were recorded, {sum(one.calls for one in statements):,} calls in "
        f"{total_ms / 1000:,.1f} s of execution; the server keeps mean, deviation and maximum of each, no percentile",
        facts={
            "statements": len(statements),
            "calls": sum(one.calls for one in statements),
            "total_ms": round(total_ms),
            "counters_age_seconds": round(catalog.server.counters_age_seconds),
        },
    )
    for rank, one in enumerate(_heaviest(statements), start=1):
        yield _statement(one, rank, total_ms)


def statements_left_out(catalog: Catalog) -> int:
    """How many readable statements are not shown."""
    if catalog.absent(Statement):
        return 0
    return max(0, sum(1 for one in catalog.rows(Statement) if one.text) - SHOWN_STATEMENTS)


def _heaviest(statements: tuple[Statement, ...]) -> list[Statement]:
    readable = [one for one in statements if one.text and one.calls > 0]
    return sorted(readable, key=lambda one: (-one.total_exec_ms, one.text or ""))[:SHOWN_STATEMENTS]


def _statement(one: Statement, rank: int, total_ms: float) -> Record:
    share = one.total_exec_ms / total_ms if total_ms else 0.0
    text = " ".join((one.text or "").split())
    return Record(
        id=record_id(RecordKind.QUERY, "workload/statement", None, (str(one.query_id), text, str(one.role))),
        kind=RecordKind.QUERY,
        topic="workload/statement",
        title=f"Statement {rank} by time",
        says=f"{share_in_words(share)} of all execution time: "
        f"{timing_in_words(one.calls, one.mean_exec_ms, one.stddev_exec_ms, one.max_exec_ms)}",
        facts={
            "query_id": str(one.query_id) if one.query_id is not None else None,
            "query": text[:_TEXT_CHARACTERS],
            "query_is_cut": len(text) > _TEXT_CHARACTERS,
            "calls": one.calls,
            "mean_ms": round(one.mean_exec_ms, 2),
            "stddev_ms": round(one.stddev_exec_ms, 2),
            "max_ms": round(one.max_exec_ms, 2),
            "total_ms": round(one.total_exec_ms),
            "share_ratio": round(share, 4),
            "rows_per_call": round(one.rows / one.calls, 1),
            "shared_blocks_per_call": round((one.shared_blocks_hit + one.shared_blocks_read) / one.calls),
        },
        trust=Trust.UNTRUSTED_TEXT,
    )
