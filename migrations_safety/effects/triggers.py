"""Row triggers of partitioned tables in their partitions."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.run import Run
from probes.catalog.rows import PgClass, PgTrigger

CLONES_SHOWN_SINCE = 15
"""The major in which clones of row triggers are no longer internal: before it no catalog holds them."""
_ROW = 1


def clone_triggers(run: Run, table: PgClass, parent: PgClass) -> None:
    """Give a partition, and what is below it, the row triggers of its table."""
    if run.major < CLONES_SHOWN_SINCE:
        return
    for trigger in run.world.where(PgTrigger, "relation", parent.oid):
        if trigger.type_bits & _ROW and not trigger.is_internal:
            _clone(run, table, trigger)


def _clone(run: Run, table: PgClass, trigger: PgTrigger) -> None:
    made = msgspec.structs.replace(trigger, oid=run.world.fresh_oid(), relation=table.oid, parent=trigger.oid)
    run.world.put(made)
    for child in run.children(table.oid):
        if isinstance(child, PgClass) and child.is_partition:
            _clone(run, child, made)
