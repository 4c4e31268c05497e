"""The statements that reach the same end without blocking, for those that have such a sequence."""

from __future__ import annotations

import re

from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable, CreateIndex

_TIMEOUT = "set lock_timeout = '2s'"
_CREATE_INDEX = re.compile(r"\A\s*create\s+(unique\s+)?index\b", re.IGNORECASE)


def safe_sequence(step: Step) -> tuple[str, ...] | None:
    """Statements in order; None where there is no general sequence."""
    match step.statement.tree:
        case CreateIndex(concurrent=False) as tree if _CREATE_INDEX.match(step.statement.sql):
            return _index(tree, step)
        case AlterTable() as tree if len(tree.commands) == 1:
            command = tree.commands[0]
            if command.kind is AlterTableType.SET_NOT_NULL and command.name:
                return _not_null(_name(tree.relation), command.name)
            return None
        case _:
            return None


def _index(tree: CreateIndex, step: Step) -> tuple[str, ...] | None:
    is_partitioned = any(lock.relation.kind == "p" for lock in step.effects.locks)
    if is_partitioned or step.statement.is_templated:
        return None
    unique = "unique " if tree.unique else ""
    return (_CREATE_INDEX.sub(f"create {unique}index concurrently", step.statement.sql, count=1).strip(),)


def _not_null(table: str, column: str) -> tuple[str, ...]:
    """A check that is validated under a weak lock proves to SET NOT NULL that there is nothing to look for."""
    name = quoted(f"{column}_not_null_proof"[:63])
    return (
        _TIMEOUT,
        f"alter table {table} add constraint {name} check ({quoted(column)} is not null) not valid",
        f"alter table {table} validate constraint {name}",
        f"alter table {table} alter column {quoted(column)} set not null",
        f"alter table {table} drop constraint {name}",
    )


def _name(relation: RangeVar) -> str:
    return f"{quoted(relation.schema)}.{quoted(relation.name)}" if relation.schema else quoted(relation.name)
