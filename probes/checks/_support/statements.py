"""Rows of pg_stat_statements, brought together by text."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Statement
from probes.check import Unchecked
from probes.finding import ObjectRef

_UTILITY_MARK = "***"
"""What the collector leaves behind the head of a utility statement."""
_NAME_CHARACTERS = 400


class StatementGroup(msgspec.Struct, frozen=True, gc=False):
    """Calls of one text, whichever role sent them."""

    text: str
    calls: int
    total_ms: float
    max_ms: float
    plan_ms: float
    rows: int
    blocks: int
    blocks_read: int
    temp_blocks: int
    wal_bytes: int
    jit_ms: float
    workers_planned: int
    workers_launched: int

    @property
    def mean_ms(self) -> float:
        """Mean execution time of a call."""
        return self.total_ms / self.calls if self.calls else 0.0


def groups(catalog: Catalog) -> Iterator[StatementGroup]:
    """Queries (no utility statements) of the audited database, the costliest first."""
    by_text: dict[str, list[Statement]] = {}
    for row in catalog.rows(Statement):
        if row.text is not None and not row.text.endswith(_UTILITY_MARK):
            by_text.setdefault(" ".join(row.text.split()), []).append(row)
    found = [_group(text, rows) for text, rows in by_text.items()]
    return iter(sorted(found, key=lambda group: (-group.total_ms, group.text)))


def _group(text: str, rows: list[Statement]) -> StatementGroup:
    return StatementGroup(
        text=text,
        calls=sum(row.calls for row in rows),
        total_ms=sum(row.total_exec_ms for row in rows),
        max_ms=max(row.max_exec_ms for row in rows),
        plan_ms=sum(row.total_plan_ms for row in rows),
        rows=sum(row.rows for row in rows),
        blocks=sum(row.shared_blocks_hit + row.shared_blocks_read for row in rows),
        blocks_read=sum(row.shared_blocks_read for row in rows),
        temp_blocks=sum(row.temp_blocks_written for row in rows),
        wal_bytes=sum(row.wal_bytes for row in rows),
        jit_ms=sum(row.jit_ms or 0.0 for row in rows),
        workers_planned=sum(row.parallel_workers_to_launch or 0 for row in rows),
        workers_launched=sum(row.parallel_workers_launched or 0 for row in rows),
    )


def hidden_statements(catalog: Catalog) -> Iterator[Unchecked]:
    """One note, where there are any, about statements whose text our role may not read."""
    hidden = sum(row.text is None for row in catalog.rows(Statement))
    if hidden:
        need = f"GRANT pg_read_all_stats TO {catalog.server.role}"
        yield Unchecked(None, f"the text of {hidden} statements of other roles is hidden", need)


def query_ref(group: StatementGroup) -> ObjectRef:
    """The reference to a statement: by its normalised text, the beginning of a long one."""
    return ObjectRef("query", group.text[:_NAME_CHARACTERS])


def beginning(text: str) -> str:
    """The first words of a statement, with a mark where it goes on.

    >>> beginning("select 1")
    'select 1'
    """
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1].rstrip()}…"


_SHOWN_CHARACTERS = 80
