"""Constraint that is not enforced.

What: A CHECK or foreign key is declared NOT ENFORCED (PostgreSQL 18): it is documentation and nothing else.

Why it matters: The schema reads as if the rule held. No row is checked, no ON DELETE action runs, orphans gather, and
whoever generates code, diagrams or test data from the schema relies on a rule that does not exist.

When it is harmless: The rule is kept by something else on purpose, as in a warehouse that loads rows that were already
checked where they came from.

How to fix it safely: A foreign key can be made enforced in place; the server then checks every row under a lock, so do
it when the table is quiet. A CHECK has to be added again, NOT VALID first and then validated, and the old one dropped.

How it is decided: pg_constraint.conenforced is false for a constraint of type c or f that is declared on the table
itself and not handed down from a partitioned parent.

Known limits: Whether the rows obey the rule is not known without reading them.

Sources: https://www.postgresql.org/docs/18/sql-createtable.html#SQL-CREATETABLE-PARMS-ENFORCED
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import Constraint
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Advice, Fix, Observed, Severity


@check(
    title="Constraint that is not enforced",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint), min_version_num=180000),
    sources=("https://www.postgresql.org/docs/18/sql-createtable.html#SQL-CREATETABLE-PARMS-ENFORCED",),
)
def not_enforced(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each CHECK and foreign key that checks nothing."""
    for constraint in catalog.constraints:
        row = constraint.row
        if row.kind not in {"c", "f"} or row.enforced or row.parent or row.inherited_count:
            continue
        table = constraint.relation
        kind = "CHECK constraint" if row.kind == "c" else "foreign key"
        yield Observed(
            object=constraint_ref(constraint),
            message=f"{kind} {constraint.name} of {table.qualified_name} is not enforced: no row is ever checked",
            evidence={"constraint_kind": kind, "estimated_rows": round(max(table.row.tuples, 0))},
            remedy=_remedy(constraint),
        )


def _remedy(constraint: Constraint) -> Fix | Advice:
    table = constraint.relation.sql
    note = "It fails where a row breaks the rule, and changes nothing then."
    if constraint.row.kind == "f":
        sql = f"alter table {table} alter constraint {constraint.sql} enforced"
        return Fix(sql=(sql,), changes=("pg_constraint", "pg_trigger"), note=note)
    text = text_of(constraint.row.expression)
    if text is None:
        return Advice("The expression was not readable during the scan: add the constraint again without NOT ENFORCED.")
    new = quoted(f"{constraint.name[:50]}_enforced")
    no_inherit = " no inherit" if constraint.row.no_inherit else ""
    return Fix(
        sql=(
            f"alter table {table} add constraint {new} check ({text}){no_inherit} not valid",
            f"alter table {table} validate constraint {new}",
            f"alter table {table} drop constraint {constraint.sql}",
            f"alter table {table} rename constraint {new} to {constraint.sql}",
        ),
        changes=("pg_constraint", "pg_description"),
        note=note,
    )
