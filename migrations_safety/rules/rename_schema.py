"""A schema gets another name while code in use says the old one.

What: ALTER SCHEMA ... RENAME TO of a schema that stood before the script.

Why it matters: Everything in it changes its name at once: qualified names fail, and a search_path that lists the old
name silently looks elsewhere, perhaps into a schema with tables of the same names.

When it is harmless: Nothing in the schema is in use.

What to do: Create the new schema, move or mirror what is needed with views, change search_path of the roles, and drop
the old schema when nothing names it.

Known limits: Where search_path is set (role, database, connection string, pooler) is not looked up.

Sources: https://www.postgresql.org/docs/current/sql-alterschema.html

Given::

    create schema sales;
    create table sales.orders (id bigint primary key);

Unsafe::

    alter schema sales rename to shop;

Safe::

    create schema draft;
    alter schema draft rename to final;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import Rename


@rule(
    "Renames a schema in use",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("Rename:SCHEMA",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag schemas that stood before and lose their name."""
    tree = step.tree
    if not isinstance(tree, Rename) or step.effects.is_refused or not tree.old_name:
        return
    world = step.look.run.world
    oid = world.schema_oid(tree.old_name)
    if oid is None or oid > 0 or world.is_assumed(oid):
        message = (
            f"schema {tree.old_name} renamed to {tree.new_name}: whatever names it, or finds it by search_path, fails"
        )
        yield Flag(message=f"{message}{branch(step)}")
