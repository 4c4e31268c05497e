"""CREATE and ALTER PUBLICATION."""

from __future__ import annotations

from migrations_safety.effects.model import Role
from migrations_safety.effects.run import SUE, Run
from probes.catalog.rows import PgClass, PgPublication
from probes.sql.tree.administration import AlterPublication, CreatePublication
from probes.sql.tree.enums import PublicationAction


def create_publication(run: Run, statement: CreatePublication) -> None:
    """Work out CREATE PUBLICATION."""
    if run.world.where(PgPublication, "name", statement.name):
        run.refuse("42710", f"publication {statement.name} exists")
    oids = _publication_tables(run, statement)
    run.world.put(
        PgPublication(
            oid=run.world.fresh_oid(),
            name=statement.name,
            owner=run.world.base.server.role_oid,
            all_tables=statement.for_all_tables,
            inserts=True,
            updates=True,
            deletes=True,
            truncates=True,
            via_root=False,
            relations=oids,
            filtered_relations=(),
            namespaces=(),
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
        return
    match statement.action:
        case PublicationAction.ADD_OBJECTS:
            if set(oids) & set(row.relations):
                run.refuse("42710", "a relation is already member of the publication")
            run.change(row, relations=tuple(sorted({*row.relations, *oids})))
        case PublicationAction.DROP_OBJECTS:
            if set(oids) - set(row.relations):
                run.refuse("42704", "a relation is not part of the publication")
            run.change(row, relations=tuple(oid for oid in row.relations if oid not in oids))
        case _:
            run.change(row, relations=tuple(sorted(oids)))


def _publication_tables(run: Run, statement: CreatePublication | AlterPublication) -> tuple[int, ...]:
    oids: list[int] = []
    for one in statement.objects:
        relation = run.relation(one.table.relation) if one.table else None
        if relation is None or one.table is None:
            continue
        run.lock(relation, SUE, Role.TARGET)
        if relation.kind not in {"r", "p"} and not run.is_assumed(relation):
            run.refuse("22023", f"cannot add relation {relation.name} to publication")
        if isinstance(relation, PgClass) and relation.persistence != "p":
            run.refuse("22023", f"cannot add relation {relation.name} to publication")
        oids.append(relation.oid)
        if one.table.relation.inherits and relation.kind != "p":
            for child in run.descendants(relation.oid):
                run.lock(child, SUE, run.child_role(child))
                oids.append(child.oid)
    return tuple(sorted(oids))
