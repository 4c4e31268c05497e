"""A CHECK stands in for NOT NULL although the server can add NOT NULL without a scan.

What: ADD CONSTRAINT ... CHECK (a IS NOT NULL) NOT VALID on PostgreSQL 18 or later.

Why it matters: The detour over a CHECK takes four statements with four strong locks, and when the last one is
forgotten the column has no NOT NULL that drivers, planners and people can see.

When it is harmless: The same script must also run on servers before 18.

What to do: ADD CONSTRAINT ... NOT NULL a NOT VALID, and VALIDATE CONSTRAINT in a transaction of its own.

Known limits: Only a CHECK that says nothing else is meant.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT
    https://www.postgresql.org/docs/18/release-18.html

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);

Unsafe (18+)::

    alter table orders add constraint there check (customer_id is not null) not valid;

Safe (18+)::

    alter table orders add constraint there not null customer_id not valid;

Safe::

    alter table orders add constraint sane check (total > 0) not valid;

Safe (to 17)::

    alter table orders add constraint there check (customer_id is not null) not valid;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.clauses import name_of
from migrations_safety.rewrites.constraints import not_null_steps
from migrations_safety.rewrites.model import Rewrite
from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.parts import Constraint
from probes.sql.tree.tables import AlterTable

_SINCE = 18
_DIFFERS = "the column itself is NOT NULL, instead of a check that says so"


def _column(definition: Constraint) -> str | None:
    match from_source(definition.expression):
        case m.NullTest(arg=m.Column(parts=(name,)), is_null=False):
            return name
        case _:
            return None


@rule(
    "CHECK in place of NOT NULL",
    area=Area.LOCKS,
    severity=Severity.INFO,
    triggers=("AlterTable:ADD_CONSTRAINT:CHECK",),
    profile=Profile.PEDANTIC,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag unvalidated CHECKs that say no more than NOT NULL."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or step.look.major < _SINCE or step.effects.is_refused:
        return
    for command in tree.commands:
        definition = command.definition
        column = _column(definition) if isinstance(definition, Constraint) and definition.skip_validation else None
        if column is not None:
            head = f"alter table {name_of(tree.relation)}"
            steps, undo = not_null_steps(head, tree.relation.name, column, step.look.major)
            yield Flag(
                message=f"NOT NULL on {column} can be added NOT VALID itself",
                rewrite=Rewrite(steps, rollback=undo, differs=_DIFFERS) if len(tree.commands) == 1 else None,
                command=command,
            )
