"""A foreign key and the key it refers to have different types.

What: The referencing column is integer and the referenced one bigint, or the like.

Why it matters: The narrower side runs out first: the parent goes on counting and children can no longer refer to it.
Comparisons across types are converted in every join, and some pairs cannot use the index.

When it is harmless: Both sides will stay far below the limit of the narrower one.

What to do: Give the referencing column the type of the referenced one.

Known limits: Without a database only pairs of tables that the script makes are compared. With a database it is
silent: constraints/foreign_key_type_mismatch says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK

Unsafe (without a catalog)::

    create table orders (id bigint primary key);
    create table items (id bigint primary key, order_id int references orders);

Safe (without a catalog)::

    create table orders (id bigint primary key);
    create table items (id bigint primary key, order_id bigint references orders);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.constraints.foreign_key_type_mismatch import foreign_key_type_mismatch
from probes.finding import Severity


@script_rule(
    "Foreign key of another type than its target",
    area=Area.DESIGN,
    severity=Severity.MEDIUM,
    triggers=("CreateTable", "AlterTable:ADD_COLUMN", "AlterTable:ADD_CONSTRAINT:FOREIGN"),
    profile=Profile.STRICT,
    checks=("constraints/foreign_key_type_mismatch",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, foreign_key_type_mismatch)
