"""The rule about names that vanish under a running application."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Flag, Group, rule
from migrations_safety.rules._judging import is_of_others
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.tables import AlterTable, Drop, Rename

_TABLES = {ObjectType.TABLE, ObjectType.VIEW, ObjectType.MATVIEW, ObjectType.FOREIGN_TABLE}


@rule("Removes or renames what running code may use", Group.BREAKS, Severity.MEDIUM)
def drops_what_is_used(step: Step) -> Iterator[Flag]:
    """A table or column that existed before is dropped or renamed.

    What: DROP TABLE, DROP COLUMN, RENAME of a table or column that this script did not make.

    Why it matters: Code that was deployed earlier still names it, until the last old process is gone.

    When it is harmless: No deployed code names it any more.

    What to do: Deploy code that no longer names it first; for a rename, add the new name beside the old one.

    Known limits: What the application's code names is not seen; the queries of pg_stat_statements are a hint.

    Unsafe: drop table orders
    Unsafe: alter table orders drop column note
    Unsafe: alter table orders rename column note to remark
    Safe: create table t (id int); drop table t
    """
    if step.effects.is_refused or not any(is_of_others(lock.relation) for lock in step.effects.locks):
        return
    what = _removal(step.statement.tree)
    if what:
        yield Flag(message=f"{what}: code that is running may still name it")


def _removal(tree: object) -> str | None:
    match tree:
        case Drop(object_type=kind) if kind in _TABLES:
            return "a relation is dropped"
        case Rename(old_name=old) if tree.relation is not None:
            return f"{old} is renamed" if old else f"{tree.relation.name} is renamed"
        case AlterTable():
            dropped = [one.name for one in tree.commands if one.kind is AlterTableType.DROP_COLUMN and one.name]
            return f"column {', '.join(dropped)} is dropped" if dropped else None
        case _:
            return None
