"""What kept rows unique goes, and nothing takes its place.

What: DROP CONSTRAINT of a primary key or unique constraint, or DROP INDEX of a unique index, that stood before the
script, where afterwards no unique index over the same columns is left.

Why it matters: Duplicates come in quietly and are hard to get rid of. INSERT ... ON CONFLICT (columns) of running
code fails at once with 42P10, because it names exactly that index. Foreign keys and logical replication may need it
too.

When it is harmless: No code relies on the columns being unique.

What to do: Build the new unique index concurrently first, then drop the old one. Remove ON CONFLICT from the code a
release before.

Known limits: Nothing is said without a catalog, where the kind of a constraint is not known. ON CONFLICT in the
application is seen only in pg_stat_statements.

Sources: https://www.postgresql.org/docs/current/sql-insert.html#SQL-ON-CONFLICT
    https://www.postgresql.org/docs/current/indexes-unique.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    alter table orders add constraint orders_note_key unique (note);
    create unique index orders_total on orders (total);

Unsafe (with a catalog)::

    alter table orders drop constraint orders_note_key;

Unsafe (with a catalog)::

    drop index concurrently orders_total;

Safe::

    create unique index concurrently orders_note_2 on orders (note);
    alter table orders drop constraint orders_note_key;

Safe::

    drop table orders;

Safe (without a catalog)::

    drop index concurrently orders_total;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import target
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from migrations_safety.uses import live_queries, query_evidence
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgConstraint, PgIndex
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import AlterTable, Drop


@script_rule(
    "Gives up that rows are unique",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:DROP_CONSTRAINT", "Drop:INDEX"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag unique indexes that go without a successor."""
    catalog = script.look.catalog
    if catalog is None:
        return
    for step in script.all_steps():
        for index in _dropped(catalog, step):
            if index.unique and index.predicate is None and not _is_kept(script, index):
                yield step, _judged(catalog, step, index)


def _dropped(catalog: Catalog, step: Step) -> Iterator[PgIndex]:
    """The indexes of the catalog that a statement drops by name, or by the name of their constraint."""
    tree = step.tree
    if step.effects.is_refused:
        return
    if isinstance(tree, Drop) and tree.object_type is ObjectType.INDEX:
        for one in tree.objects:
            schema, name = schema_and_name(name_parts(one))
            for row in catalog.grouped(PgIndex, "name").get(name, ()):
                if schema in (None, catalog.schema_name(row.namespace)):
                    yield row
    elif isinstance(tree, AlterTable) and (relation := target(step)) is not None:
        names = {one.name for one in tree.commands if one.kind is AlterTableType.DROP_CONSTRAINT}
        for constraint in catalog.grouped(PgConstraint, "relation").get(relation.oid, ()):
            index = catalog.find(PgIndex, constraint.index) if constraint.kind in {"p", "u"} else None
            if constraint.name in names and index is not None:
                yield index


def _is_kept(script: Script, old: PgIndex) -> bool:
    """Whether at the end a unique index over the same columns is there, or the table itself is gone."""
    run = script.look.run
    keys = set(old.columns[: old.key_count])
    return run.world.one(PgClass, old.relation) is None or any(
        index.unique and index.predicate is None and set(index.columns[: index.key_count]) == keys
        for index in run.indexes(old.relation)
    )


def _judged(catalog: Catalog, step: Step, index: PgIndex) -> Flag:
    table = catalog.relation(index.relation)
    columns = table.column_names(index.columns[: index.key_count]) if table is not None else ()
    name = table.row.name if table is not None else ""
    wanted = (frozenset(columns), frozenset({index.name}))
    queries = [one for one in live_queries(catalog) if one.names(None, name) and one.arbiters & set(wanted)]
    hurt = ", and ON CONFLICT of live queries needs it" if queries else ""
    return Flag(
        message=f"nothing keeps {', '.join(columns)} of {name} unique without {index.name}{hurt}{branch(step)}",
        evidence={"columns": columns, **query_evidence(queries)},
        severity=Severity.HIGH if queries else None,
    )
