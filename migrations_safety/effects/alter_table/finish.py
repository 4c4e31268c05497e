"""The end of ALTER TABLE: tables written anew or read, indexes built, foreign keys validated (ATRewriteTables)."""

from __future__ import annotations

from migrations_safety.effects.alter_table import foreign_keys
from migrations_safety.effects.alter_table.nullability import refuse_if_row_type_used
from migrations_safety.effects.alter_table.plan import Alteration, Tab, has_storage
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AE
from probes.catalog.rows import PgClass, PgConstraint, PgIndex


def finish(work: Alteration) -> None:
    """Do to the rows what the passes left to be done."""
    run = work.run
    for tab in work.tabs.values():
        relation = run.world.one(PgClass, tab.oid)
        if relation is None:
            continue
        if tab.has_new_values or tab.rewrite:
            refuse_if_row_type_used(work, relation)
        if has_storage(relation):
            _work_through(work, relation, tab)
    for check in work.checks:
        row = run.world.one(PgConstraint, check.constraint)
        if row is not None:
            foreign_keys.check(run, row)


def _work_through(work: Alteration, relation: PgClass, tab: Tab) -> None:
    run = work.run
    if tab.rewrite:
        run.rewrite(relation, tab.rewrite)
        run.scan(relation, tab.rewrite)
        for index in run.indexes(relation.oid):
            run.lock(index, AE, Role.INDEX)
            run.record.build(run.ref(index), tab.rewrite)
        return
    if tab.verify:
        run.scan(relation, tab.verify)
    for oid in tab.rebuilt_indexes:
        rebuilt = run.world.one(PgIndex, oid)
        if rebuilt is not None:
            run.lock(rebuilt, AE, Role.INDEX)
            run.record.build(run.ref(rebuilt), "a column gets another type")
            run.scan(relation, f"index {rebuilt.name} is built again")
