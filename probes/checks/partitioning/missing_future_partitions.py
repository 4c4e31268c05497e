"""Range partitions that end in the near future.

What: A table is partitioned by range over time, and its last partition ends soon, or has ended already.

Why it matters: The first row behind the last partition is refused, or falls into the default partition if there is one.
It happens at midnight, to everybody, and usually at the turn of a month or a year.

When it is harmless: The table is an archive to which nothing is added any more.

How to fix it safely: Create the next partitions now; creating one takes a short exclusive lock on the parent (attaching
a table made beforehand takes less). Let pg_partman or a job of your own do it from then on.

How it is decided: The partition key is one date or timestamp column; of all bounds that are dates the largest upper one
is less than seven days ahead of the scan. Tables with a partition up to MAXVALUE are fine, and so are tables whose last
partition ended more than ninety days ago and that were not written since.

Known limits: Keys that are numbers or expressions are not judged: what they mean is known to the application. Where a
default partition holds rows no statement is offered: adding a partition fails as long as one of them belongs to it.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import literal, qualified
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgInherits, PgPartitionedTable, TableStatistics
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.columns import Types
from probes.checks._support.partitions import holds_rows
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Fix, Observed, Severity

_TIMES = frozenset({Types.DATE, Types.TIMESTAMP, Types.TIMESTAMPTZ})
_BOUND = re.compile(r"FROM \((?:'([^']*)'|MINVALUE)\) TO \((?:'([^']*)'|MAXVALUE)\)")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MONTH_DAYS = 27
_YEAR_DAYS = 364

Bound = tuple[dt.date | None, dt.date | None, str]
"""From, to, and what follows the date in the upper one: the time of day, and the zone that it was printed in."""


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    ahead_days: int = 7
    abandoned_days: int = 90


@check(
    title="No partition for the near future",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgInherits, PgPartitionedTable, TableStatistics)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE",),
)
def missing_future_partitions(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each table partitioned by time whose partitions end soon."""
    parents = catalog.keyed(PgPartitionedTable, "relation")
    today = dt.datetime.fromtimestamp(catalog.server.collected_at, dt.UTC).date()
    for table in catalog.tables:
        row = parents.get(table.oid)
        if row is None or row.strategy != "r" or not _is_by_time(table, row):
            continue
        texts = [text_of(child.row.partition_bound) for child in table.children]
        if None in texts:
            yield Unchecked(relation_ref(table), "bounds of its partitions were not read")
            continue
        bounds = [_dates(match) for text in texts if (match := _BOUND.search(text or ""))]
        if not bounds or any(upper is None for _, upper, _ in bounds):
            continue
        last = max(bounds, key=lambda bound: bound[1] or dt.date.min)
        ends_at = last[1]
        if ends_at is None or (ends_at - today).days >= at.ahead_days:
            continue
        if (today - ends_at).days > at.abandoned_days and not _was_written(table):
            continue
        default = catalog.relation(row.default_partition) if row.default_partition else None
        yield _observed(table, last, today, default)


def _is_by_time(table: Relation, row: PgPartitionedTable) -> bool:
    if len(row.columns) != 1 or row.columns[0] == 0:
        return False
    column = table.column(row.columns[0])
    return column is not None and column.row.type in _TIMES


def _dates(match: re.Match[str]) -> Bound:
    return _date(match[1]), _date(match[2]), (match[2] or "")[10:]


def _date(text: str | None) -> dt.date | None:
    found = _DATE.match(text or "")
    return dt.date(int(found[1]), int(found[2]), int(found[3])) if found else None


def _was_written(table: Relation) -> bool:
    return any(leaf.statistics and leaf.statistics.inserted for leaf in table.leaves)


def _observed(table: Relation, last: Bound, today: dt.date, default: Relation | None) -> Observed:
    ends_at = last[1] or today
    days = (ends_at - today).days
    when = f"ends in {days} days" if days > 0 else "has ended"
    return Observed(
        object=relation_ref(table),
        message=f"the last partition of {table.qualified_name} {when}, on {ends_at}: rows behind it have no place",
        evidence={"last_partition_ends_at": ends_at.isoformat(), "days_ahead": days},
        remedy=_blocked(default) or _remedy(table, last, ends_at, today),
    )


def _blocked(default: Relation | None) -> Advice | None:
    """What to do where rows lie in the default partition: the server refuses a partition that they belong to."""
    if default is None or not any(holds_rows(leaf) for leaf in default.leaves):
        return None
    return Advice(
        f"{default.qualified_name} holds rows, and no partition can be added that one of them belongs to. In one "
        "transaction: detach it, create the partitions, insert its rows through the parent, empty it, attach it again "
        "as the default."
    )


def _remedy(table: Relation, last: Bound, ends_at: dt.date, today: dt.date) -> Fix | Advice:
    starts_at, _, time = last
    if starts_at is None or (ends_at - starts_at).days < 1 or (today - ends_at).days > 3 * _YEAR_DAYS:
        return Advice("How wide the next partition should be cannot be told from the last one: choose, and create it.")
    sql: list[str] = []
    start = ends_at
    while (start - today).days < (ends_at - starts_at).days or (start - today).days <= 31:
        end = _after(start, starts_at, ends_at)
        name = qualified(table.schema, f"{table.name[:50]}_{start:%Y%m%d}")
        sql.append(
            f"create table {name} partition of {table.sql} "
            f"for values from ({literal(start.isoformat() + time)}) to ({literal(end.isoformat() + time)})"
        )
        start = end
    return Fix(
        sql=tuple(sql),
        changes=(
            "pg_class",
            "pg_attribute",
            "pg_attrdef",
            "pg_inherits",
            "pg_index",
            "pg_constraint",
            "pg_trigger",
            "pg_depend",
            "pg_type",
        ),
        note="Creating one fails while rows in the default partition belong to it. It locks the table for a moment.",
    )


def _after(start: dt.date, first: dt.date, last: dt.date) -> dt.date:
    """The end of a partition that begins at `start` and is as wide as the last one: years and months keep their day."""
    width = (last - first).days
    months = (last.year - first.year) * 12 + last.month - first.month
    if first.day == last.day == start.day and months and width > _MONTH_DAYS and start.day <= _MONTH_DAYS:
        total = start.year * 12 + start.month - 1 + months
        return dt.date(total // 12, total % 12 + 1, start.day)
    return start + dt.timedelta(days=width)
