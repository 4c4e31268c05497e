"""A migration runs a query over a whole table and stores its result.

What: CREATE MATERIALIZED VIEW without WITH NO DATA, CREATE TABLE AS or SELECT INTO over tables that are in use.

Why it matters: Readers and writers pass. But the deploy takes as long as the query, every other schema change on the
tables it reads waits for it, and its snapshot keeps VACUUM from removing dead rows everywhere.

When it is harmless: The query is quick, or the tables are small.

What to do: WITH NO DATA in the migration, and the filling as a job of its own (REFRESH, or batches).

Known limits: How long the query takes is not known; only that it reads something.

Sources: https://www.postgresql.org/docs/current/sql-creatematerializedview.html
    https://www.postgresql.org/docs/current/sql-createtableas.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    create materialized view totals as select sum(total) from orders;

Unsafe::

    create table copied as select * from orders;

Unsafe::

    select * into copied from orders;

Safe::

    create materialized view totals as select sum(total) from orders with no data;

Safe::

    create table copied as select 1 as one;

Safe::

    create temporary table seen as select id from orders with no data;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._judging import branch, names
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.data import Select
from probes.sql.tree.tables import CreateTableAs


@rule(
    "Query over a whole table in a migration",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("CreateTableAs", "Select"),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag queries whose result a migration stores."""
    tree = step.tree
    stores = isinstance(tree, CreateTableAs) or (isinstance(tree, Select) and bool(tree.into))
    if not stores or step.effects.is_refused:
        return
    read = [work.relation for work in step.effects.scans if step.is_used_by_others(work.relation)]
    if read:
        yield Flag(message=f"{names(read)} is read whole and the result stored while the deploy waits{branch(step)}")
