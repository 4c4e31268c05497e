"""Amount of money without a currency.

What: A table keeps amounts, other tables of the database say in which currency theirs are, and this one does not.

Why it matters: 100 of what? As long as there is one customer in one country everybody knows. With the second currency
sums add up francs and yen, refunds are paid at the wrong rate, and for old rows nobody can find out any more.

When it is harmless: The amounts are in one currency by decree, such as the one the books are kept in. A CHECK or a
comment on the column says so to the next reader.

How to fix it safely: Add the column with a default that is right for the rows that exist; from PostgreSQL 11 on that
rewrites nothing. Reference the table of currencies, index the new key, and drop the default when all writers fill it.

How it is decided: Amounts are told by their names and types. A column whose name has the word currency settles the
table, and so does one in a table that is reached by up to two foreign keys, as the invoice of a payment. Databases in
which no table has such a column are passed over.

Known limits: It goes by English names. A currency within a document or in the amount's own composite type is not seen.

Sources: https://www.postgresql.org/docs/current/datatype-money.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks._support.wording import amounts_of, words_of
from probes.finding import Advice, Confidence, Observed, Severity

_CURRENCY = frozenset({"currency", "currencies", "ccy"})
_STEPS = 2


@check(
    title="Amount of money without a currency",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType)),
    sources=("https://www.postgresql.org/docs/current/datatype-money.html",),
)
def amount_without_currency(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each table with amounts from which no currency can be reached."""
    tables = [table for table in catalog.tables if not table.row.is_partition]
    if not any(_has_currency(table) for table in tables):
        return
    for table in tables:
        columns = tuple(column.name for column in amounts_of(table))
        if columns and not _reaches_currency(table, _STEPS):
            yield Observed(
                object=relation_ref(table),
                message=(
                    f"{table.qualified_name} keeps {', '.join(columns[:3])} and does not say in which currency, as "
                    "other tables do"
                ),
                evidence={"columns": columns},
                remedy=Advice(
                    "Add a currency column with a foreign key to the currencies, filled with what the existing rows "
                    "are in. Which currency that is the database does not know."
                ),
            )


def _has_currency(table: Relation) -> bool:
    return any(words_of(row.name) & _CURRENCY for row in table.column_rows)


def _reaches_currency(table: Relation, steps: int) -> bool:
    if _has_currency(table):
        return True
    referenced = [key.referenced for key in table.foreign_keys] if steps else []
    return any(_reaches_currency(one, steps - 1) for one in referenced if one and one.oid != table.oid)
