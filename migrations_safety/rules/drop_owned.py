"""Everything that a role owns is dropped.

What: DROP OWNED BY.

Why it matters: It drops every table, view and function of the role in this database, revokes what was granted to it,
and names none of them: what goes depends on who owned what on that server.

When it is harmless: REASSIGN OWNED went before it in the same transaction: then only privileges go.

What to do: REASSIGN OWNED BY old TO new first, then DROP OWNED BY old for the privileges, then DROP ROLE.

Known limits: What the role owns is not listed.

Sources: https://www.postgresql.org/docs/current/sql-drop-owned.html
    https://www.postgresql.org/docs/current/role-removal.html

Given::

    create role old;
    create table orders (id bigint primary key, note text, total numeric);
    alter table orders owner to old;

Unsafe::

    drop owned by old;

Safe::

    reassign owned by old to current_user;
    drop owned by old;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._judging import branch, names
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import DropOwned, ReassignOwned


@script_rule(
    "Drops all that a role owns",
    area=Area.DATA,
    severity=Severity.HIGH,
    triggers=("DropOwned",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag DROP OWNED that REASSIGN OWNED did not precede."""
    reassigned = False
    for step in script.all_steps():
        if isinstance(step.tree, ReassignOwned):
            reassigned = True
        elif isinstance(step.tree, DropOwned) and not reassigned and not step.effects.is_refused:
            locked = [
                lock for lock in step.effects.locks if lock.role is not Role.INDEX and not lock.relation.is_described
            ]
            if locked or script.look.catalog is None:
                what = f"locking {names(lock.relation for lock in locked)}" if locked else "whatever that is"
                yield step, Flag(message=f"all that the role owns is dropped, {what}{branch(step)}")
