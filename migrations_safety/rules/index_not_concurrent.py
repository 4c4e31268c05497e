"""CREATE INDEX without CONCURRENTLY stops every write to the table until the index is built.

What: An index, unique or not, is built on a table that others use, under a SHARE lock.

Why it matters: SHARE lets readers pass and holds every INSERT, UPDATE and DELETE back. Building reads the whole table
and sorts it, which takes minutes where the table has tens of gigabytes, and each waiting writer keeps a connection of
the application's pool. The pool is usually gone long before the index is there.

When it is harmless: The table was made by the same deploy, is empty, or is so small that the build takes
milliseconds; on a materialized view only its REFRESH waits; a catalog shows it, and then nothing is reported or the
finding is graded down.

What to do: CREATE INDEX CONCURRENTLY, outside any transaction block (your migration tool has a mark for that). It
reads the table twice and waits for old transactions, but nobody waits for it. Where it fails it leaves an invalid
index that must be dropped before the next attempt.

Known limits: Without a database every table that the script did not make counts as large and in use. Partitioned
tables have a rule of their own, because CONCURRENTLY is an error there.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create materialized view totals as select 1 as id;

Unsafe::

    create index orders_customer on orders (customer_id);

Unsafe::

    create unique index on orders (note) where note is not null;

Unsafe::

    create table customers (id bigint);
    commit;
    create index on orders (customer_id);

Safe::

    create index concurrently orders_customer on orders (customer_id);

Safe::

    create table customers (id bigint, name text);
    create index on customers (name);

Safe::

    begin;
    create table customers (id bigint, name text);
    alter table customers rename to people;
    create index on people (name);
    commit;

Safe::

    create temporary table scratch (id bigint);
    create index on scratch (id);

Safe (with a catalog)::

    create index on totals (id);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.indexes import create_concurrently
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex


@rule(
    "Index built without CONCURRENTLY",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("CreateIndex&+lock",),
    squawk=("require-concurrent-index-creation",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag an index that is built while writers wait."""
    tree = step.tree
    if not isinstance(tree, CreateIndex) or tree.concurrent:
        return
    relation = step.look.relation(tree.relation)
    if relation is None or relation.kind != "p":
        yield from work_flag(step, "the table is read", rewrite=create_concurrently(step))
