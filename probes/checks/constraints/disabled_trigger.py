"""Trigger that is switched off.

What: A trigger is disabled, or fires only during replication. The server's own triggers behind a foreign key count too.

Why it matters: ALTER TABLE ... DISABLE TRIGGER ALL is written into load scripts to go faster. If the script dies before
it enables them again, foreign keys are no longer checked at all, although the schema still shows them; orphans gather
until somebody joins. A user's trigger that is off leaves audit trails, totals and search columns behind.

When it is harmless: While a load is running; or on a subscriber, where triggers are meant to fire for the applied
changes only (ENABLE REPLICA).

How to fix it safely: Enable it again. What happened meanwhile is not made good by that: look for orphans with an anti
join over each foreign key (dropping and adding the key again, NOT VALID and then validated, proves that there are
none), and repair what the user's trigger would have written.

How it is decided: pg_trigger.tgenabled is D, or R for the milder form. Internal triggers of one table make one finding
about the table, which is critical; a partition's copy is part of its root's finding unless only the copy is off.

Known limits: session_replication_role = replica in a session or a role's settings has the same effect and leaves no
mark here.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgTrigger
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, ObjectRef, Observed, Severity


@check(
    title="Disabled trigger",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgTrigger)),
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-DISABLE-ENABLE-TRIGGER",),
)
def disabled_trigger(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each table whose foreign keys are off, and each user's trigger that does not fire."""
    off = {row.oid for row in catalog.rows(PgTrigger) if row.enabled == "D"}
    concerned = {row.relation for row in catalog.rows(PgTrigger) if row.enabled in {"D", "R"}}
    for relation in catalog.relations_in_scope if concerned else ():
        if relation.oid not in concerned:
            continue
        table = Relation(catalog, relation)
        triggers = table.triggers
        internal = [row for row in triggers if _is_foreign_keys(row) and row.enabled == "D"]
        if internal:
            yield _foreign_keys_off(table, internal)
        for row in triggers:
            if _is_foreign_keys(row) or row.enabled not in {"D", "R"} or row.parent in off:
                continue
            yield _user_trigger(catalog, table, row)


def _is_foreign_keys(row: PgTrigger) -> bool:
    """Before 15 a partition's copy of a user's trigger is marked internal as well; it has no constraint."""
    return row.is_internal and row.constraint != 0


def _foreign_keys_off(table: Relation, internal: list[PgTrigger]) -> Observed:
    return Observed(
        object=relation_ref(table),
        message=f"foreign keys of {table.qualified_name} are not checked: {len(internal)} of their triggers are off",
        evidence={"disabled_internal_triggers": len(internal)},
        remedy=Fix(
            sql=tuple(f"alter table {table.sql} enable trigger {quoted(row.name)}" for row in internal),
            changes=("pg_trigger",),
            note="It takes a superuser. Rows that came in meanwhile were not checked: look for orphans.",
        ),
        severity=Severity.CRITICAL,
    )


def _user_trigger(catalog: Catalog, table: Relation, row: PgTrigger) -> Observed:
    replica_only = row.enabled == "R"
    copies = [copy for copy in catalog.grouped(PgTrigger, "parent").get(row.oid, ()) if copy.enabled == row.enabled]
    tables = [table, *(found for copy in copies if (found := catalog.relation(copy.relation)))]
    state = "fires only for replicated changes" if replica_only else "is disabled"
    return Observed(
        object=ObjectRef("trigger", row.name, table.schema, table.name),
        message=f"trigger {row.name} of {table.qualified_name} {state}",
        evidence={"enabled": row.enabled, "partitions": len(copies)},
        remedy=Fix(
            sql=tuple(f"alter table {one.sql} enable trigger {quoted(row.name)}" for one in tables),
            changes=("pg_trigger",),
            note="What it would have done meanwhile has to be made good by hand.",
        ),
        severity=Severity.INFO if replica_only else None,
    )
