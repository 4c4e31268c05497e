"""Foreign key whose index helps only in part.

What: No index leads with all columns of the key, but one begins with some of them.

Why it matters: Deleting a referenced row reads every entry that agrees in the columns the index has, and looks at the
table for the rest. If those columns are selective that is fine; if the first one is a tenant or a status it is a scan
of thousands of rows for each delete.

When it is harmless: The leading columns are nearly unique by themselves, or the referenced rows are never deleted.

How to fix it safely: Build an index on all columns of the key, concurrently, and see whether the old one is still used.

How it is decided: The key is enforced and no index serves it; a usable btree without a predicate (other than not null)
has one of its columns first, and consists of columns of the key only, such as (a) or (a) INCLUDE (b) for a key (a, b),
or contains all of them with something between, such as (a, x, b).

Known limits: How selective the leading columns are is not weighed.

Sources: https://www.postgresql.org/docs/current/indexes-multicolumn.html
https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import RelationKind
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgInherits
from probes.check import Needs, check
from probes.checks._support.indexes import helps_in_part, keys_to_look_at, lookup_candidates, serves
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Foreign key whose index helps only in part",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits)),
    sources=(
        "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
        "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
    ),
)
def foreign_key_index_questionable(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key that has only half an index."""
    for key in keys_to_look_at(catalog):
        candidates = lookup_candidates(key)
        if not candidates or any(serves(index, key) for index in candidates):
            continue
        partial = next((index for index in candidates if helps_in_part(index, key)), None)
        if partial is None:
            continue
        table = key.referencing
        is_root = table.kind is RelationKind.PARTITIONED_TABLE
        how = "" if is_root else " concurrently"
        yield Observed(
            object=constraint_ref(key),
            message=(
                f"foreign key {key.name} of {table.qualified_name} ({', '.join(key.column_names)}) has only "
                f"{partial.name} to look rows up by, which does not lead with all of its columns"
            ),
            evidence={
                "index": partial.name,
                "index_columns": table.column_names(partial.row.columns),
                "table_bytes": table.heap_bytes,
            },
            remedy=Fix(
                sql=(f"create index{how} on {table.sql} ({table.column_list_sql(key.row.columns)})",),
                changes=("pg_index", "pg_inherits"),
                transactional=is_root,
                note="Writes wait while it is built: a partitioned table knows no CONCURRENTLY." if is_root else None,
            ),
        )
