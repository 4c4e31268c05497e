"""REINDEX CONCURRENTLY on a partitioned table still stops the writers of its partitions.

What: REINDEX TABLE or INDEX CONCURRENTLY names a partitioned table or index. The server first takes SHARE on every
partition and keeps it while it waits for the writers of the next one.

Why it matters: The statement looks like the polite form and the manual's promise is read into it. Yet the writers of
one partition wait for a long transaction on another.

When it is harmless: All partitions are idle or small, or the table is not partitioned at all, which without a
database cannot be told.

What to do: REINDEX INDEX CONCURRENTLY on the index of each partition, one after the other.

Known limits: Measured on PostgreSQL 14 to 18. On 13 the server skips partitioned tables with a warning. Without a
database the partitions are not known, and no sequence is written.

Sources: https://www.postgresql.org/docs/current/sql-reindex.html

Given::

    create table events (id bigint primary key) partition by hash (id);
    create table events_0 partition of events for values with (modulus 2, remainder 0);
    create table events_1 partition of events for values with (modulus 2, remainder 1);
    create table orders (id bigint primary key);

Unsafe::

    reindex table concurrently events;

Safe::

    reindex index concurrently events_0_pkey;

Safe (with a catalog)::

    reindex table concurrently orders;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.relocation import reindex_one_by_one
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.rules._locking import is_concurrent
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.utility import Reindex


@rule(
    "Concurrent REINDEX of all partitions",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("Reindex",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a concurrent REINDEX that stops writers of partitions."""
    if isinstance(step.tree, Reindex) and is_concurrent(step.tree):
        rewrite = reindex_one_by_one(step)
        yield from work_flag(step, "all partitions are locked and their indexes built again", rewrite=rewrite)
