"""Table that a crash empties.

What: A table, or from 15 on a sequence, is unlogged.

Why it matters: Its changes are not written to the WAL. After a crash the server empties it without a word, a standby
never has its rows, no backup by copying files brings them back, and logical replication leaves it out.

When it is harmless: The rows can be made again: a cache, sessions, a staging area for imports. That is what it is for.

How to fix it safely: SET LOGGED rewrites the table and writes all of it to the WAL, under an exclusive lock. A sequence
takes a moment.

How it is decided: pg_class.relpersistence is u, for tables, materialized views and sequences of their own. A sequence
owned by an unlogged table is not counted apart.

Known limits: Whether the rows can be made again is known to the application only.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgConstraint, PgDepend
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Fix, Observed, Severity

_WORDS = {"r": "table", "m": "materialized view", "S": "sequence"}


@check(
    title="Unlogged table",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgConstraint)),
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-UNLOGGED",),
)
def unlogged_table(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each unlogged table and each unlogged sequence that stands alone."""
    links = (row for row in catalog.rows(PgDepend) if row.catalog == "pg_class" and row.kind in {"a", "i"})
    owned = {row.object for row in links}
    for row in catalog.relations_in_scope:
        if row.persistence != "u" or row.kind not in _WORDS or row.oid in owned:
            continue
        relation = Relation(catalog, row)
        yield Observed(
            object=relation_ref(relation),
            message=f"{relation.kind.noun} {relation.qualified_name} is unlogged: a crash empties it",
            evidence={
                "estimated_rows": round(max(relation.row.tuples, 0)),
                "table_bytes": relation.row.pages * catalog.server.block_size,
            },
            remedy=_remedy(relation),
        )


def _remedy(relation: Relation) -> Fix | Advice:
    if relation.row.kind == "m":
        return Advice("A materialized view cannot be altered to be logged: create it anew from its definition.")
    names = [found.sql for found in _unlogged_targets(relation, set())]
    return Fix(
        sql=tuple(f"alter {_WORDS[relation.row.kind]} {name} set logged" for name in names),
        changes=("pg_class", "pg_index"),
        note="A table is rewritten under ACCESS EXCLUSIVE, and all of it goes through the WAL.",
    )


def _unlogged_targets(relation: Relation, seen: set[int]) -> Iterator[Relation]:
    """The relation behind all unlogged tables that it references: a logged table may not reference them."""
    seen.add(relation.oid)
    for key in relation.foreign_keys:
        other = key.referenced
        if other and other.row.persistence == "u" and other.oid not in seen:
            yield from _unlogged_targets(other, seen)
    yield relation
