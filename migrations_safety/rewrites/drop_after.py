"""Subcommands of ALTER TABLE in the order that keeps what one of them needs."""

from __future__ import annotations

from migrations_safety.rewrites.clauses import can_be_cut, clauses, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep
from migrations_safety.timeline import Step
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable


def drop_proof_afterwards(step: Step) -> Rewrite | None:
    """The DROP CONSTRAINT subcommands as a second statement."""
    return _in_two(step, AlterTableType.DROP_CONSTRAINT)


def validate_afterwards(step: Step) -> Rewrite | None:
    """The VALIDATE CONSTRAINT subcommands as a second statement, under its own weak lock."""
    return _in_two(step, AlterTableType.VALIDATE_CONSTRAINT)


def _in_two(step: Step, kind: AlterTableType) -> Rewrite | None:
    """Subcommands of the kind in a statement of their own after the others."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or not can_be_cut(step):
        return None
    texts = clauses(sql_of(step))
    if len(texts) != len(tree.commands):
        return None
    head = f"alter table {name_of(tree.relation)}"
    first: list[str] = []
    then: list[str] = []
    for text, command in zip(texts, tree.commands, strict=True):
        (then if command.kind is kind else first).append(text)
    if not first or not then:
        return None
    return Rewrite(
        (RewriteStep(f"{head} {', '.join(first)}"), RewriteStep(f"{head} {', '.join(then)}")),
        note="each in a transaction of its own",
    )
