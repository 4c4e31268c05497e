"""CREATE INDEX CONCURRENTLY IF NOT EXISTS is content with the invalid index that a failed attempt has left.

What: CREATE INDEX CONCURRENTLY IF NOT EXISTS where an index of that name exists and is invalid; without a database,
wherever the script does not drop the name first.

Why it matters: A concurrent build that fails, by a timeout or a duplicate, leaves an index that no query uses and
every write keeps up to date. On the second run IF NOT EXISTS finds the name taken, says so in a NOTICE, and the
migration is marked as applied.

When it is harmless: There is no index of that name, or a valid one.

What to do: DROP INDEX CONCURRENTLY IF EXISTS before it, or a plain CREATE INDEX CONCURRENTLY that fails where the
name is taken.

Known limits: Without a database only the script is known, and the finding says what may be.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create table items (id bigint primary key, note text);

Unsafe (without a catalog)::

    create index concurrently if not exists orders_note on orders (note);

Safe::

    drop index concurrently if exists orders_note;
    create index concurrently if not exists orders_note on orders (note);

Safe::

    create index concurrently orders_note on orders (note);

Safe (with a catalog)::

    create index concurrently if not exists orders_note on orders (note);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.model import Rewrite, alone
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgIndex
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.parts import name_parts
from probes.sql.tree.tables import CreateIndex, Drop


@script_rule(
    "Invalid index taken for a finished one",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("CreateIndex&+lock",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag builds that may not happen."""
    dropped: set[str] = set()
    catalog = script.look.catalog
    for step in script.steps:
        tree = step.tree
        if isinstance(tree, Drop) and tree.object_type is ObjectType.INDEX:
            dropped |= {name_parts(one)[-1] for one in tree.objects}
        elif (
            isinstance(tree, CreateIndex)
            and tree.concurrent
            and tree.if_not_exists
            and tree.name not in {None, *dropped}
            and (catalog is None or _is_invalid(catalog, tree))
        ):
            yield step, _flag(step, tree, is_certain=catalog is not None)


def _is_invalid(catalog: Catalog, tree: CreateIndex) -> bool:
    return any(
        row.name == tree.name and not row.valid and tree.relation.schema in {None, catalog.schema_name(row.namespace)}
        for row in catalog.rows(PgIndex)
    )


def _flag(step: Step, tree: CreateIndex, *, is_certain: bool) -> Flag:
    schema = f"{quoted(tree.relation.schema)}." if tree.relation.schema else ""
    name = f"{schema}{quoted(tree.name or '')}"
    return Flag(
        message=(
            f"an invalid index {tree.name} is there, and this statement leaves it as it is"
            if is_certain
            else f"where a failed attempt has left an invalid index {tree.name}, this statement leaves it as it is"
        ),
        severity=Severity.HIGH if is_certain else None,
        rewrite=Rewrite((alone(f"drop index concurrently if exists {name}"), alone(step.statement.sql.strip()))),
    )
