"""A new value of an enum is used in the transaction that adds it.

What: ALTER TYPE ... ADD VALUE, and later in the same transaction a statement that writes, compares or defaults to
that value.

Why it matters: The server refuses it with error 55P04, unsafe use of new value: until the transaction commits the
value is not safe to store.

When it is harmless: The type itself was made in the same transaction: then all its values may be used.

What to do: Add the value in a migration of its own, or commit before it is used.

Known limits: The value is looked for as a string constant of its exact spelling in statements on rows, defaults and
constraints; one that reaches the server another way is not seen, and a string of the same spelling that is no value
of the enum is taken for it.

Sources: https://www.postgresql.org/docs/current/sql-altertype.html

Given::

    create type mood as enum ('ok');
    create table people (id bigint primary key, mood mood);

Unsafe::

    begin;
    alter type mood add value 'glad';
    update people set mood = 'glad' where id = 1;
    commit;

Unsafe (in the runner's transaction)::

    alter type mood add value 'glad';
    alter table people alter column mood set default 'glad';

Safe::

    alter type mood add value 'glad';
    update people set mood = 'glad' where id = 1;

Safe::

    begin;
    create type pace as enum ('slow');
    alter type pace add value 'fast';
    create table runs (pace pace default 'fast');
    commit;

Safe::

    begin;
    alter type mood add value 'glad';
    update people set mood = 'ok' where id = 1;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script_view import Script, parsed_whole
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.parse import Parsed
from probes.sql.queries import Tree, load
from probes.sql.tree.objects import AlterEnum, CreateEnum


@script_rule(
    "New enum value used before its transaction commits",
    area=Area.TRANSACTIONS,
    severity=Severity.HIGH,
    triggers=("AlterEnum",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the use of values that are not committed."""
    added: dict[tuple[int, str], int] = {}
    made: set[tuple[int, str]] = set()
    for step in script.all_steps():
        transaction, tree = step.statement.transaction, step.tree
        if not step.in_block or step.effects.is_refused:
            continue
        if isinstance(tree, CreateEnum):
            made.add((transaction.id, tree.name[-1]))
        elif isinstance(tree, AlterEnum):
            if tree.old_value is None and tree.new_value and (transaction.id, tree.name[-1]) not in made:
                added[transaction.id, tree.new_value] = step.statement.line
        elif added and (parsed := parsed_whole(step)) is not None:
            used = _constants(parsed)
            for (number, value), line in added.items():
                if number == transaction.id and value in used:
                    message = f"the enum value added in line {line} cannot be used before its transaction commits"
                    yield step, Flag(message=message, evidence={"sqlstate": "55P04"}, refused=True)
                    break


def _constants(parsed: Parsed) -> set[str]:
    """String constants anywhere in a statement."""
    found: set[str] = set()
    waiting: list[Tree] = [load(parsed.source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            constant = node.get("A_Const")
            if isinstance(constant, dict) and "sval" in constant:
                found.add(constant["sval"].get("sval", ""))
            waiting.extend(node.values())
    return found
