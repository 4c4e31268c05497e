"""NOT NULL that was never validated.

What: A NOT NULL constraint was added NOT VALID (PostgreSQL 18 can) and has not been validated since.

Why it matters: The column is marked NOT NULL while old rows may hold nulls. The planner does not trust it, so anti
joins and IS NULL tests are not simplified, the column cannot become part of a primary key without a scan, and readers
of the schema draw the wrong conclusion.

When it is harmless: Between the two steps of a migration that avoids a long lock.

How to fix it safely: Fill the nulls in batches, then validate: the table is read once while writers go on.

How it is decided: pg_constraint holds a row of type n with convalidated false and conenforced true, declared on this
table and not inherited from a parent.

Known limits: The number of nulls is not known without reading the table; pg_stats.null_frac is an estimate.

Sources: https://www.postgresql.org/docs/18/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="NOT NULL constraint that was never validated",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint), min_version_num=180000),
    sources=("https://www.postgresql.org/docs/18/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL",),
)
def not_null_not_valid(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each NOT NULL constraint that is not valid."""
    for constraint in catalog.constraints:
        row = constraint.row
        if row.kind != "n" or row.validated or not row.enforced or row.inherited_count:
            continue
        table = constraint.relation
        yield Observed(
            object=constraint_ref(constraint),
            message=(
                f"NOT NULL constraint {constraint.name} of {table.qualified_name} "
                f"({', '.join(constraint.column_names)}) is not valid: old rows may hold nulls"
            ),
            evidence={"estimated_rows": round(max(table.row.tuples, 0))},
            remedy=Fix(
                sql=(f"alter table {table.sql} validate constraint {constraint.sql}",),
                changes=("pg_constraint", "pg_attribute"),
                note="Fill the nulls first; it fails where one is left, and changes nothing then.",
            ),
        )
