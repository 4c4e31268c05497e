"""Foreign keys taken away one by one, so that each locks its two tables for a moment only."""

from __future__ import annotations

from migrations_safety.rewrites.clauses import can_be_cut, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgClass
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import name_parts
from probes.sql.tree.tables import AlterTable, Drop


def drop_keys_first(step: Step) -> Rewrite | None:
    """Each foreign key that the statement would take along dropped alone, then the statement itself."""
    tree = step.tree
    if not can_be_cut(step):
        return None
    steps: list[RewriteStep] = []
    match tree:
        case Drop() if not tree.cascade:
            for name in map(name_parts, tree.objects):
                *schema, table = name
                steps += _drops(step, RangeVar(schema=schema[-1] if schema else None, name=table), None)
        case AlterTable():
            columns = {one.name for one in tree.commands if one.kind is AlterTableType.DROP_COLUMN}
            steps += _drops(step, tree.relation, columns)
        case _:
            return None
    statement = sql_of(step).strip().rstrip(";")
    return Rewrite((*steps, RewriteStep(statement)), note="each alone; try again where the lock_timeout strikes")


def _drops(step: Step, table: RangeVar, columns: set[str | None] | None) -> list[RewriteStep]:
    """DROP CONSTRAINT for the foreign keys of a table, or for those over some of its columns."""
    relation = step.look.relation(table)
    if not isinstance(relation, PgClass):
        return []
    return [
        RewriteStep(f"alter table {name_of(table)} drop constraint {quoted(row.name)}")
        for row in step.look.constraints(relation)
        if row.kind == "f"
        and not row.parent
        and (columns is None or columns & set(step.look.column_names(relation, row.columns)))
    ]
