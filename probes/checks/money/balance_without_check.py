"""Stock or quantity that may become negative.

What: A column that counts what there is of something, stock, a quantity, seats, has no CHECK constraint.

Why it matters: Two requests that each sell the last piece both subtract one, and nothing stops the second. The
constraint is the only place where all writers meet; without it the shop sells what it has not got.

When it is harmless: Negative numbers mean something: back orders, corrections, a ledger's entries.

How to fix it safely: Add the CHECK NOT VALID, which holds for every write from then on, and validate it afterwards
while reads and writes go on. Validation fails if a row is negative already; it names the table, and nothing is lost.

How it is decided: Integer and numeric columns whose name says stock, quantity, inventory, on_hand, seats or credits,
without a CHECK that mentions them; a domain with a constraint counts as one. Adjustments, changes and minimum levels
are left out by their names, and so are the tables of movements.

Known limits: It goes by English names, and a trigger that refuses negative numbers is not seen.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types, declared_columns
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.wording import words_of
from probes.finding import Confidence, Fix, Observed, Severity

_COUNTED = frozenset({"stock", "quantity", "qty", "inventory", "seats", "credits"})
_ON_HAND = frozenset({"on", "hand"})
_OTHER = frozenset(
    {"change", "delta", "adjustment", "adjusted", "min", "minimum", "max", "maximum", "id", "movement", "movements"}
) | frozenset({"entry", "entries", "transaction", "transactions", "ledger", "used", "difference"})
_NUMBERS = frozenset({Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.NUMERIC})


@check(
    title="Stock or quantity that may become negative",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType)),
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",),
)
def balance_without_check(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each column that counts what there is and may fall below nothing."""
    for column in declared_columns(catalog, _NUMBERS):
        words = words_of(column.name)
        counts = bool(words & _COUNTED) or words >= _ON_HAND
        if counts and not words & _OTHER and not words_of(column.relation.name) & _OTHER and not _is_checked(column):
            yield _observed(column)


def _is_checked(column: Column) -> bool:
    constraints = column.relation.constraints
    return bool(column.row.generated) or any(
        one.row.kind == "c" and column.row.number in one.row.columns and one.row.enforced for one in constraints
    )


def _observed(column: Column) -> Observed:
    table = column.relation
    name = quoted(f"{table.name[:30]}_{column.name[:20]}_not_below_0")
    return Observed(
        object=column_ref(column),
        message=(
            f"column {column.name} of {table.qualified_name} may become negative: two sales of the last piece both "
            "succeed"
        ),
        evidence={"type": column.type.sql},
        remedy=Fix(
            sql=(
                f"alter table {table.sql} add constraint {name} check ({quoted(column.name)} >= 0) not valid",
                f"alter table {table.sql} validate constraint {name}",
            ),
            changes=("pg_constraint",),
            note="VALIDATE fails where a row is negative already; writers are checked from the first statement on.",
        ),
    )
