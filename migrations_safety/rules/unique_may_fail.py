"""The columns are known to hold duplicates, and are to be unique.

What: CREATE UNIQUE INDEX, ADD UNIQUE or ADD PRIMARY KEY over columns of which ANALYZE found fewer different values
than the table has rows.

Why it matters: The build reads the whole table and fails at the end. Built CONCURRENTLY it leaves an INVALID index,
which still rejects new duplicates and slows every write until it is dropped.

When it is harmless: The statistics are old, and the duplicates have been removed since: ANALYZE and look again.

What to do: Find them first: select columns, count(*) from t group by columns having count(*) > 1. Remove them, then
build the index concurrently, then take it over into the constraint.

Known limits: Without statistics of every column nothing is said. The statistics are those of a sample. Partial and
expression indexes are not judged.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/view-pg-stats.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    -- rows orders: 100000
    -- distinct orders.note: 40
    -- distinct orders.total: -1

Unsafe (with a catalog)::

    create unique index concurrently on orders (note);

Unsafe (with a catalog)::

    alter table orders add constraint orders_note_key unique (note);

Safe::

    create unique index concurrently on orders (total);

Safe::

    create unique index concurrently on orders (note, total);

Safe::

    create index concurrently on orders (note);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import target
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.catalog.rows import ColumnStatistics
from probes.finding import Severity
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.parts import Constraint
from probes.sql.tree.tables import AlterTable, AlterTableCommand, CreateIndex

_SURE = 0.5
_KINDS = frozenset({ConstraintType.UNIQUE, ConstraintType.PRIMARY})


@rule(
    "Duplicates stand in the way of a unique index",
    area=Area.DATA,
    severity=Severity.HIGH,
    triggers=("CreateIndex", "AlterTable:ADD_CONSTRAINT:UNIQUE", "AlterTable:ADD_CONSTRAINT:PRIMARY"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag unique indexes over columns with duplicates."""
    relation = target(step)
    row = step.look.of(relation) if relation is not None else None
    if relation is None or row is None or row.tuples <= 0:
        return
    for keys, command in _unique_keys(step):
        distinct = _most_distinct(step, row.oid, keys)
        if distinct is not None and distinct < row.tuples * _SURE:
            columns = ", ".join(keys)
            yield Flag(
                message=(
                    f"{columns} of {relation.qualified_name}: at most about {distinct:,.0f} different values"
                    f" in {row.tuples:,.0f} rows, so it fails on a duplicate{branch(step)}"
                ),
                evidence={"distinct_values": round(distinct), "estimated_rows": round(row.tuples), "columns": keys},
                command=command,
            )


def _unique_keys(step: Step) -> Iterator[tuple[tuple[str, ...], AlterTableCommand | None]]:
    """Columns of each unique index that the statement would build over plain columns, and the subcommand that does."""
    match step.tree:
        case CreateIndex(unique=True) as tree if not tree.predicate:
            names = tuple(one.name or "" for one in tree.elements)
            if all(names):
                yield names, None
        case AlterTable() as tree:
            for command in tree.commands:
                definition = command.definition
                if isinstance(definition, Constraint) and definition.kind in _KINDS and definition.keys:
                    yield definition.keys, command
        case _:
            return


def _most_distinct(step: Step, oid: int, keys: tuple[str, ...]) -> float | None:
    """How many different rows of these columns there can be, nulls counted as different; None where unknown."""
    catalog, row = step.look.catalog, step.look.run.world.relation(oid)
    if catalog is None or row is None or catalog.absent(ColumnStatistics):
        return None
    numbers = {one.name: one.number for one in step.look.columns(row)}
    found = {one.column: one for one in catalog.grouped(ColumnStatistics, "relation").get(oid, ())}
    most, nulls = 1.0, 0.0
    for key in keys:
        statistics = found.get(numbers.get(key, 0))
        if statistics is None or not statistics.distinct_values:
            return None
        share = statistics.distinct_values
        most *= share if share > 0 else -share * row.tuples
        nulls += statistics.null_fraction * row.tuples
    return most + nulls
