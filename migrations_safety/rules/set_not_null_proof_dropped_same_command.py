"""SET NOT NULL loses its proof because the same command drops it.

What: One ALTER TABLE that sets a column NOT NULL, or makes it part of a primary key USING INDEX, and drops the CHECK
constraint that proved it. Whatever the order in which they are written, the server drops first: the proof is gone and
the table is read under ACCESS EXCLUSIVE.

Why it matters: It is the last step of the careful recipe, tidied into one statement, and it undoes all the care.

When it is harmless: The table is small, or another valid constraint proves the same.

What to do: Two statements: SET NOT NULL, and after it DROP CONSTRAINT.

Known limits: The constraint and what it says must be known, from the catalog or from the script.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL

Given::

    create table orders (customer_id bigint, constraint there check (customer_id is not null));

Unsafe (with a catalog)::

    alter table orders alter column customer_id set not null, drop constraint there;

Unsafe::

    alter table orders add constraint too check (customer_id is not null) not valid, drop constraint there;
    alter table orders validate constraint too;
    alter table orders drop constraint too, alter column customer_id set not null;

Unsafe (with a catalog)::

    create unique index concurrently orders_key on orders (customer_id);
    alter table orders drop constraint there, add primary key using index orders_key;

Safe::

    alter table orders add constraint too check (customer_id is not null) not valid;
    alter table orders validate constraint too;
    alter table orders alter column customer_id set not null;
    alter table orders drop constraint too;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.drop_after import drop_proof_afterwards
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import blocked_by_work, commands, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint
from probes.sql.tree.tables import AlterTableCommand

_KINDS = (AlterTableType.SET_NOT_NULL, AlterTableType.ADD_CONSTRAINT)


@rule(
    "Proof of NOT NULL dropped in the same command",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:SET_NOT_NULL", "AlterTable:ADD_CONSTRAINT:PRIMARY"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a scan that would not be there without the DROP CONSTRAINT beside it."""
    if not blocked_by_work(step) or not any(True for _ in commands(step, AlterTableType.DROP_CONSTRAINT)):
        return
    alone = [effects for command, effects in commands(step, *_KINDS) if _needs_proof(command)]
    if alone and not any(effects.is_refused or blocked_by_work(step, effects) for effects in alone):
        rewrite = drop_proof_afterwards(step)
        yield from work_flag(
            step, "the proof of NOT NULL is dropped first, so rows are read for nulls", rewrite=rewrite
        )


def _needs_proof(command: AlterTableCommand) -> bool:
    definition = command.definition
    return command.kind is AlterTableType.SET_NOT_NULL or (
        isinstance(definition, Constraint) and definition.kind is ConstraintType.PRIMARY and bool(definition.index_name)
    )
