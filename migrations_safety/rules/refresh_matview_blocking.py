"""REFRESH MATERIALIZED VIEW without CONCURRENTLY closes the view to readers until its query is done.

What: A plain REFRESH takes ACCESS EXCLUSIVE on the view, runs its query and writes the rows and indexes anew.

Why it matters: A materialized view exists because its query is slow, and readers wait for all of it.

When it is harmless: Nobody reads the view meanwhile, or the query is quick. WITH NO DATA is done at once, but leaves
a view that cannot be read.

What to do: REFRESH ... CONCURRENTLY, which lets readers see the old rows. It needs a unique index on plain columns,
without a condition.

Known limits: Without a database it is not known whether there is such an index. How long the query takes is not
known.

Sources: https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html

Given::

    create table orders (id bigint primary key, total numeric);
    create materialized view totals as select id, total from orders;
    create unique index totals_id on totals (id);

Unsafe::

    refresh materialized view totals;

Safe::

    refresh materialized view concurrently totals;

Safe::

    refresh materialized view totals with no data;

Safe::

    create materialized view sums as select 1 as one with no data;
    refresh materialized view sums;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.indexes import refresh_concurrently
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Materialized view refreshed under a lock",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("RefreshMaterializedView",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag views that nobody can read while they are refreshed."""
    yield from work_flag(step, "the view is filled anew", rewrite=refresh_concurrently(step))
