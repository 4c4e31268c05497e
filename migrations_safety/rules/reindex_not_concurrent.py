"""REINDEX without CONCURRENTLY stops writes to the table, and reads that would use the index.

What: REINDEX of an index, a table, a schema or a database without CONCURRENTLY. The table is locked in SHARE mode and
every index that is built again in ACCESS EXCLUSIVE mode.

Why it matters: The planner locks all indexes of a table before it knows which of them it wants. An index under ACCESS
EXCLUSIVE therefore holds back plain SELECTs too, although the table itself could be read.

When it is harmless: The table is small, or the index is broken anyway and nothing can use the table before it is
mended.

What to do: REINDEX ... CONCURRENTLY outside any transaction block. It builds a twin beside the old index and swaps
them; there must be room for both.

Known limits: System catalogs have no concurrent form and are left to the general rule. Prepared generic plans may not
need the other indexes and then do not wait.

Sources: https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table orders (id bigint primary key, customer_id bigint);
    create index orders_customer on orders (customer_id);

Unsafe::

    reindex table orders;

Unsafe (with a catalog)::

    reindex index orders_customer;

Unsafe::

    reindex (verbose) table orders;

Safe (with a catalog)::

    reindex table concurrently orders;

Safe::

    reindex (concurrently) index orders_customer;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.indexes import reindex_concurrently
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.rules._locking import is_concurrent
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ReindexKind
from probes.sql.tree.utility import Reindex


@rule(
    "Indexes rebuilt without CONCURRENTLY",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("Reindex",),
    squawk=("require-concurrent-reindex",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag indexes that are built again while others wait."""
    tree = step.tree
    if isinstance(tree, Reindex) and tree.kind is not ReindexKind.SYSTEM and not is_concurrent(tree):
        yield from work_flag(
            step, "each index is locked against reads and the table is read", rewrite=reindex_concurrently(step)
        )
