"""A SECURITY DEFINER function may be somebody else's.

What: CREATE OR REPLACE of a SECURITY DEFINER function that the script does not make or drop itself.

Why it matters: REPLACE keeps the owner and the grants of a function that is there already. If another role made it
first, it stays the owner: it runs with that role's rights, and that role may exchange the body tomorrow. A new one,
on the other hand, may be executed by everybody until EXECUTE is revoked from PUBLIC.

When it is harmless: Only trusted roles may create in the schema, and the function is known to be ours.

What to do: Behind it, in the same transaction: ALTER FUNCTION ... OWNER TO, REVOKE EXECUTE ... FROM PUBLIC, and the
grants that are meant.

Known limits: With a database it speaks only where such a function exists, and owner and grants are for you to look
at.

Sources: https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY

Given::

    create function pay(bigint) returns void language sql as 'select';

Unsafe::

    create or replace function pay(bigint) returns void language sql security definer as 'select';

Safe::

    create function pay_out(bigint) returns void language sql security definer as 'select';

Safe::

    drop function if exists pay(bigint);
    create or replace function pay(bigint) returns void language sql security definer as 'select';

Safe::

    create or replace function sum_up(bigint) returns void language sql as 'select';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._subjects import last_name
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.rows import PgProc
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.routines import CreateFunction
from probes.sql.tree.tables import Drop


def _names(script: Script) -> frozenset[str] | None:
    """Functions that there were before; None where nobody knows."""
    catalog = script.look.catalog
    return None if catalog is None else frozenset(row.name for row in catalog.rows(PgProc))


def _is_definer(tree: CreateFunction) -> bool:
    return any(one.name == "security" and one.is_on for one in tree.options)


@script_rule(
    "Replaces a SECURITY DEFINER function",
    area=Area.SECURITY,
    severity=Severity.LOW,
    triggers=("CreateFunction",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag replaced functions that run as their owner."""
    known, own = _names(script), set[str]()
    for step in script.all_steps():
        match step.tree:
            case Drop(object_type=ObjectType.FUNCTION) as tree:
                own.update(last_name(one) for one in tree.objects)
            case CreateFunction() as tree if tree.name:
                name = tree.name[-1]
                if tree.replace and _is_definer(tree) and name not in own and (known is None or name in known):
                    yield step, Flag(message=f"{name} keeps the owner and the grants of whoever made it first")
                own.add(name)
            case _:
                pass
