"""Triggers are switched off for everybody, foreign key checks among them.

What: ALTER TABLE ... DISABLE TRIGGER that the same transaction does not take back. ALL includes the system's own
triggers, which are the foreign keys.

Why it matters: It is not a setting of the session: until the trigger is enabled again nobody's writes are audited,
synchronised or checked, and enabling it checks nothing of what came in meanwhile. A foreign key that says it is valid
may then hold rows that are not.

When it is harmless: DISABLE and ENABLE stand in one transaction: the lock keeps other writers out until it is over.
Then only what the transaction itself writes goes unchecked.

What to do: SET LOCAL session_replication_role = replica, which concerns this session only, or both in one
transaction. Where triggers were off for long, look for orphans and set the keys up anew.

Known limits: Triggers that are disabled on purpose, for good, look the same; DROP TRIGGER says it better.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe::

    alter table orders disable trigger all;

Unsafe::

    alter table orders disable trigger user;
    update orders set note = '' where id = 1;
    alter table orders enable trigger user;

Safe::

    begin;
    alter table orders disable trigger user;
    update orders set note = '' where id = 1;
    alter table orders enable trigger user;
    commit;

Safe::

    create table scratch (id int);
    alter table scratch disable trigger all;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._judging import blocking
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable

_OFF = {
    AlterTableType.DISABLE_TRIG: AlterTableType.ENABLE_TRIG,
    AlterTableType.DISABLE_TRIG_ALL: AlterTableType.ENABLE_TRIG_ALL,
    AlterTableType.DISABLE_TRIG_USER: AlterTableType.ENABLE_TRIG_USER,
}


@script_rule(
    "Triggers disabled for all sessions",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:DISABLE_TRIG", "AlterTable:DISABLE_TRIG_ALL", "AlterTable:DISABLE_TRIG_USER"),
    squawk=("ban-disable-trigger",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag triggers that are still off when the transaction ends."""
    for step in script.all_steps():
        tree = step.tree
        if not isinstance(tree, AlterTable) or step.effects.is_refused:
            continue
        for command in tree.commands:
            on = _OFF.get(command.kind)
            locks = blocking(step)
            if on is None or not locks or _is_taken_back(script, step, on, command.name):
                continue
            everything = command.kind is AlterTableType.DISABLE_TRIG_ALL
            what = "all triggers, foreign keys among them," if everything else "triggers"
            yield (
                step,
                Flag(
                    message=f"{what} of {locks[0].relation.qualified_name} are off for every session from here on",
                    blocked=(locks[0].relation,),
                    severity=Severity.HIGH if everything else None,
                    command=command,
                ),
            )


def _is_taken_back(script: Script, step: Step, on: AlterTableType, name: str | None) -> bool:
    if not step.in_block or not isinstance(step.tree, AlterTable):
        return False
    return any(
        isinstance(other.tree, AlterTable)
        and other.statement.transaction == step.statement.transaction
        and other.tree.relation.parts == step.tree.relation.parts
        and any(one.kind is on and one.name == name for one in other.tree.commands)
        for other in script.later_in_file(step)
    )
