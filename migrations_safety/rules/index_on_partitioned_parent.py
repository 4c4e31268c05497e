"""CREATE INDEX on a partitioned table builds one index per partition and stops writes to all of them meanwhile.

What: An index is created on a partitioned table, without ONLY. The server locks the parent and every partition in
SHARE mode at once and builds their indexes one after the other, in one transaction.

Why it matters: The first partition stays locked until the last one is done, so writers of the whole tree wait for the
sum of all builds. CONCURRENTLY is not the way out: the server refuses it on a partitioned table.

When it is harmless: The partitions are empty or small, or they already have a matching index each, which is then
attached instead of built.

What to do: CREATE INDEX ... ON ONLY the parent, which makes an invalid shell in an instant; then CREATE INDEX
CONCURRENTLY on each partition and ALTER INDEX ... ATTACH PARTITION. The shell turns valid with the last one.

Known limits: Whether a table is partitioned is known from the catalog or from the script itself; without either, the
rule on plain tables speaks and advises CONCURRENTLY. No sequence is written for more than one level of partitions.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
    https://www.postgresql.org/docs/current/sql-createindex.html

Given::

    create table events (id bigint, at date not null) partition by range (at);
    create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
    create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01');

Unsafe (with a catalog)::

    create index events_id on events (id);

Safe::

    create index events_id on only events (id);

Safe::

    create index concurrently events_2025_id on events_2025 (id);

Safe::

    create table logs (id bigint, at date) partition by range (at);
    create index on logs (id);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.indexes import create_on_partitions
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex


@rule(
    "Index built on all partitions at once",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("CreateIndex&+lock",),
    squawk=("require-concurrent-index-creation",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag an index that is built on a whole tree of partitions while its writers wait."""
    tree = step.tree
    if not isinstance(tree, CreateIndex):
        return
    relation = step.look.relation(tree.relation)
    if relation is not None and relation.kind == "p":
        yield from work_flag(step, "every partition is read", rewrite=create_on_partitions(step))
