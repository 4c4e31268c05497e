"""Constraint that was never validated.

What: A CHECK or foreign key was added NOT VALID and VALIDATE CONSTRAINT was never run; on a domain likewise.

Why it matters: New rows are checked, old ones were not. Queries and people believe the constraint, the planner does
not: it will not exclude partitions or drop joins by it. A dump that is restored fails at the first old row that breaks
it, usually on the day when the restore is needed.

When it is harmless: During a migration that adds the constraint in two steps, until the second one has run.

How to fix it safely: VALIDATE CONSTRAINT reads the table once and lets writers go on (it takes SHARE UPDATE EXCLUSIVE).
It fails if an old row breaks the rule; look for those rows first.

How it is decided: pg_constraint.convalidated is false for a constraint of type c or f that is enforced and was declared
there, not inherited from a partitioned parent. Constraints that are NOT ENFORCED cannot be validated and are the matter
of another check, NOT NULL constraints of PostgreSQL 18 of yet another.

Known limits: A domain's constraint is validated against every column of the domain, which locks all of their tables.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT
https://www.postgresql.org/docs/current/sql-alterdomain.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import qualified, quoted
from probes.catalog.navigation import Constraint
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, ObjectRef, Observed, Severity

_KINDS = {"c": "CHECK constraint", "f": "foreign key"}


@check(
    title="Constraint that was never validated",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType)),
    sources=(
        "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-VALIDATE-CONSTRAINT",
        "https://www.postgresql.org/docs/current/sql-alterdomain.html",
    ),
)
def not_validated(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each enforced constraint of a table or a domain that is not valid."""
    for constraint in catalog.constraints:
        row = constraint.row
        if row.kind in _KINDS and _waits(row) and row.inherited_count == 0:
            yield _of_table(constraint)
    schemas = catalog.schemas_in_scope
    members = catalog.extension_members("pg_type")
    for row in catalog.rows(PgConstraint):
        if row.type and row.kind == "c" and _waits(row) and row.type not in members and row.namespace in schemas:
            yield _of_domain(catalog, row)


def _waits(row: PgConstraint) -> bool:
    return not row.validated and row.enforced and row.parent == 0


def _of_table(constraint: Constraint) -> Observed:
    table = constraint.relation
    kind = _KINDS[constraint.row.kind]
    return Observed(
        object=constraint_ref(constraint),
        message=f"{kind} {constraint.name} of {table.qualified_name} was never validated: old rows may break it",
        evidence={"constraint_kind": kind, "estimated_rows": round(max(table.row.tuples, 0))},
        remedy=Fix(
            sql=(f"alter table {table.sql} validate constraint {constraint.sql}",),
            changes=("pg_constraint",),
            note="It fails if a row breaks the rule, and changes nothing then.",
        ),
    )


def _of_domain(catalog: Catalog, row: PgConstraint) -> Observed:
    domain = catalog.find(PgType, row.type)
    name = domain.name if domain else str(row.type)
    schema = catalog.schema_name(row.namespace)
    return Observed(
        object=ObjectRef("constraint", row.name, schema, name),
        message=f"constraint {row.name} of domain {schema}.{name} was never validated: stored values may break it",
        evidence={"constraint_kind": "domain constraint"},
        remedy=Fix(
            sql=(f"alter domain {qualified(schema, name)} validate constraint {quoted(row.name)}",),
            changes=("pg_constraint",),
            note="Every table with a column of the domain is read and locked against writes.",
        ),
    )
