"""A policy is dropped and nothing takes its place in the same transaction.

What: DROP POLICY without a CREATE POLICY on the same table behind it in the transaction.

Why it matters: If it was permissive, its rows vanish from the application's sight, without an error; if it was
restrictive, rows appear that nobody should see. Between two transactions that gap is open to every query.

When it is harmless: Other policies of the table say the same, or the table itself goes.

What to do: ALTER POLICY where the condition or the roles change; else DROP and CREATE in one transaction.

Known limits: What the remaining policies let through is not compared.

Sources: https://www.postgresql.org/docs/current/sql-droppolicy.html
https://www.postgresql.org/docs/current/sql-alterpolicy.html

Given::

    create table orders (id bigint primary key);
    create policy own on orders using (id > 1);

Unsafe::

    drop policy own on orders;

Unsafe::

    drop policy own on orders;
    create policy own on orders using (true);

Safe::

    begin;
    drop policy own on orders;
    create policy own on orders using (id > 0);
    commit;

Safe::

    alter policy own on orders using (id > 0);

Safe::

    begin;
    drop policy own on orders;
    drop table orders;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._subjects import last_name, subject
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts
from probes.sql.tree.routines import CreatePolicy
from probes.sql.tree.tables import Drop


def _replaces(step: Step, table: str) -> bool:
    match step.tree:
        case CreatePolicy() as tree:
            return subject(tree) == table
        case Drop(object_type=ObjectType.TABLE) as tree:
            return any(last_name(one) == table for one in tree.objects)
        case _:
            return False


def _is_one_transaction(one: Step, other: Step) -> bool:
    return one.in_block and one.statement.transaction.id == other.statement.transaction.id


@script_rule(
    "Policy dropped without another",
    area=Area.SECURITY,
    severity=Severity.MEDIUM,
    triggers=("Drop:POLICY",),
    squawk=("ban-drop-policy",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag policies that go before another comes."""
    own = {subject(step.tree) for step in script.steps_of("CreateTable")}
    replacing = [*script.steps_of("CreatePolicy"), *script.steps_of("Drop")]
    for step in script.steps_of("Drop"):
        tree = step.tree
        if not isinstance(tree, Drop) or tree.object_type is not ObjectType.POLICY:
            continue
        for parts in map(name_parts, tree.objects):
            *_, table, policy = ("", *parts)
            later = [other for other in replacing if other.index > step.index and _replaces(other, table)]
            if table not in own and not any(_is_one_transaction(step, other) for other in later):
                yield (
                    step,
                    Flag(message=f"what policy {policy} of {table} let through or kept out, nothing says now"),
                )
