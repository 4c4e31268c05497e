"""Indexes of the catalog that a script drops, and what takes their place."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rules._gone import target
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgClass, PgIndex
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.parts import name_parts, schema_and_name
from probes.sql.tree.tables import AlterTable, AlterTableCommand, Drop


def dropped_indexes(catalog: Catalog, step: Step) -> Iterator[PgIndex]:
    """The indexes that stood before the script and that a statement drops, also by a constraint or column."""
    tree = step.tree
    if step.effects.is_refused:
        return
    if isinstance(tree, Drop) and tree.object_type is ObjectType.INDEX:
        yield from _named(catalog, step, {schema_and_name(name_parts(one))[1] for one in tree.objects})
    elif isinstance(tree, AlterTable) and (relation := target(step)) is not None:
        names = {one.name for one in tree.commands if one.kind is AlterTableType.DROP_CONSTRAINT}
        yield from _named(catalog, step, names)
        yield from _of_columns(catalog, tree, relation.oid)


def _named(catalog: Catalog, step: Step, names: set[str | None]) -> Iterator[PgIndex]:
    """Those that the statement locks under these names: another of the name, in another schema or new, is none."""
    for lock in step.effects.locks if names else ():
        if lock.role is Role.INDEX and lock.relation.name in names:
            row = catalog.find(PgIndex, lock.relation.oid)
            if row is not None:
                yield row


def _of_columns(catalog: Catalog, tree: AlterTable, relation: int) -> Iterator[PgIndex]:
    """Indexes that a dropped column takes along, and that serve other columns too."""
    names = {one.name for one in tree.commands if one.kind is AlterTableType.DROP_COLUMN}
    rows = catalog.grouped(PgAttribute, "relation").get(relation, ())
    numbers = {one.number for one in rows if one.name in names}
    for index in catalog.grouped(PgIndex, "relation").get(relation, ()) if numbers else ():
        if numbers & set(index.columns) and set(index.columns) - numbers:
            yield index


def dropping(catalog: Catalog, step: Step, index: PgIndex) -> AlterTableCommand | None:
    """The subcommand that drops the index: by its constraint, which has its name, or one of its columns."""
    if not isinstance(step.tree, AlterTable):
        return None
    rows = catalog.grouped(PgAttribute, "relation").get(index.relation, ())
    columns = {one.name for one in rows if one.number in index.columns}
    wanted = {AlterTableType.DROP_CONSTRAINT: {index.name}, AlterTableType.DROP_COLUMN: columns}
    return next((one for one in step.tree.commands if one.name in wanted.get(one.kind, set())), None)


def stays_unique(script: Script, old: PgIndex) -> bool:
    """Whether at the end a unique index over the same columns is there, or one of the columns is gone."""
    keys = set(old.columns[: old.key_count])
    return _left(script, old) != old.columns[: old.key_count] or any(
        index.unique and index.predicate is None and set(index.columns[: index.key_count]) == keys
        for index in script.look.run.indexes(old.relation)
    )


def is_served(script: Script, old: PgIndex) -> bool:
    """Whether at the end an index of the same method begins with what is left of its columns."""
    keys = _left(script, old)
    return not keys or any(
        index.method == old.method and index.predicate is None and index.columns[: len(keys)] == keys
        for index in script.look.run.indexes(old.relation)
    )


def _left(script: Script, old: PgIndex) -> tuple[int, ...]:
    """The keys of the index that are columns of its table at the end; none where the table is gone."""
    there = {0, *(one.number for one in script.look.run.columns(old.relation))}
    is_there = script.look.run.world.one(PgClass, old.relation) is not None
    return tuple(number for number in old.columns[: old.key_count] if number in there) if is_there else ()
