"""A column is added that must not be null and has no value to offer.

What: ADD COLUMN ... NOT NULL without DEFAULT, identity or generation expression, on a table that stood before the
script.

Why it matters: If the table has one row, the server refuses it: column contains null values. If it has none, every
INSERT of the release that is running fails from then on, because it does not know the column.

When it is harmless: The table is new, or the column's type is a domain with a default, or a serial type.

What to do: ADD COLUMN ... NOT NULL DEFAULT constant is immediate since PostgreSQL 11 and right for most cases. Else
add it nullable, let the new release write it, fill the old rows in batches, then prove and set NOT NULL.

Known limits: Whether the running code inserts into the table is not known.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create domain flag as boolean default false;

Unsafe::

    alter table orders add column state text not null;

Safe::

    alter table orders add column state text not null default 'new';

Safe::

    alter table orders add column state text;

Safe::

    alter table orders add column number bigint not null generated always as identity;

Safe (with a catalog)::

    alter table orders add column paid flag not null;

Safe::

    create table notes (id bigint);
    alter table notes add column body text not null;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.run import Refused
from migrations_safety.effects.types import SERIALS, domain_default, resolve
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import target
from migrations_safety.rules._judging import branch, commands
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable

_DEMANDING = frozenset({ConstraintType.NOTNULL, ConstraintType.PRIMARY})
_OFFERING = frozenset({ConstraintType.DEFAULT, ConstraintType.IDENTITY, ConstraintType.GENERATED})


@rule(
    "Adds a column that old code cannot fill",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("adding-not-nullable-field", "adding-required-field"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns that demand a value and offer none."""
    tree, relation = step.tree, target(step)
    if relation is None or not isinstance(tree, AlterTable):
        return
    for command, _ in commands(step, AlterTableType.ADD_COLUMN):
        column = command.definition
        if isinstance(column, ColumnDef) and _is_required(step, column) and not _is_there(step, tree, column):
            is_empty = step.look.is_empty(relation)
            why = "old code cannot insert" if is_empty else "it fails if there is a row, and old code cannot insert"
            what = f"column {column.name} of {relation.qualified_name} is NOT NULL without a default"
            yield Flag(
                message=f"{what}: {why}{branch(step)}",
                severity=Severity.MEDIUM if is_empty else None,
                command=command,
            )


def _is_required(step: Step, column: ColumnDef) -> bool:
    kinds = {one.kind for one in column.constraints}
    if not kinds & _DEMANDING or kinds & _OFFERING or column.type is None or column.type.names[-1] in SERIALS:
        return False
    try:
        return domain_default(step.look.run, resolve(step.look.run, column.type).oid) is None
    except Refused:
        return False


def _is_there(step: Step, tree: AlterTable, column: ColumnDef) -> bool:
    """Whether IF NOT EXISTS finds it."""
    relation = step.look.relation(tree.relation)
    return relation is not None and step.look.column(relation, column.name) is not None
