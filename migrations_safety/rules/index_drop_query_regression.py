"""An index goes that the planner has been using.

What: DROP INDEX, DROP CONSTRAINT of one that has an index, or DROP COLUMN of a column that shares an index with
others, where the counters of the index show scans and afterwards no other index of the table begins with the same
columns.

Why it matters: The queries that used it read the whole table from the commit on. With enough of them the server is
busy reading, and the index takes hours to build again.

When it is harmless: The scans are old, or the planner has another way that is as good.

What to do: Look at the queries first. On 18 or with an extension an index can be hidden from the planner for a while;
else drop it at a quiet hour with its CREATE INDEX CONCURRENTLY at hand.

Known limits: Counters count since their last reset and on this server only: an index may be idle here and needed on a
standby. Nothing is said without a catalog with counters.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW
    https://www.postgresql.org/docs/current/sql-dropindex.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create index orders_note on orders (note);
    create index orders_total on orders (total);
    create index orders_total_note on orders (total, note);
    -- scans orders_note: 1200
    -- scans orders_total_note: 70

Unsafe (with a catalog)::

    drop index concurrently orders_note;

Unsafe (with a catalog)::

    drop index concurrently orders_total;
    alter table orders drop column note;

Safe::

    drop index concurrently orders_total;

Safe::

    alter table orders drop column note;

Safe::

    create index concurrently orders_note_2 on orders (note, total);
    drop index concurrently orders_note;

Safe::

    drop table orders;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dropped_indexes import dropped_indexes, dropping, is_served
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.rows import IndexStatistics
from probes.finding import Severity


@script_rule(
    "Drops an index that queries use",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("Drop:INDEX", "AlterTable:DROP_CONSTRAINT", "AlterTable:DROP_COLUMN"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag indexes that go although they are used."""
    catalog = script.look.catalog
    if catalog is None or catalog.absent(IndexStatistics):
        return
    for step in (*script.steps_of("Drop"), *script.steps_of("AlterTable")):
        for index in dropped_indexes(catalog, step):
            counters = catalog.find(IndexStatistics, index.oid, "index")
            table = catalog.relation(index.relation)
            if counters is None or not counters.scans or table is None or is_served(script, index):
                continue
            columns = table.column_names(index.columns[: index.key_count])
            yield (
                step,
                Flag(
                    message=(
                        f"{index.name} on {table.row.name} ({', '.join(columns)}) served {counters.scans:,} scans,"
                        f" and no other index begins alike{branch(step)}"
                    ),
                    evidence={"index_scans": counters.scans, "columns": columns},
                    command=dropping(catalog, step, index),
                ),
            )
