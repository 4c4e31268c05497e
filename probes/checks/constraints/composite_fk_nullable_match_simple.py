"""Foreign key of several columns that a single null switches off.

What: At least two columns of a multi-column foreign key may be null, and the key is MATCH SIMPLE, which is the default.

Why it matters: If any of its columns is null, the server checks none of them. A row may then carry half a reference to
something that does not exist, and nothing will ever notice.

When it is harmless: The application always writes both or none. Then a CHECK that says so costs nothing.

How to fix it safely: Add a CHECK that the columns are null together, NOT VALID first, and validate it while writers go
on. MATCH FULL says the same, but only when the key is made anew.

How it is decided: The key has two or more columns, confmatchtype is not full, and two or more of its columns are not
marked NOT NULL. A single nullable column beside NOT NULL ones is an optional reference, as in (tenant, parent), and is
fine. A CHECK on those columns that counts nulls or tests them with IS NULL takes the finding away.

Known limits: What such a CHECK says exactly is not proved.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Unread, text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, Unchecked, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, Observed, Severity

_COUNTS_NULLS = re.compile(r"num_(?:non)?nulls\(|IS (?:NOT )?NULL")


@check(
    title="Multi-column foreign key that one null switches off",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint)),
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES",),
)
def composite_fk_nullable_match_simple(
    catalog: Catalog,
    at: object,  # noqa: ARG001 - no thresholds
) -> Iterator[Observed | Unchecked]:
    """Yield each multi-column foreign key with several nullable columns and nothing that ties them."""
    for key in catalog.foreign_keys:
        if len(key.row.columns) < 2 or key.row.match == "f":
            continue
        columns = [key.referencing.column(number) for number in key.row.columns]
        nullable = frozenset(column.row.number for column in columns if column and not column.row.not_null)
        if len(nullable) < 2:
            continue
        checks = [row for row in _checks(key) if nullable <= set(row.columns)]
        if any(_COUNTS_NULLS.search(text_of(row.expression) or "") for row in checks):
            continue
        if any(isinstance(row.expression, Unread) for row in checks):
            yield Unchecked(constraint_ref(key), "a CHECK on its columns was not read")
        else:
            yield _observed(key, nullable)


def _checks(key: ForeignKey) -> list[PgConstraint]:
    return [constraint.row for constraint in key.referencing.constraints if constraint.row.kind == "c"]


def _observed(key: ForeignKey, nullable: frozenset[int]) -> Observed:
    table = key.referencing
    ordered = tuple(number for number in key.row.columns if number in nullable)
    name = quoted(f"{key.name[:44]}_null_together")
    tied = f"pg_catalog.num_nulls({table.column_list_sql(ordered)}) in (0, {len(ordered)})"
    return Observed(
        object=constraint_ref(key),
        message=(
            f"foreign key {key.name} of {table.qualified_name} checks nothing as soon as one of "
            f"{', '.join(table.column_names(ordered))} is null"
        ),
        evidence={"nullable_columns": table.column_names(ordered)},
        remedy=Fix(
            sql=(
                f"alter table {table.sql} add constraint {name} check ({tied}) not valid",
                f"alter table {table.sql} validate constraint {name}",
            ),
            changes=("pg_constraint",),
            note="Validating fails where a row has only some of them; such rows are the fault itself.",
        ),
    )
