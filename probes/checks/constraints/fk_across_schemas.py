"""Foreign key into another schema.

What: A table references a table of another schema.

Why it matters: Schemas are dumped, granted, restored and dropped one by one in many houses. A key between two of them
makes that order matter, and DROP SCHEMA ... CASCADE of one takes a rule of the other with it.

When it is harmless: Schemas that are only folders of one application, which is common; therefore the check runs only on
request.

How to fix it safely: If the schemas are meant to be independent, keep the other table's key without a constraint and
check it in the application, or move the table.

How it is decided: The namespaces of the two tables differ, by oid.

Known limits: Whether schemas are meant as borders is not in the catalog.

Sources: https://www.postgresql.org/docs/current/ddl-schemas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Foreign key into another schema",
    severity=Severity.INFO,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint)),
    sources=("https://www.postgresql.org/docs/current/ddl-schemas.html",),
    pedantic=True,
)
def fk_across_schemas(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key that leaves its schema."""
    for key in catalog.foreign_keys:
        table, other = key.referencing, key.referenced
        if other is None or other.row.namespace == table.row.namespace:
            continue
        yield Observed(
            object=constraint_ref(key),
            message=f"foreign key {key.name} of {table.qualified_name} points into schema {other.schema}",
            evidence={"referenced_table": other.qualified_name},
            remedy=Advice(
                "Whether the two schemas are one application or two is for you to say: if they are two, drop the key "
                "or move one of the tables; if they are one, suppress this with that reason."
            ),
        )
