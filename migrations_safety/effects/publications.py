"""CREATE and ALTER PUBLICATION."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.model import Role
from migrations_safety.effects.resolution import has_column
from migrations_safety.effects.run import SUE, Rel, Run
from probes.catalog.rows import PgClass, PgPublication
from probes.sql.queries import reach_in
from probes.sql.tree.administration import AlterPublication, CreatePublication
from probes.sql.tree.atoms import PublicationTable
from probes.sql.tree.enums import PublicationAction, PublicationObjectType


def create_publication(run: Run, statement: CreatePublication) -> None:
    """Work out CREATE PUBLICATION."""
    if run.world.where(PgPublication, "name", statement.name):
        run.refuse("42710", f"publication {statement.name} exists")
    oids = _publication_tables(run, statement)
    published = _published(statement)
    run.world.put(
        PgPublication(
            oid=run.world.fresh_oid(),
            name=statement.name,
            owner=run.world.base.server.role_oid,
            all_tables=statement.for_all_tables,
            inserts="insert" in published,
            updates="update" in published,
            deletes="delete" in published,
            truncates="truncate" in published,
            via_root=_via_root(statement),
            relations=oids,
            filtered_relations=_filtered(run, statement),
            namespaces=_schemas(run, statement),
        )
    )


def alter_publication(run: Run, statement: AlterPublication) -> None:
    """Work out ALTER PUBLICATION."""
    rows = run.world.where(PgPublication, "name", statement.name)
    if not rows and run.world.is_complete:
        run.refuse("42704", f"publication {statement.name} does not exist")
    oids = _publication_tables(run, statement)
    if not rows:
        return
    row = rows[0]
    if not statement.objects:
        _change_options(run, row, statement)
        return
    filtered, schemas = _filtered(run, statement), _schemas(run, statement)
    match statement.action:
        case PublicationAction.ADD_OBJECTS:
            if set(oids) & set(row.relations):
                run.refuse("42710", "a relation is already member of the publication")
            run.change(
                row,
                relations=_with(row.relations, oids),
                filtered_relations=_with(row.filtered_relations, filtered),
                namespaces=_with(row.namespaces, schemas),
            )
        case PublicationAction.DROP_OBJECTS:
            if set(oids) - set(row.relations):
                run.refuse("42704", "a relation is not part of the publication")
            run.change(
                row,
                relations=_without(row.relations, oids),
                filtered_relations=_without(row.filtered_relations, oids),
                namespaces=_without(row.namespaces, schemas),
            )
        case _:
            for oid in row.relations:
                dropped = run.world.relation(oid)
                if dropped is not None and oid not in oids:
                    run.lock(dropped, SUE, Role.TARGET)
            run.change(row, relations=tuple(sorted(oids)), filtered_relations=filtered, namespaces=schemas)


def _with(there: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted({*there, *new}))


def _without(there: tuple[int, ...], gone: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(oid for oid in there if oid not in gone)


def _publication_tables(run: Run, statement: CreatePublication | AlterPublication) -> tuple[int, ...]:
    oids: list[int] = []
    for one in statement.objects:
        relation = run.relation(one.table.relation) if one.table else None
        if relation is None or one.table is None:
            continue
        run.lock(relation, SUE, Role.TARGET)
        _check_table(run, relation, one.table, via_root=_via_root(statement))
        oids.append(relation.oid)
        if one.table.relation.inherits and relation.kind != "p":
            for child in run.descendants(relation.oid):
                run.lock(child, SUE, run.child_role(child))
                oids.append(child.oid)
    return tuple(sorted(oids))


_EVERYTHING = "insert, update, delete, truncate"


def _published(statement: CreatePublication | AlterPublication) -> frozenset[str]:
    given = next((str(one.value) for one in statement.options if one.name == "publish"), _EVERYTHING)
    return frozenset(word.strip() for word in given.split(","))


def _change_options(run: Run, row: PgPublication, statement: AlterPublication) -> None:
    names = {one.name for one in statement.options}
    if "publish" in names:
        done = _published(statement)
        run.world.put(
            msgspec.structs.replace(
                row,
                inserts="insert" in done,
                updates="update" in done,
                deletes="delete" in done,
                truncates="truncate" in done,
            )
        )
    if "publish_via_partition_root" in names:
        run.change(run.world.one(PgPublication, row.oid) or row, via_root=_via_root(statement))


def _filtered(run: Run, statement: CreatePublication | AlterPublication) -> tuple[int, ...]:
    oids: set[int] = set()
    for one in statement.objects:
        if one.table is None or not (one.table.row_filter or one.table.columns):
            continue
        relation = run.relation(one.table.relation)
        if relation is not None:
            oids.add(relation.oid)
            below = one.table.relation.inherits and relation.kind != "p"
            oids.update(child.oid for child in run.descendants(relation.oid) if below)
    return tuple(sorted(oids))


def _schemas(run: Run, statement: CreatePublication | AlterPublication) -> tuple[int, ...]:
    oids: list[int] = []
    for one in statement.objects:
        if one.kind is PublicationObjectType.TABLES_IN_SCHEMA and one.name:
            oids.append(run.schema(one.name))
        elif one.kind is PublicationObjectType.TABLES_IN_CUR_SCHEMA:
            oids.extend([oid for oid in run.search_path() if oid not in run.world.implicit_schemas][:1])
    return tuple(sorted(oids))


def _via_root(statement: CreatePublication | AlterPublication) -> bool:
    return any(one.name == "publish_via_partition_root" and one.is_on for one in statement.options)


def _check_table(run: Run, relation: Rel, table: PublicationTable, *, via_root: bool) -> None:
    if run.is_assumed(relation):
        return
    if relation.kind in {"i", "I", "c"}:
        run.refuse("42809", f"{relation.name} is an index or a type")
    for parts in reach_in(table.row_filter).columns:
        if not has_column(run, relation, parts[-1]):
            run.refuse("42703", f"column {parts[-1]} does not exist")
    if relation.kind not in {"r", "p"} or not isinstance(relation, PgClass) or relation.persistence != "p":
        run.refuse("22023", f"cannot add relation {relation.name} to publication")
    if relation.kind == "p" and not via_root and (table.row_filter or table.columns):
        run.refuse("22023", f"cannot restrict the partitioned table {relation.name} without its root")
    for name in table.columns:
        if run.column(relation.oid, name) is None:
            run.refuse("42703", f"column {name} does not exist")
