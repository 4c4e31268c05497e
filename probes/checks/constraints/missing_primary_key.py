"""Table without a primary key.

What: No primary key is declared on the table.

Why it matters: Nothing keeps the same row from being stored twice, and no statement can point at exactly one of two
equal rows. Logical replication refuses UPDATE and DELETE on such a table unless it is told another identity, and tools
that page, deduplicate, repack or sync by key cannot handle it.

When it is harmless: Rows are only appended and are read as a stream, or the table is a staging area that is emptied
after every import.

How to fix it safely: Where a unique index on NOT NULL columns exists it can become the primary key without a rewrite:
on a plain table the fix does just that. Otherwise decide on the columns that identify a row; if there are none, add an
identity column, which rewrites the table under an exclusive lock.

How it is decided: An ordinary or partitioned table has no constraint of type p. A partitioned table is judged at its
root; its partitions are named only where the root has no key and cannot have one, each as evidence of the root. A
candidate key lowers the severity: the rows are already distinct.

Known limits: Bookkeeping tables of migration tools are left out by name.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Index, Relation
from probes.catalog.navigation.relations import RelationKind
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgInherits
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Fix, Observed, Severity

_NEW_KEY = "id"


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    bookkeeping_tables: tuple[str, ...] = (
        "schema_migrations",
        "ar_internal_metadata",
        "_sqlx_migrations",
        "alembic_version",
        "goose_db_version",
        "databasechangelog",
        "databasechangeloglock",
        "flyway_schema_history",
        "migrations",
        "spatial_ref_sys",
    )
    """Tables of migration tools, which are not the user's to change."""


@check(
    title="Table without a primary key",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",),
    aliases=("indexes/table_without_index",),
)
def missing_primary_key(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each table, or root of a partition tree, without a primary key."""
    for table in catalog.tables:
        if table.row.is_partition or table.primary_key or table.name in at.bookkeeping_tables:
            continue
        keyed = [leaf for leaf in table.leaves if leaf.primary_key]
        if table.kind is RelationKind.PARTITIONED_TABLE and keyed and len(keyed) == len(list(table.leaves)):
            continue
        yield _observed(table)


def _observed(table: Relation) -> Observed:
    candidate = next((index for index in table.indexes if _is_candidate(index)), None)
    hint = f"; its unique index {candidate.name} could be one" if candidate else ""
    bare = tuple(leaf.qualified_name for leaf in table.leaves if not leaf.primary_key)
    is_root = table.kind is RelationKind.PARTITIONED_TABLE
    return Observed(
        object=relation_ref(table),
        message=f"{table.kind.noun} {table.qualified_name} has no primary key: equal rows cannot be told apart{hint}",
        evidence={
            "candidate_index": candidate.name if candidate else None,
            "estimated_rows": round(table.estimated_rows),
            "table_bytes": table.heap_bytes,
            "has_any_index": bool(table.indexes),
            "partitions_without_key": bare[:10] if is_root else (),
        },
        remedy=_remedy(table, candidate),
        severity=Severity.MEDIUM if candidate else None,
    )


def _is_candidate(index: Index) -> bool:
    row = index.row
    if not (row.unique and row.immediate and index.is_usable) or row.predicate or 0 in row.columns:
        return False
    if row.method != "btree" or any(row.key_options):
        return False
    columns = [index.relation.column(number) for number in index.key_columns]
    return all(column is not None and column.row.not_null for column in columns)


def _remedy(table: Relation, candidate: Index | None) -> Fix | Advice:
    changes = ("pg_constraint", "pg_index", "pg_attribute", "pg_class", "pg_inherits")
    if candidate and table.kind is RelationKind.TABLE and candidate.constraint is None:
        sql = f"alter table {table.sql} add primary key using index {quoted(candidate.name)}"
        return Fix(
            sql=(sql,), changes=changes, note="The index takes the name of the constraint; nothing is rewritten."
        )
    if candidate:
        columns = table.column_list_sql(candidate.key_columns)
        sql = f"alter table {table.sql} add primary key ({columns})"
        return Fix(sql=(sql,), changes=changes, note="It builds a second index under an exclusive lock.")
    names = {column.name for column in table.columns}
    if table.kind is RelationKind.PARTITIONED_TABLE or _NEW_KEY in names:
        return Advice(
            "Which columns identify a row is known to those who write it: look for a set that is never null and never "
            "repeats (on a partitioned table it has to contain the partition key), remove repeated rows, declare it."
        )
    sql = f"alter table {table.sql} add column {_NEW_KEY} bigint generated always as identity primary key"
    return Fix(
        sql=(sql,),
        changes=(*changes, "pg_attrdef", "pg_sequence", "pg_depend", "pg_type"),
        note=(
            "Prefer columns that identify a row by themselves, if there are some. This rewrites the table under an "
            "exclusive lock, and statements that insert without naming their columns notice the new one."
        ),
    )
