"""Status that may be anything.

What: A column that keeps a status or state is text, and neither a CHECK, an enum, a domain nor a foreign key says which
values there are.

Why it matters: 'canceled' and 'cancelled' live side by side until a report misses half of them. A status that no code
knows leaves an order nobody will ever touch again, and an index on the open ones does not find it.

When it is harmless: Another system sends the status, and storing what came is the purpose.

How to fix it safely: List the values that are there, settle the misspelt ones, and add a CHECK with the list NOT VALID,
then validate. A new status later means a new constraint beside the old one, validated before that goes. Which values
are right cannot be read from a catalog, and values are never read.

How it is decided: Columns named status, state or ending in one of these, of type text, varchar or char, of at most a
hundred distinct values by pg_stats where ANALYZE has counted them. Addresses, where state is a region, are left out: a
table with a city, a zip or a country; so are copies of another column's values, in a history or under names such as
old_status.

Known limits: A trigger that checks the value is not seen.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import ColumnStatistics, PgAttribute, PgConstraint, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types, declared_columns
from probes.checks._support.filters import distinct_values
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.wording import words_of
from probes.finding import Advice, Confidence, Observed, Severity

_STATUS = re.compile(r"(^|_)(status|state)$|[a-z](Status|State)$")
_COPY = re.compile(r"^(old|new|prior|previous|prev|from|to|last|before|after)_|^(old|new|previous)[A-Z]")
_HISTORY = re.compile(r"audit|histor|change|(^|_)logs?$|[a-z]Logs?$", re.IGNORECASE)
_ADDRESS = frozenset({"city", "zip", "postcode", "postal", "street", "country"})


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    max_distinct: int = 100
    """A column with more different values is no status."""


@check(
    title="Status that may be anything",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType, ColumnStatistics)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-CHECK-CONSTRAINTS",),
)
def status_without_check(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each status column of text that nothing restricts."""
    for column in declared_columns(catalog, frozenset({Types.TEXT, Types.VARCHAR, Types.CHAR})):
        if not _STATUS.search(column.name) or _is_restricted(column) or _is_region(column) or _is_copy(column):
            continue
        distinct = distinct_values(catalog, column.relation, column.row.number)
        if distinct is None or distinct <= at.max_distinct:
            yield Observed(
                object=column_ref(column),
                message=(
                    f"column {column.name} of {column.relation.qualified_name} takes any text: a misspelt status is "
                    "stored and never found again"
                ),
                evidence={"type": column.type.sql, "distinct_values": round(distinct) if distinct else None},
                remedy=Advice(
                    "Add a CHECK with the list of values NOT VALID, settle the rows that differ, and validate it. "
                    "Which values are right the catalog does not tell, and values are never read."
                ),
            )


def _is_restricted(column: Column) -> bool:
    number = column.row.number
    return bool(column.row.generated) or any(
        one.row.kind in "cf" and number in one.row.columns and one.row.enforced for one in column.relation.constraints
    )


def _is_copy(column: Column) -> bool:
    """Whether what it holds was checked elsewhere, or ought to be."""
    return bool(_COPY.search(column.name) or _HISTORY.search(column.relation.name))


def _is_region(column: Column) -> bool:
    return any(words_of(row.name) & _ADDRESS for row in column.relation.column_rows)
