"""Sequences as DDL: options, ownership, identity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probes.catalog.rows import PgClass, PgDepend, PgSequence
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe


def owned(names: Names) -> Mapping[int, PgDepend]:
    """The column that owns each sequence; deptype `i` says that it is an identity column."""
    rows = (row for row in names.catalog.rows(PgDepend) if row.kind in "ai" and row.catalog == "pg_class")
    return {row.object: row for row in rows if row.referenced_catalog == "pg_class" and row.referenced_column}


def identities(names: Names) -> Mapping[tuple[int, int], int]:
    """The sequence of each identity column."""
    return {(row.referenced, row.referenced_column): row.object for row in owned(names).values() if row.kind == "i"}


def sequences(names: Names) -> Iterator[Given]:
    """Every sequence that is not of an identity column, and who owns it."""
    owners = owned(names)
    for row in names.catalog.rows(PgSequence):
        relation = names.catalog.find(PgClass, row.relation)
        owner = owners.get(row.relation)
        if relation is None or names.is_member("pg_class", row.relation) or (owner and owner.kind == "i"):
            continue
        about = ObjectRef("sequence", relation.name, names.catalog.schema_name(relation.namespace))
        yield _sequence(names, row, relation, about)
        if owner is not None:
            yield _ownership(names, relation, owner, about)


def _sequence(names: Names, row: PgSequence, relation: PgClass, about: ObjectRef) -> Given:
    def write(scribe: Scribe) -> Piece:
        name = scribe.in_schema(relation.namespace, relation.name)
        unlogged = "unlogged " if relation.persistence == "u" else ""
        sql = f"create {unlogged}sequence {name} as {scribe.type(row.type)} {limits(row)}"
        return scribe.piece(key, Phase.DEFINITION, about, [sql])

    key: Key = ("pg_class", row.relation)
    return written(names, key, about, write)


def _ownership(names: Names, relation: PgClass, owner: PgDepend, about: ObjectRef) -> Given:
    def write(scribe: Scribe) -> Piece:
        table = scribe.relation(owner.referenced)
        column = scribe.column(owner.referenced, owner.referenced_column)
        sql = f"alter sequence {scribe.relation(relation.oid)} owned by {table}.{column}"
        return scribe.piece(key, Phase.FLAG, about, [sql])

    key: Key = ("owned", relation.oid)
    return written(names, key, about, write)


def limits(row: PgSequence) -> str:
    """The options of a sequence."""
    cycle = "cycle" if row.cycle else "no cycle"
    return (
        f"increment by {row.increment} minvalue {row.minimum} maxvalue {row.maximum} "
        f"start with {row.start} cache {row.cache} {cycle}"
    )
