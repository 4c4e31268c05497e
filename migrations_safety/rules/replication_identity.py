"""A published table loses what tells its rows apart.

What: After the script a table that a publication sends has no replica identity: its primary key or identity index was
dropped, or REPLICA IDENTITY NOTHING was set, or a table without a key was added to a publication of updates and
deletes.

Why it matters: UPDATE and DELETE on it fail on the publisher from the commit on: cannot update table because it does
not have a replica identity and publishes updates. That is the application, not the subscriber.

When it is harmless: The publication sends inserts and truncates only, or the table is never updated.

What to do: Build the new unique index first and make it the identity (REPLICA IDENTITY USING INDEX), or set REPLICA
IDENTITY FULL for as long as it takes.

Known limits: Without a catalog only tables and publications that the script makes are known.

Sources: https://www.postgresql.org/docs/current/logical-replication-publication.html
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create table notes (id bigint, body text);
    create publication p for table orders;

Unsafe (with a catalog)::

    alter table orders drop constraint orders_pkey;

Unsafe (with a catalog)::

    alter table orders replica identity nothing;

Unsafe (with a catalog)::

    alter publication p add table notes;

Unsafe (without a catalog)::

    create table lines (id bigint, note text);
    create publication of_lines for table lines;

Safe::

    create table lines (id bigint primary key, note text);
    create publication of_lines for table lines;

Safe (with a catalog)::

    alter table orders replica identity full;
    alter table orders drop constraint orders_pkey;

Safe (with a catalog)::

    alter table orders drop constraint orders_pkey, add primary key (id);

Safe (with a catalog)::

    create publication inserts for table notes with (publish = 'insert');
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef, Role
from migrations_safety.effects.run import Run
from migrations_safety.effects.world import World
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._judging import branch
from migrations_safety.rules._publishing import has_identity, publications_of
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.rows import PgClass
from probes.finding import Severity
from probes.sql.tree.administration import AlterPublication, CreatePublication

_KINDS = frozenset({"r", "p"})
_STATEMENTS = ("AlterTable", "Drop")


@script_rule(
    "Published table without a replica identity",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=(
        "AlterTable:DROP_CONSTRAINT",
        "AlterTable:DROP_COLUMN",
        "AlterTable:REPLICA_IDENTITY",
        "Drop:INDEX",
        "CreatePublication",
        "AlterPublication",
    ),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag tables that are published and lose their identity."""
    run = script.look.run
    before = Run(World(script.look.catalog, script.look.major))
    touched = {ref.oid: step for kind in _STATEMENTS for step in script.steps_of(kind) for ref in _tables(step)}
    for row in run.world.store(PgClass).all():
        is_open = row.kind not in _KINDS or run.is_assumed(row)
        if is_open or has_identity(run, row) or not _is_published(run, row):
            continue
        old = before.world.one(PgClass, row.oid)
        was_well = old is None or has_identity(before, old) or not _is_published(before, old)
        step = touched.get(row.oid) or _publishing(script)
        if was_well and step is not None:
            name = f"{run.world.schema_name(row.namespace)}.{row.name}"
            message = f"{name} is published and has no replica identity afterwards: UPDATE and DELETE on it fail"
            yield step, Flag(message=f"{message}{branch(step)}")


def _is_published(run: Run, row: PgClass) -> bool:
    return row.persistence == "p" and any(one.updates or one.deletes for one in publications_of(run, row))


def _tables(step: Step) -> list[RelationRef]:
    """Tables whose parts a statement changes."""
    if type(step.tree).__name__ not in _STATEMENTS or step.effects.is_refused:
        return []
    return [lock.relation for lock in step.effects.locks if lock.role is Role.TARGET and lock.relation.oid]


def _publishing(script: Script) -> Step | None:
    """The statement that changes a publication."""
    found = (step for step in script.all_steps() if isinstance(step.tree, CreatePublication | AlterPublication))
    return next(found, None)
