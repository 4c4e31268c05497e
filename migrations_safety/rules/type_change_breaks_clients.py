"""A column gets a type that clients treat in another way.

What: ALTER COLUMN ... TYPE to a type of another kind, for a column that stood before the script. Longer text, more
precision and text to varchar are not meant. Live queries and functions that name the column are listed.

Why it matters: Drivers choose their own type by the server's: an integer that becomes bigint arrives as a string in
JavaScript, timestamp to timestamptz moves every value by the session's zone, json to jsonb changes order and
duplicates of keys. Prepared statements of open connections fail once with: cached plan must not change result type.

When it is harmless: All clients ask for the column with a cast, or are restarted with the migration.

What to do: A new column of the new type beside the old one, and code that moves over.

Known limits: Without a catalog the old type is known only where an earlier file made the column. The rewrite of the
table that most changes need is judged by another rule.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html
    https://www.postgresql.org/docs/current/datatype.html

Given::

    create table orders (id int primary key, note varchar(20), paid timestamp);

Unsafe (with a catalog)::

    alter table orders alter column id type bigint;

Unsafe (with a catalog)::

    alter table orders alter column paid type timestamptz;

Unsafe (without a catalog)::

    create table lines (id int primary key);
    -- file b.sql
    alter table lines alter column id type bigint;

Safe::

    alter table orders alter column note type text;

Safe (with a catalog)::

    alter table orders alter column paid type timestamp(6);

Safe (without a catalog)::

    alter table orders alter column id type bigint;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef
from migrations_safety.effects.types import TypeUse, base_type, resolve
from migrations_safety.function_uses import function_name, functions_naming
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import is_old_column, target
from migrations_safety.rules._judging import at, branch, commands
from migrations_safety.rules._types import type_words
from migrations_safety.timeline import Step
from migrations_safety.uses import queries_naming, query_evidence
from probes.catalog.rows import PgType
from probes.finding import Evidence, Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable

_TEXT = "S"


@rule(
    "Changes the type that clients see",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
    squawk=("changing-column-type",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag new types of another kind."""
    relation = target(step)
    tree = step.tree
    named = step.look.relation(tree.relation) if isinstance(tree, AlterTable) else None
    if relation is None or named is None or not isinstance(tree, AlterTable):
        return
    run = step.look.run
    for command, _ in commands(step, AlterTableType.ALTER_COLUMN_TYPE):
        column = step.look.column(named, command.name or "")
        definition = command.definition
        if column is None or not isinstance(definition, ColumnDef) or definition.type is None:
            continue
        new = base_type(run, resolve(run, definition.type))
        old = base_type(run, TypeUse(column.type))
        is_old = not step.has_catalog or is_old_column(step, tree.relation, column.name)
        if old.oid and new.oid and is_old and not _look_alike(step, old.oid, new.oid):
            yield from at(command, [_judged(step, relation, column.name, type_words(run, new.oid))])


def _judged(step: Step, relation: RelationRef, column: str, becomes: str) -> Flag:
    catalog = step.look.catalog
    rows = functions_naming(catalog, relation.oid, relation.name, column)
    functions = tuple(function_name(catalog, row) for row in rows) if catalog is not None else ()
    queries = queries_naming(catalog, relation.schema, relation.name, column)
    evidence: Evidence = {**query_evidence(catalog, queries), **({"functions": functions} if functions else {})}
    what = f"{column} of {relation.qualified_name} becomes {becomes}"
    return Flag(
        message=f"{what}: clients get and send another type{branch(step)}",
        evidence=evidence,
        severity=Severity.MEDIUM if queries else None,
    )


def _look_alike(step: Step, old: int, new: int) -> bool:
    """Whether it is the same type, or both are text."""
    world = step.look.run.world
    rows = (world.one(PgType, old), world.one(PgType, new))
    return old == new or all(row is not None and row.category == _TEXT for row in rows)
