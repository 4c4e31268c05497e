"""Type changes whose checks are proved afterwards, and files moved without a lock on the table."""

from __future__ import annotations

from migrations_safety.rewrites.clauses import can_be_cut, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep
from migrations_safety.timeline import Step
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.rows import PgConstraint
from probes.sql.tree.tables import AlterTable


def recheck_afterwards(step: Step, column: str) -> Rewrite | None:
    """The column's CHECKs dropped and added NOT VALID in the statement that changes its type, then validated."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or len(tree.commands) > 1 or not can_be_cut(step):
        return None
    relation = step.look.relation(tree.relation)
    row = step.look.column(relation, column) if relation is not None else None
    if relation is None or row is None:
        return None
    checks = [
        one
        for one in step.look.constraints(relation)
        if one.kind == "c" and one.validated and row.number in one.columns
    ]
    if not checks or not all(one.is_local and text_of(one.expression) for one in checks):
        return None
    changed = sql_of(step).strip().rstrip(";")
    dropped = "".join(f", drop constraint {quoted(one.name)}" for one in checks)
    added = "".join(f", {_added(one)} not valid" for one in checks)
    head = f"alter table {name_of(tree.relation)}"
    return Rewrite(
        (
            RewriteStep(f"{changed}{dropped}{added}"),
            *(RewriteStep(f"{head} validate constraint {quoted(one.name)}") for one in checks),
        ),
        note="each in a transaction of its own; new rows are checked all the time",
    )


def _added(row: PgConstraint) -> str:
    inherited = " no inherit" if row.no_inherit else ""
    return f"add constraint {quoted(row.name)} check ({text_of(row.expression)}){inherited}"
