"""Rows that exist get the moment of the migration as their value.

What: ADD COLUMN with a default such as now() or current_date on a table that existed before.

Why it matters: The default is worked out once and every existing row shows it from then on: a hundred million orders,
all `created` the night of the deploy. Nothing is rewritten and nothing waits, so that it is noticed late, in reports.

When it is harmless: The column says since when something has been recorded, or the table is empty.

What to do: Add the column without a default, so that old rows stay null and say that nobody knows; set the default
for new rows in a second statement; fill old rows from what is known.

Known limits: What the column is meant to say its name does not prove.

Sources: https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-ADDING-A-COLUMN

Given::

    create table orders (id bigint primary key);

Unsafe::

    alter table orders add column created_at timestamptz not null default now();

Unsafe::

    alter table orders add column day date default current_date;

Safe::

    alter table orders add column created_at timestamptz;
    alter table orders alter column created_at set default now();

Safe::

    create table visits (id bigint primary key, seen_at timestamptz default now());
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.builtin_functions import signatures
from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._subjects import declared, is_used_table
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.expressions.inspection import call_sites
from probes.sql.tree.atoms import Source
from probes.sql.tree.enums import ConstraintType


def _is_of_the_moment(value: Source) -> bool:
    """Whether it is one value for the statement, and another for the next: stable, not volatile."""
    expression = from_source(value)
    if any(isinstance(part, m.SessionValue) for part in m.walk(expression)):
        return True
    kinds = {
        one.volatility for site in call_sites(expression) for one in signatures(site.call.name[-1], len(site.call.args))
    }
    return kinds == {"s"}


@rule(
    "Existing rows stamped with the migration's time",
    area=Area.DATA,
    severity=Severity.LOW,
    triggers=("AlterTable:ADD_COLUMN",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag stable defaults of columns that existing rows get."""
    if step.effects.is_refused or not is_used_table(step):
        return
    for found in declared(step):
        for one in found.constraints:
            if one.kind is ConstraintType.DEFAULT and _is_of_the_moment(one.expression):
                yield Flag(
                    message=f"every row of {found.table.name} gets the {found.column.name} of this migration",
                    location=one.location,
                )
