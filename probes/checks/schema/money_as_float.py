"""Amount of money kept as a floating point number.

What: A column whose name says that it holds an amount of money is real or double precision.

Why it matters: Binary fractions cannot hold most decimal amounts. 0.1 + 0.2 is not 0.3, sums depend on the order of the
rows, comparisons for equality miss, and real loses cents above 100,000. Accounts that must agree do not.

When it is harmless: The value is an estimate or a score that only sounds like money, and is never summed up or
compared.

How to fix it safely: numeric holds decimal fractions exactly. The cast goes through text, which gives every value the
digits that it is printed with: cast at once a real keeps six of them, and 123456.78 becomes 123457. Compare the sums
before and after.

How it is decided: A part of the column's name, taken apart at underscores and capitals, is one of the words for money:
amount, price, cost, fee, total, balance and the like, and the type is float4 or float8. A second word that makes it a
rate, a count or a score takes it out.

Known limits: It goes by English names, hence the low confidence.

Sources: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types, declared_columns, retype_fix
from probes.checks._support.refs import SCOPE, column_ref
from probes.finding import Confidence, Observed, Severity

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


class At(Thresholds, frozen=True):
    """Words of this check, in lower case."""

    money_words: tuple[str, ...] = (
        "amount",
        "balance",
        "charge",
        "commission",
        "cost",
        "costs",
        "credit",
        "debit",
        "discount",
        "fee",
        "fees",
        "income",
        "invoice",
        "margin",
        "money",
        "paid",
        "payment",
        "payout",
        "price",
        "profit",
        "refund",
        "revenue",
        "salary",
        "subtotal",
        "tax",
        "total",
        "turnover",
        "vat",
        "wage",
    )
    other_words: tuple[str, ...] = (
        "rate",
        "ratio",
        "percent",
        "percentage",
        "pct",
        "factor",
        "score",
        "count",
        "weight",
        "seconds",
        "hours",
        "days",
        "ms",
        "bytes",
        "distance",
        "index",
        "probability",
    )
    """A name with one of these is not an amount."""


@check(
    title="Amount of money as floating point",
    severity=Severity.MEDIUM,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT",),
)
def money_as_float(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each floating point column with the name of an amount."""
    for column in declared_columns(catalog, frozenset({Types.REAL, Types.DOUBLE})):
        words = {word.lower() for word in _WORD.findall(column.name)}
        if not words.intersection(at.money_words) or words.intersection(at.other_words):
            continue
        table = column.relation
        yield Observed(
            object=column_ref(column),
            message=(
                f"column {column.name} of {table.qualified_name} looks like an amount and is {column.type.sql}: "
                "it cannot hold most decimal fractions"
            ),
            evidence={"type": column.type.sql, "table_pages": table.row.pages},
            remedy=retype_fix(
                column,
                "numeric",
                "{0}::text::numeric",
                "The table is rewritten under ACCESS EXCLUSIVE, and views on the column have to be dropped and made "
                "again. Code that reads the column gets decimals instead of floats: look at it first.",
            ),
        )
