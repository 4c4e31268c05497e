"""Amount of money with fewer decimals than elsewhere.

What: Most amounts of the database have a certain number of decimals, and this column has fewer.

Why it matters: The server rounds to the column's scale without a word. What was 10.055 in one table is 10.06 in this
one and 10.1 in another; totals no longer agree with their parts, and reconciliation hunts for cents.

When it is harmless: Rounded figures are what the column is for, such as limits and price brackets.

How to fix it safely: Give it the scale of the others and keep its digits before the point. A larger scale means that
every row is rewritten under an exclusive lock; on a large table go through a second column. What was rounded away does
not come back.

How it is decided: Columns of type numeric with a declared scale that are amounts by name. The scale that at least three
quarters of four or more of them share is the measure. More decimals, as unit prices have, are not reported.

Known limits: A numeric without precision keeps what it is given and is passed over.

Sources: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types, declared_columns_by_name, retype_fix
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.wording import is_amount, may_be_amount
from probes.finding import Confidence, Observed, Severity

_HEADER_BYTES = 4


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    min_columns: int = 4
    majority_ratio: float = 0.75


@check(
    title="Amount of money with fewer decimals than elsewhere",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL",),
)
def amount_precision_differs(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each amount that rounds more than most."""
    columns = [
        column
        for name, rows in declared_columns_by_name(catalog).items()
        if may_be_amount(name)
        for row in rows
        if row.type == Types.NUMERIC and row.typmod >= 0 and not row.generated
        if is_amount(column := Column(catalog, row))
    ]
    counts = Counter(_digits(column)[1] for column in columns)
    if len(columns) < at.min_columns:
        return
    usual, count = counts.most_common(1)[0]
    if count < len(columns) * at.majority_ratio:
        return
    for column in columns:
        if _digits(column)[1] < usual:
            yield _observed(column, usual, count, len(columns))


def _digits(column: Column) -> tuple[int, int]:
    """Precision and scale, as declared."""
    raw = column.row.typmod - _HEADER_BYTES
    scale = raw & 0x7FF
    return raw >> 16 & 0xFFFF, scale - 0x800 if scale & 0x400 else scale


def _observed(column: Column, usual: int, count: int, total: int) -> Observed:
    precision, scale = _digits(column)
    return Observed(
        object=column_ref(column),
        message=(
            f"amount {column.name} of {column.relation.qualified_name} is rounded to {scale} decimals; {count} of "
            f"{total} amounts have {usual}"
        ),
        evidence={"scale_digits": scale, "usual_scale_digits": usual, "amounts": total},
        remedy=retype_fix(
            column,
            f"numeric({precision + usual - scale}, {usual})",
            note="It rewrites the table under an exclusive lock. What was rounded stays rounded.",
        ),
    )
