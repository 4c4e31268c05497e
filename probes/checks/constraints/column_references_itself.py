"""Foreign key that points at its own columns.

What: A foreign key's referencing and referenced columns are the same columns of the same table.

Why it matters: Every row references itself, so the key is always satisfied and protects nothing. Nearly always a
parent's column was meant, and orphans are already in the table.

When it is harmless: Never: at best it is dead weight on every write.

How to fix it safely: Drop it. Then declare the key that was meant, NOT VALID first, and see which rows it refuses.

How it is decided: The table references itself and all pairs of columns are equal. A pair such as (tenant, parent) to
(tenant, id) shares only one column and is a proper tree.

Known limits: None.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Foreign key from a column to itself",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint)),
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def column_references_itself(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key that every row satisfies by itself."""
    for row in catalog.foreign_keys_in_scope:
        if row.relation == row.referenced and row.columns == row.referenced_columns:
            key = ForeignKey(catalog, row)
            table = key.referencing
            yield Observed(
                object=constraint_ref(key),
                message=(
                    f"foreign key {key.name} of {table.qualified_name} makes {', '.join(key.column_names)} reference "
                    "itself: every row satisfies it"
                ),
                evidence={"on_delete": row.on_delete},
                remedy=Fix(
                    sql=(f"alter table {table.sql} drop constraint {key.sql}",),
                    changes=("pg_constraint", "pg_trigger", "pg_description"),
                    note="Declare the key that was meant afterwards.",
                ),
            )
