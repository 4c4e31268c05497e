"""What a migration makes and takes away, told by the catalogs before and after it: how to check it and take it back."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import literal, quoted
from probes.catalog.navigation import ForeignKey, Relation
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgIndex, PgNamespace, PgType

_HOLDING_ROWS = frozenset({"r", "p"})
_DROPPED_BY = {"v": "view", "m": "materialized view", "S": "sequence", "r": "table", "p": "table", "f": "foreign table"}


class Validation(msgspec.Struct, frozen=True):
    """A query and what it has to give."""

    shows: str
    sql: str
    expects: str
    before: bool
    """Whether it is worth running before the migration, too."""


class Back(msgspec.Struct, frozen=True):
    """How to undo a migration."""

    sql: tuple[str, ...]
    lost: tuple[str, ...]
    """What no statement brings back."""


def validations(before: Catalog, after: Catalog) -> tuple[Validation, ...]:
    """Queries that show whether rows keep what is new for them, and whether all of it is there."""
    return (*_broken_rows(before, after), *_not_null(before, after), *_indexes(before, after))


def _broken_rows(before: Catalog, after: Catalog) -> Iterator[Validation]:
    known = {row.oid for row in before.rows(PgConstraint)}
    there = {row.oid for row in before.rows(PgClass)}
    for row in after.rows(PgConstraint):
        if row.oid in known or row.relation not in there:
            continue
        table = after.relation(row.relation)
        if table is None:
            continue
        sql = _violations(after, table, row)
        if sql:
            yield Validation(f"no row of {table.qualified_name} breaks {row.name}", sql, "0", before=True)


def _violations(after: Catalog, table: Relation, row: PgConstraint) -> str | None:
    names = [quoted(name) for name in table.column_names(row.columns)]
    match row.kind:
        case "c":
            text = text_of(row.expression)
            return f"select count(*) from {table.sql} where not ({text})" if text else None
        case "f":
            return _orphans(ForeignKey(after, row), table, names)
        case "p" | "u":
            listed = ", ".join(names)
            return f"select count(*) from (select from {table.sql} group by {listed} having count(*) > 1) as twice"
        case _:
            return None


def _orphans(key: ForeignKey, table: Relation, names: list[str]) -> str | None:
    target = key.referenced
    if target is None:
        return None
    theirs = [quoted(name) for name in target.column_names(key.row.referenced_columns)]
    pairs = " and ".join(f"p.{their} = c.{our}" for our, their in zip(names, theirs, strict=True))
    given = " and ".join(f"c.{name} is not null" for name in names)
    return (
        f"select count(*) from {table.sql} as c where {given} and not exists (select from {target.sql} as p "
        f"where {pairs})"
    )


def _not_null(before: Catalog, after: Catalog) -> Iterator[Validation]:
    old = {(row.relation, row.number): row for row in before.rows(PgAttribute)}
    for row in after.rows(PgAttribute):
        was = old.get((row.relation, row.number))
        table = after.relation(row.relation) if was is not None and row.not_null and not was.not_null else None
        if table is not None:
            sql = f"select count(*) from {table.sql} where {quoted(row.name)} is null"
            yield Validation(f"no row of {table.qualified_name} lacks {row.name}", sql, "0", before=True)


def _indexes(before: Catalog, after: Catalog) -> Iterator[Validation]:
    known = {row.oid for row in before.rows(PgIndex)}
    for row in after.rows(PgIndex):
        table = after.relation(row.relation)
        if row.oid in known or table is None or before.relation(row.relation) is None:
            continue
        schema = after.schema_name(row.namespace)
        name = literal(f"{quoted(schema)}.{quoted(row.name)}")
        sql = f"select indisvalid from pg_index where indexrelid = {name}::regclass"
        yield Validation(f"{row.name} on {table.qualified_name} is complete", sql, "true", before=False)


# ---- the way back


def way_back(before: Catalog, after: Catalog) -> Back:
    """Statements that take away what came and give back what a statement can."""
    lost = (*_lost_relations(before, after), *_lost_columns(before, after))
    return Back((*_drop_made(before, after), *_give_back(before, after)), lost)


def _drop_made(before: Catalog, after: Catalog) -> Iterator[str]:
    old_relations = {row.oid for row in before.rows(PgClass)}
    old_constraints = {row.oid for row in before.rows(PgConstraint)}
    old_indexes = {row.oid for row in before.rows(PgIndex)}
    of_constraints = {row.index for row in after.rows(PgConstraint) if row.index}
    new_columns = _new_columns(before, after)
    on_new = {(row.relation, row.number) for row in new_columns}
    for row in reversed(after.rows(PgConstraint)):
        table = after.relation(row.relation)
        falls = any((row.relation, number) in on_new for number in row.columns)
        if row.oid not in old_constraints and table is not None and row.relation in old_relations and not falls:
            yield f"alter table {table.sql} drop constraint {quoted(row.name)}"
    for index in reversed(after.rows(PgIndex)):
        falls = any((index.relation, number) in on_new for number in index.columns)
        if index.oid in old_indexes or index.relation not in old_relations or index.oid in of_constraints or falls:
            continue
        yield f"drop index concurrently {quoted(after.schema_name(index.namespace))}.{quoted(index.name)}"
    for column in reversed(new_columns):
        table = after.relation(column.relation)
        if table is not None and column.relation in old_relations:
            yield f"alter table {table.sql} drop column {quoted(column.name)}"
    yield from _drop_objects(before, after)


def _new_columns(before: Catalog, after: Catalog) -> list[PgAttribute]:
    old = {(row.relation, row.number) for row in before.rows(PgAttribute)}
    return [row for row in after.rows(PgAttribute) if (row.relation, row.number) not in old]


def _drop_objects(before: Catalog, after: Catalog) -> Iterator[str]:
    """Relations, types and schemas that came, the last first; sequences and types of tables go with them."""
    old = {row.oid for row in before.rows(PgClass)}
    made = [row for row in after.rows(PgClass) if row.oid not in old and not row.is_partition]
    for row in reversed(made):
        if row.kind in _DROPPED_BY and not (row.kind == "S" and any(one.kind in _HOLDING_ROWS for one in made)):
            name = f"{quoted(after.schema_name(row.namespace))}.{quoted(row.name)}"
            yield f"drop {_DROPPED_BY[row.kind]} {name}"
    old_types = {row.oid for row in before.rows(PgType)}
    for kind in reversed(after.rows(PgType)):
        if kind.oid not in old_types and kind.kind in ("e", "d"):
            noun = "domain" if kind.kind == "d" else "type"
            yield f"drop {noun} {quoted(after.schema_name(kind.namespace))}.{quoted(kind.name)}"
    old_schemas = {row.oid for row in before.rows(PgNamespace)}
    for schema in reversed(after.rows(PgNamespace)):
        if schema.oid not in old_schemas:
            yield f"drop schema {quoted(schema.name)}"


def _give_back(before: Catalog, after: Catalog) -> Iterator[str]:
    """NOT NULL and names as they were; constraints that fell are added again without looking at old rows."""
    old = {(row.relation, row.number): row for row in before.rows(PgAttribute)}
    for row in after.rows(PgAttribute):
        was = old.get((row.relation, row.number))
        table = after.relation(row.relation)
        if was is None or table is None:
            continue
        if was.name != row.name:
            yield f"alter table {table.sql} rename column {quoted(row.name)} to {quoted(was.name)}"
        if row.not_null and not was.not_null:
            yield f"alter table {table.sql} alter column {quoted(was.name)} drop not null"
        if was.not_null and not row.not_null:
            yield f"alter table {table.sql} alter column {quoted(was.name)} set not null"


def _lost_relations(before: Catalog, after: Catalog) -> Iterator[str]:
    there = {row.oid for row in after.rows(PgClass)}
    for row in before.rows(PgClass):
        if row.oid not in there and row.kind in _DROPPED_BY:
            what = "with its rows" if row.kind in _HOLDING_ROWS else "from the catalog"
            yield f"{_DROPPED_BY[row.kind]} {before.schema_name(row.namespace)}.{row.name} {what}"


def _lost_columns(before: Catalog, after: Catalog) -> Iterator[str]:
    there = {(row.relation, row.number): row for row in after.rows(PgAttribute)}
    tables = {row.oid for row in after.rows(PgClass)}
    for row in before.rows(PgAttribute):
        now = there.get((row.relation, row.number))
        table = before.relation(row.relation) if row.relation in tables else None
        if table is None:
            continue
        if now is None:
            yield f"the values of {table.qualified_name}.{row.name}"
        elif (now.type, now.typmod) != (row.type, row.typmod):
            yield f"what conversion took from {table.qualified_name}.{row.name}, which was {_type(before, row)},"


def _type(catalog: Catalog, row: PgAttribute) -> str:
    return catalog.type_name(row.type, row.typmod).sql
