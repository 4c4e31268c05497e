"""A transaction takes a lock that others wait for, and then goes on working.

What: Rows are changed or read in bulk, an index is built, or a table is written anew, in a transaction that already
blocks a table by an earlier statement. Schema change and backfill in one transaction are the common case.

Why it matters: Locks are kept to the end of the transaction: the moment that an ALTER TABLE needs becomes as long as
everything behind it. Tools that wrap every file in a transaction do this to files that look like a list of harmless
statements.

When it is harmless: The work is on tables that the transaction made, or finds its one row by key; the tables are
small.

What to do: Commit between them: the data change in a file of its own, or the statement that takes the lock last and
alone.

Known limits: Reported once a transaction, where the work begins. How long it takes is not known without sizes. A
condition is taken to find one row if it fixes all columns of a unique index, or, without a database, a column called
id.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe::

    begin;
    alter table orders add column remark text;
    update orders set note = '';
    commit;

Unsafe (in the runner's transaction)::

    alter table orders add column remark text;
    create index on items (note);

Unsafe::

    begin;
    create trigger audited after update on orders for each row execute function audit();
    delete from items where note is null;
    commit;

Safe::

    alter table orders add column remark text;
    update orders set note = '';

Safe::

    begin;
    alter table orders add column remark text;
    update items set note = '' where id = 7;
    commit;

Safe::

    begin;
    alter table orders add column remark text;
    create table extras (id bigint, note text);
    create index on extras (note);
    insert into extras values (1, 'one');
    commit;

Safe::

    begin;
    alter table orders add column remark text;
    rollback;
    update orders set note = '';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._backfill import finds_one_row
from migrations_safety.rules._judging import branch, lock_evidence, names, waiting
from migrations_safety.script_view import Script
from migrations_safety.timeline import Held, Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable

_SHOWN = 10


@script_rule(
    "Works while an earlier statement's lock is held",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("+held",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the first work in each transaction during which earlier locks are held."""
    transactions: dict[int, list[Step]] = {}
    for step in script.all_steps():
        if step.held and _works(step) and not finds_one_row(step) and not _is_validation(step):
            transactions.setdefault(step.statement.transaction.id, []).append(step)
    for steps in transactions.values():
        yield steps[0], _flag(steps)


def _flag(steps: list[Step]) -> Flag:
    first = steps[0]
    earlier = _blocking(first)
    worst = max(earlier, key=lambda held: held.lock.mode.strength)
    lock = worst.lock
    same = [held.lock for held in earlier if held.lock.mode is lock.mode]
    tables = [one for one in same if one.role is not Role.INDEX] or same  # an index waits with its table
    relations = tuple(one.relation for one in tables)
    later = len(steps) - 1
    more = f" and that of {later} later statement{'s' if later > 1 else ''}" if later else ""
    return Flag(
        message=(
            f"{waiting(lock.mode)} of {names(relations)} wait during this work{more}:"
            f" {lock.mode.value} has been held since line {worst.line}{branch(first)}"
        ),
        evidence={**lock_evidence(lock), "lines": tuple(str(step.statement.line) for step in steps[:_SHOWN])},
        blocked=relations,
        works=True,
    )


def _blocking(step: Step) -> list[Held]:
    return [held for held in step.held if held.lock.mode.blocks_writes]


def _works(step: Step) -> bool:
    effects = step.effects
    if effects.is_refused or not _blocking(step):
        return False
    work = (*effects.rewrites, *effects.scans, *effects.index_builds)
    return any(not one.is_empty and step.is_used_by_others(one.relation) for one in work)


def _is_validation(step: Step) -> bool:
    """Whether it validates a constraint of a table that is still locked, which another rule says."""
    tree = step.tree
    if not isinstance(tree, AlterTable):
        return False
    validates = any(one.kind is AlterTableType.VALIDATE_CONSTRAINT for one in tree.commands)
    scanned = {work.relation.qualified_name for work in step.effects.scans}
    return validates and any(held.lock.relation.qualified_name in scanned for held in _blocking(step))
