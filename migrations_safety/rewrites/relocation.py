"""Indexes moved to another tablespace, or built again partition by partition, while their tables are used."""

from __future__ import annotations

from migrations_safety.rewrites.clauses import name_of
from migrations_safety.rewrites.model import Rewrite, alone
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.tables import AlterTable

_MOVES_SINCE = 14


def move_index_concurrently(step: Step) -> Rewrite | None:
    """REINDEX (TABLESPACE ...) CONCURRENTLY in place of ALTER INDEX ... SET TABLESPACE."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or len(tree.commands) != 1 or step.look.major < _MOVES_SINCE:
        return None
    command = tree.commands[0]
    relation = step.look.relation(tree.relation)
    is_index = tree.object_type is ObjectType.INDEX or (relation is not None and relation.kind == "i")
    if command.kind is not AlterTableType.SET_TABLE_SPACE or not is_index or command.name is None:
        return None
    options = f"tablespace {quoted(command.name)}"
    return Rewrite(
        (alone(f"reindex ({options}) index concurrently {name_of(tree.relation)}"),),
        note="outside any transaction",
    )


def reindex_one_by_one(step: Step) -> Rewrite | None:
    """REINDEX INDEX CONCURRENTLY for the index of each partition, so that none waits for the writers of another."""
    built = [work.relation for work in step.effects.index_builds]
    if not built or not all(index.oid and index.schema for index in built):
        return None
    steps = [alone(f"reindex index concurrently {quoted(one.schema or '')}.{quoted(one.name)}") for one in built]
    return Rewrite(tuple(steps), note="outside any transaction")
