"""Policy that filters by a column without an index.

What: A policy compares a column of a large table with a value that is the same for all rows, and no index leads with
that column.

Why it matters: The condition is added to every query on the table. Without an index each of them reads all tenants'
rows to keep those of one.

When it is harmless: Queries always come with another condition that is more selective and indexed.

How to fix it safely: Build the index concurrently; on a partitioned table build it for each partition and attach.
Often an existing index need only begin with the policy's column: then replace that instead of adding another.

How it is decided: Conditions that must hold (joined by AND) of the form column = something without columns of the row
are looked for in USING. A valid index helps when its first key column is that column. Small tables are left out.

Known limits: Row counts are estimates of the last ANALYZE. A condition inside OR or a subquery is not looked at.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import Policy, Relation
from probes.catalog.rows import PgAttribute, PgIndex, PgInherits, PgPolicy
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.policies import parsed, policy_ref, unread_reason
from probes.checks._support.refs import SCOPE
from probes.finding import Confidence, Fix, Observed, Severity
from probes.sql.expressions import model as m


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    min_rows: int = 10_000
    """Tables with fewer rows are read quickly."""


@check(
    title="Policy filters by a column without an index",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgPolicy, PgIndex, PgAttribute, PgInherits)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def policy_column_not_indexed(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each policy of a large table with such a column."""
    for policy in catalog.policies:
        table = policy.relation
        if not table.row.row_security or table.estimated_rows < at.min_rows:
            continue
        if reason := unread_reason(policy):
            yield Unchecked(policy_ref(policy), reason)
            continue
        columns = sorted(filter_columns(parsed(text_of(policy.row.using) or "true")))
        missing = [name for name in columns if not _is_led_with(table, name)]
        if columns and len(missing) == len(columns):
            yield _observed(policy, table, missing[0])


def filter_columns(condition: m.Expression) -> set[str]:
    """Columns that must equal a value which does not depend on the row."""
    match condition:
        case m.And(args=args):
            return set().union(*(filter_columns(arg) for arg in args))
        case m.Operator(name="=", left=m.Expression() as left, right=right):
            return {
                one.name
                for one, other in ((left, right), (right, left))
                if isinstance(one, m.Column) and not any(_depends_on_row(part) for part in m.walk(other))
            }
        case _:
            return set()


def _depends_on_row(part: m.Expression) -> bool:
    if isinstance(part, m.Subquery):
        return part.correlation is not m.Correlation.NO
    return isinstance(part, m.Column | m.Unknown)


def _is_led_with(table: Relation, name: str) -> bool:
    numbers = {column.row.number for column in table.columns if column.name == name}
    return any(index.is_usable and index.key_columns[:1] and index.key_columns[0] in numbers for index in table.indexes)


def _observed(policy: Policy, table: Relation, column: str) -> Observed:
    is_partitioned = table.row.kind == "p"
    mode = "" if is_partitioned else "concurrently "
    return Observed(
        object=policy_ref(policy),
        message=(
            f"policy {policy.name} filters {table.qualified_name} by {column} in every query, "
            "and no index begins with that column"
        ),
        evidence={"column": column, "estimated_rows": round(table.estimated_rows)},
        remedy=Fix(
            sql=(f"create index {mode}on {table.sql} ({quoted(column)})",),
            changes=("pg_index", "pg_inherits"),
            transactional=is_partitioned,
            note="This blocks writes while it builds: on a busy table index the partitions concurrently and attach."
            if is_partitioned
            else "Look first whether an existing index could begin with this column.",
        ),
    )
