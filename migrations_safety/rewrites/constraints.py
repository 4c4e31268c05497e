"""Constraints added while the table is used: declared at once, proved under a weak lock."""

from __future__ import annotations

import functools
import re

from migrations_safety.effects.naming import make_object_name
from migrations_safety.rewrites.clauses import can_be_cut, clauses, made_constraints, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone
from migrations_safety.rewrites.siblings import alone_in, safe_siblings
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint
from probes.sql.tree.tables import AlterTable

_ADD = r"(?i)\A\s*add\s+(?:constraint\s+(?:\"(?:[^\"]|\"\")+\"|[^\s\"]+)\s+)?"
_NATIVE_NOT_NULL_SINCE = 18


class Target:
    """A subcommand of ALTER TABLE that is rewritten, and what has to run before it."""

    def __init__(self, step: Step, head: str, clause: str, others: Rewrite) -> None:
        self.table = head.removeprefix("alter table ").removeprefix("only ")
        self.head = head
        self.clause = clause
        self.others = others.steps
        """The other subcommands, safe too."""
        self.undo = others.rollback
        """What takes those back."""
        self._step = step

    @functools.cached_property
    def alone(self) -> Step:
        """The statement as if it had no other subcommands."""
        return alone_in(self._step, f"{self.head} {self.clause}")


def target_of(
    step: Step, kind: AlterTableType, constraint: ConstraintType | None = None, name: str | None = None
) -> Target | None:
    """The first subcommand of that kind with what surrounds it; None where the text cannot be cut safely.

    Args:
        step: The statement.
        kind: Of the subcommand.
        constraint: Of ADD CONSTRAINT, the kind of the constraint.
        name: The column that it must be about.
    """
    tree = step.tree
    if not isinstance(tree, AlterTable) or not can_be_cut(step):
        return None
    texts = clauses(sql_of(step))
    if len(texts) != len(tree.commands):
        return None
    for position, command in enumerate(tree.commands):
        definition = command.definition if constraint else None
        is_kind = command.kind is kind and (constraint is None or getattr(definition, "kind", None) is constraint)
        if is_kind and name in {None, command.name}:
            head = f"alter table {'' if tree.relation.inherits else 'only '}{name_of(tree.relation)}"
            others = safe_siblings(step, head, texts[:position] + texts[position + 1 :])
            return None if others is None else Target(step, head, texts[position], others)
    return None


def not_valid_then_validate(step: Step, kind: ConstraintType) -> Rewrite | None:
    """ADD CONSTRAINT ... NOT VALID, then VALIDATE CONSTRAINT on its own. For CHECK and FOREIGN KEY."""
    target = target_of(step, AlterTableType.ADD_CONSTRAINT, kind)
    if target is None:
        return None
    name = _name_made(target.alone, "c" if kind is ConstraintType.CHECK else "f")
    if name is None:
        return None
    body = re.sub(_ADD, "", target.clause, count=1)
    return Rewrite(
        steps=(
            *target.others,
            RewriteStep(f"{target.head} add constraint {quoted(name)} {body} not valid"),
            RewriteStep(f"{target.head} validate constraint {quoted(name)}"),
        ),
        rollback=(f"{target.head} drop constraint if exists {quoted(name)}", *target.undo),
        note="each in a transaction of its own: validating beside the first would keep its lock",
    )


def _name_made(step: Step, kind: str) -> str | None:
    made = [row.name for row in made_constraints(step) if row.kind == kind]
    return made[0] if made else None


def not_null_by_proof(step: Step, column: str) -> Rewrite | None:
    """SET NOT NULL after a validated proof, so that nothing is read under the strong lock."""
    target = target_of(step, AlterTableType.SET_NOT_NULL, name=column)
    if target is None:
        return None
    name = step.tree.relation.name if isinstance(step.tree, AlterTable) else ""
    steps = not_null_steps(target.head, name, column, step.look.major)
    return Rewrite((*target.others, *steps[0]), rollback=(*steps[1], *target.undo))


def not_null_steps(head: str, table: str, column: str, major: int) -> tuple[tuple[RewriteStep, ...], tuple[str, ...]]:
    """The steps that make a column NOT NULL, and their rollback."""
    if major >= _NATIVE_NOT_NULL_SINCE:
        name = quoted(make_object_name(table, column, "not_null"))
        return (
            RewriteStep(f"{head} add constraint {name} not null {quoted(column)} not valid"),
            RewriteStep(f"{head} validate constraint {name}"),
        ), (f"{head} alter column {quoted(column)} drop not null",)
    proof = quoted(make_object_name(table, column, "not_null_proof"))
    return (
        RewriteStep(f"{head} add constraint {proof} check ({quoted(column)} is not null) not valid"),
        RewriteStep(f"{head} validate constraint {proof}"),
        RewriteStep(f"{head} alter column {quoted(column)} set not null"),
        RewriteStep(f"{head} drop constraint {proof}"),
    ), (f"{head} drop constraint if exists {proof}", f"{head} alter column {quoted(column)} drop not null")


def unique_by_index(step: Step, kind: ConstraintType) -> Rewrite | None:
    """The index built concurrently, then taken over by the constraint. For UNIQUE and PRIMARY KEY."""
    target = target_of(step, AlterTableType.ADD_CONSTRAINT, kind)
    tree = step.tree
    constraint = _constraint(step, kind)
    name = _name_made(target.alone, "p" if kind is ConstraintType.PRIMARY else "u") if target else None
    if target is None or constraint is None or name is None or not isinstance(tree, AlterTable):
        return None
    relation = step.look.relation(tree.relation)
    if (relation is not None and relation.kind == "p") or constraint.without_overlaps or constraint.options:
        return None
    including = f" include ({_list(constraint.including)})" if constraint.including else ""
    nulls = " nulls not distinct" if constraint.nulls_not_distinct else ""
    space = f" tablespace {quoted(constraint.tablespace)}" if constraint.tablespace else ""
    word = "primary key" if kind is ConstraintType.PRIMARY else "unique"
    deferrable = " deferrable" if constraint.deferrable else ""
    deferrable += " initially deferred" if constraint.initially_deferred else ""
    columns = f"on {target.table} ({_list(constraint.keys)}){including}{nulls}{space}"
    proofs: tuple[RewriteStep, ...] = ()
    undo: tuple[str, ...] = ()
    if kind is ConstraintType.PRIMARY and relation is not None:
        for key in constraint.keys:
            column = step.look.column(relation, key)
            if column is not None and not column.not_null:
                more = not_null_steps(target.head, tree.relation.name, key, step.look.major)
                proofs, undo = proofs + more[0], undo + more[1]
    schema = f"{quoted(tree.relation.schema)}." if tree.relation.schema else ""
    return Rewrite(
        steps=(
            *target.others,
            *proofs,
            alone(f"create unique index concurrently {quoted(name)} {columns}"),
            RewriteStep(f"{target.head} add constraint {quoted(name)} {word} using index {quoted(name)}{deferrable}"),
        ),
        rollback=(f"drop index concurrently if exists {schema}{quoted(name)}", *undo, *target.undo),
    )


def _constraint(step: Step, kind: ConstraintType) -> Constraint | None:
    if isinstance(step.tree, AlterTable):
        for command in step.tree.commands:
            definition = command.definition
            if isinstance(definition, Constraint) and definition.kind is kind:
                return definition
    return None


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))
