"""Column defaults as DDL. Generated columns are made with their tables."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.rows import PgAttrdef, PgClass
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe
from probes.render.tables import KINDS


def defaults(names: Names) -> Iterator[Given]:
    """Every default of a column of a table or view."""
    for row in names.catalog.rows(PgAttrdef):
        column = names.columns.get((row.relation, row.column))
        relation = names.catalog.find(PgClass, row.relation)
        if column is None or relation is None or column.generated or names.is_member("pg_class", row.relation):
            continue
        schema = names.catalog.schema_name(relation.namespace)
        about = ObjectRef("column", column.name, schema, relation.name, (column.name,))
        yield _default(names, row, relation, about)


def _default(names: Names, row: PgAttrdef, relation: PgClass, about: ObjectRef) -> Given:
    def write(scribe: Scribe) -> Piece:
        scribe.need_mentioned("pg_attrdef", row.oid)
        name, column = scribe.relation(row.relation), scribe.column(row.relation, row.column)
        kind = KINDS[relation.kind] if relation.kind in "vf" else "table only"
        sql = f"alter {kind} {name} alter column {column} set default {scribe.text(row.expression)}"
        return scribe.piece(key, Phase.DEFAULT, about, [sql])

    key: Key = ("pg_attrdef", row.oid)
    return written(names, key, about, write)
