"""Two ALTER TABLE in a row where one would wait, or write the table anew, only once.

What: Neighbouring ALTER TABLE statements on one table in use, each of which takes a lock that others wait for; or two
that each read or write the table whole, in one transaction.

Why it matters: Every statement that commits by itself must get its lock anew, with the queue behind it. And two type
changes write the table twice, one ALTER TABLE with both writes it once.

When it is harmless: The second has to come later: VALIDATE CONSTRAINT, or DROP CONSTRAINT of the proof that the first
one needed.

What to do: One ALTER TABLE with several subcommands.

Known limits: In one transaction the second lock costs nothing and nothing is reported unless rows are worked through
twice. Statements that could not be joined for another reason are not told apart.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create table items (id bigint primary key, note text);

Unsafe::

    alter table orders add column a int;
    alter table orders add column b int;

Unsafe::

    begin;
    alter table orders alter column id type numeric;
    alter table orders alter column customer_id type numeric;
    commit;

Safe::

    alter table orders add column a int, add column b int;

Safe::

    alter table orders add constraint there check (note is not null) not valid;
    alter table orders validate constraint there;
    alter table orders alter column note set not null;
    alter table orders drop constraint there;

Safe::

    begin;
    alter table orders add column a int;
    alter table orders add column b int;
    commit;

Safe::

    create table fresh (n int);
    alter table fresh add column a int;
    alter table fresh add column b int;
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._judging import blocking
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable
from probes.sql.tree.utility import Set

_APART = frozenset({AlterTableType.VALIDATE_CONSTRAINT, AlterTableType.DROP_CONSTRAINT})
"""What is often put into a statement of its own for good reason."""


@script_rule(
    "Two ALTER TABLE where one would do",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("AlterTable",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the second of two neighbours that could be one."""
    steps = [step for step in script.steps if not isinstance(step.tree, Set)]
    for first, second in pairwise(steps):
        table = _joint_table(first, second)
        if table is None:
            continue
        both_work = _works(first, table) and _works(second, table)
        shares = first.in_block and first.statement.transaction == second.statement.transaction
        if both_work:
            message = (
                f"{table} is worked through again: in one ALTER TABLE with line {first.statement.line} once would do"
            )
        elif shares:
            continue
        else:
            message = f"{table} is locked again: in one ALTER TABLE with line {first.statement.line} once would do"
        yield second, Flag(message=message, severity=Severity.MEDIUM if both_work else None)


def _joint_table(first: Step, second: Step) -> str | None:
    if first.statement.file != second.statement.file or first.effects.is_refused or second.effects.is_refused:
        return None
    tables = {_table_of(first), _table_of(second)}
    return tables.pop() if len(tables) == 1 else None


def _table_of(step: Step) -> str | None:
    tree = step.tree
    if not isinstance(tree, AlterTable) or any(one.kind in _APART for one in tree.commands):
        return None
    targets = [lock.relation for lock in blocking(step) if lock.role is Role.TARGET]
    return targets[0].qualified_name if targets else None


def _works(step: Step, table: str) -> bool:
    work = (*step.effects.rewrites, *step.effects.scans)
    return any(one.relation.qualified_name == table for one in work)
