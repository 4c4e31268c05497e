"""Tables that logical replication sends to others, and what tells their rows apart there."""

from __future__ import annotations

from migrations_safety.effects.run import Run
from probes.catalog.rows import PgClass, PgPublication


def publications_of(run: Run, relation: PgClass) -> list[PgPublication]:
    """The publications that send changes of the table, by itself or by a partitioned table above it."""
    family = [relation, *(one for one in run.ancestors(relation.oid) if isinstance(one, PgClass))]
    oids = {one.oid for one in family}
    schemas = {one.namespace for one in family}
    return [
        row
        for row in run.world.store(PgPublication).all()
        if row.all_tables or oids & set(row.relations) or schemas & set(row.namespaces)
    ]


def has_identity(run: Run, relation: PgClass) -> bool:
    """Whether UPDATE and DELETE can say which row they mean."""
    match relation.replica_identity:
        case "f":
            return True
        case "n":
            return False
        case "i":
            return any(index.is_replica_identity for index in run.indexes(relation.oid))
        case _:
            return any(row.kind == "p" for row in run.constraints(relation.oid))
