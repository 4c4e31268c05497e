"""SET TABLESPACE copies a table or an index while nobody can use it.

What: ALTER TABLE, INDEX or MATERIALIZED VIEW ... SET TABLESPACE to another tablespace, or ALL IN TABLESPACE. An index
is locked in ACCESS EXCLUSIVE mode, and that is enough to stop queries on its table: the planner locks all indexes of
a table.

Why it matters: Block by block copying of a large table takes as long as the slower of two disks, and neither reads
nor writes pass.

When it is harmless: It is there already, is partitioned (then only future partitions are concerned), or is small.

What to do: For an index REINDEX (TABLESPACE ...) ... CONCURRENTLY (14 and later). For a table a time when nobody
needs it, or a tool that copies beside the users.

Known limits: ALTER TABLE ALL IN TABLESPACE falls to the general rule. Without a database it is not known where things
are now.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-TABLESPACE
    https://www.postgresql.org/docs/current/sql-reindex.html

Given::

    create table orders (id bigint primary key);

Unsafe (without a catalog)::

    alter table orders set tablespace fast;

Unsafe (without a catalog)::

    alter table all in tablespace pg_default set tablespace fast;

Unsafe (without a catalog)::

    alter index orders_pkey set tablespace fast;

Safe (with a catalog)::

    alter table orders set tablespace pg_default;

Safe (with a catalog)::

    reindex (tablespace pg_default) index concurrently orders_pkey;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Effects, RelationRef, Role
from migrations_safety.rewrites.relocation import move_index_concurrently
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, blocking, commands, lock_evidence, names, work_flag
from migrations_safety.timeline import Step
from probes.catalog.rows import PgClass, PgIndex
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import MoveAll


@rule(
    "Files copied to another tablespace",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:SET_TABLE_SPACE", "MoveAll"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag relations that are copied while others wait."""
    if isinstance(step.tree, MoveAll):
        yield from work_flag(step, "they are copied block by block")
    for command, effects in commands(step, AlterTableType.SET_TABLE_SPACE):
        flags = list(work_flag(step, "it is copied block by block", effects))
        yield from at(command, flags or _of_index(step, effects))


def _of_index(step: Step, effects: Effects) -> Iterator[Flag]:
    locks = [lock for lock in blocking(step, effects) if lock.role is Role.INDEX]
    if not locks or effects.is_refused or (step.has_catalog and not effects.index_builds):
        return
    tables = tuple(table for lock in locks for table in _table_of(step, lock.relation))
    yield Flag(
        message=f"{names(lock.relation for lock in locks)} is copied, and every query on its table waits for it",
        evidence=lock_evidence(locks[0]),
        blocked=tables or tuple(lock.relation for lock in locks),
        works=True,
        rewrite=move_index_concurrently(step),
    )


def _table_of(step: Step, index: RelationRef) -> Iterator[RelationRef]:
    world = step.look.run.world
    row = world.one(PgIndex, index.oid) if index.oid else None
    table = world.one(PgClass, row.relation) if row is not None else None
    if table is not None:
        yield step.look.run.ref(table)
