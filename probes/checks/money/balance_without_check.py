"""Stock or quantity that may become negative.

What: A column that counts what there is of something, stock, a quantity, seats, has no CHECK constraint.

Why it matters: Two requests that each sell the last piece both subtract one, and nothing stops the second. The
constraint is the only place where all writers meet; without it the shop sells what it has not got.

When it is harmless: Negative numbers mean something: back orders, corrections, a ledger's entries.

How to fix it safely: Add the CHECK NOT VALID, which holds for every write from then on, and validate it afterwards
while reads and writes go on. Validation fails if a row is negative already; it names the table, and nothing is lost.

How it is decided: Integer and numeric columns whose name says stock, inventory or on_hand, without a CHECK that
mentions them; a domain with a constraint counts as one. A quantity, seats, units or credits count where the name says
that they are available, remaining or reserved, or the table is one of products, stock or accounts: the quantity that an
order line asks for does not. Adjustments, changes and minimum levels are left out by their names, and so are tables of
movements.

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
from probes.checks._support.columns import Types, declared_columns_by_name
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.wording import words_of
from probes.finding import Confidence, Fix, Observed, Severity

_COUNTED = frozenset({"stock", "inventory"})
_COUNTED_OF_WHAT_THERE_IS = frozenset({"quantity", "qty", "seats", "credits", "units"})
"""An order has a quantity as well: these count where the name says, or the table, that it is what is left."""
_MAY_COUNT = _COUNTED | _COUNTED_OF_WHAT_THERE_IS
_LEFT = frozenset({"available", "remaining", "left", "free", "reserved", "stocked"})
_HOLDERS = frozenset(
    {"stock", "stocks", "inventory", "inventories", "warehouse", "product", "products", "variant", "variants", "sku"}
) | frozenset({"skus", "article", "articles", "wallet", "wallets", "account", "accounts", "part", "parts"})
_ON_HAND = frozenset({"on", "hand"})
_OTHER = frozenset(
    {"change", "delta", "adjustment", "adjusted", "min", "minimum", "max", "maximum", "id", "movement", "movements"}
) | frozenset({"entry", "entries", "transaction", "transactions", "ledger", "used", "difference"})
_WANTED = frozenset({"order", "orders", "line", "lines", "item", "items", "cart", "basket", "option", "options"})
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
    for name, rows in declared_columns_by_name(catalog).items():
        words = words_of(name)
        if words & _OTHER or not (words & _MAY_COUNT or words >= _ON_HAND):
            continue
        for column in (Column(catalog, row) for row in rows if row.type in _NUMBERS):
            if _counts(column, words) and not words_of(column.relation.name) & _OTHER and not _is_checked(column):
                yield _observed(column)


def _counts(column: Column, words: frozenset[str]) -> bool:
    """Whether the column says how much there is, and not how much somebody wants."""
    if words & _COUNTED or words >= _ON_HAND:
        return True
    holder = words_of(column.relation.name)
    tells = bool(words & _LEFT) or (bool(holder & _HOLDERS) and not holder & _WANTED)
    return tells and bool(words & _COUNTED_OF_WHAT_THERE_IS)


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
            f"column {column.name} of {table.qualified_name} may become negative: two who take the last one both "
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
