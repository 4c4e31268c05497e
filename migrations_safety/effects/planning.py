"""What the planner locks: a relation of a query and, with it, its indexes."""

from __future__ import annotations

from migrations_safety.effects.model import ALWAYS, Role, When
from migrations_safety.effects.run import AS, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass

PARTITIONED_INDEXES_SINCE = 16
"""The major whose planner looks at indexes of partitioned tables."""


def plan_access(
    run: Run, relation: Rel, mode: LockMode = AS, *, role: Role = Role.SOURCE, when: When = ALWAYS, below: bool = True
) -> None:
    """Note the locks of a query on a relation, its indexes and, unless ONLY was written, all below it."""
    run.lock(relation, mode, role, when)
    lock_indexes(run, relation, mode, when)
    if not below or not isinstance(relation, PgClass):
        return
    for child in run.descendants(relation.oid):
        run.lock(child, mode, run.child_role(child), when)
        lock_indexes(run, child, mode, when)


def lock_indexes(run: Run, relation: Rel, mode: LockMode, when: When = ALWAYS) -> None:
    """Note that the planner opens the indexes of a relation."""
    if relation.kind == "p" and run.major < PARTITIONED_INDEXES_SINCE:
        return
    for index in run.indexes(relation.oid):
        if index.live:
            run.lock(index, mode, Role.INDEX, when)
