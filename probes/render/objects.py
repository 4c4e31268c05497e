"""Statistics objects, publications and foreign servers as DDL."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import ForeignServer, PgClass, PgPublication, PgStatisticExt
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe

_STATISTICS = {"d": "ndistinct", "f": "dependencies", "m": "mcv"}


def statistics(names: Names) -> Iterator[Given]:
    """Every extended statistics object."""
    for row in names.catalog.rows(PgStatisticExt):
        if not names.is_member("pg_class", row.relation):
            yield _statistics(names, row)


def _statistics(names: Names, row: PgStatisticExt) -> Given:
    key: Key = ("3381", row.oid)
    table = names.catalog.find(PgClass, row.relation)
    schema = names.catalog.schema_name(row.namespace)
    about = ObjectRef("statistics object", row.name, schema, table.name if table else None)

    def write(scribe: Scribe) -> Piece:
        items = [scribe.column(row.relation, number) for number in row.columns]
        if row.has_expressions:
            scribe.lack("the catalog does not hold the expressions of a statistics object")
            first = next(iter(_columns(scribe, row.relation)))
            items.append(f"({first} is null)")
        kinds = [_STATISTICS[kind] for kind in row.kinds if kind in _STATISTICS]
        listed = f" ({', '.join(kinds)})" if kinds and len(items) > 1 else ""
        name = scribe.in_schema(row.namespace, row.name)
        sql = f"create statistics {name}{listed} on {', '.join(items)} from {scribe.relation(row.relation)}"
        return scribe.piece(key, Phase.GUARD, about, [sql])

    return written(names, key, about, write)


def _columns(scribe: Scribe, relation: int) -> Iterator[str]:
    for owner, number in scribe.names.columns:
        if owner == relation:
            yield scribe.column(relation, number)


def publications(names: Names) -> Iterator[Given]:
    """Every publication."""
    for row in names.catalog.rows(PgPublication):
        yield _publication(names, row)


def _publication(names: Names, row: PgPublication) -> Given:
    key: Key = ("6104", row.oid)
    about = ObjectRef("publication", row.name)

    def write(scribe: Scribe) -> Piece:
        actions = {
            "insert": row.inserts, "update": row.updates, "delete": row.deletes, "truncate": row.truncates
        }  # fmt: skip
        published = ", ".join(word for word, wanted in actions.items() if wanted)
        root = ", publish_via_partition_root = true" if row.via_root else ""
        sql = f"create publication {quoted(row.name)}{_members(scribe, row)} with (publish = '{published}'{root})"
        return scribe.piece(key, Phase.GUARD, about, [sql])

    return written(names, key, about, write)


def _members(scribe: Scribe, row: PgPublication) -> str:
    if row.all_tables:
        return " for all tables"
    tables = [_table(scribe, row, oid) for oid in row.relations]
    schemas = [scribe.schema(oid) for oid in row.namespaces]
    parts = [f"table {', '.join(tables)}"] if tables else []
    parts += [f"tables in schema {', '.join(schemas)}"] if schemas else []
    return f" for {', '.join(parts)}" if parts else ""


def _table(scribe: Scribe, row: PgPublication, oid: int) -> str:
    name = f"only {scribe.relation(oid)}"
    if oid not in row.filtered_relations:
        return name
    scribe.lack("the catalog does not hold the row filters and column lists of a publication")
    return f"{name} where (true)"


def foreign_servers(names: Names) -> Iterator[Given]:
    """Foreign servers without their options, and wrappers that no extension brings."""
    if names.catalog.absent(ForeignServer) is not None:
        return
    brought = {row.name for row in names.extensions.values()}
    made: set[str] = set()
    for row in names.catalog.rows(ForeignServer):
        if names.is_member("1417", row.oid):
            continue
        about = ObjectRef("foreign server", row.name)
        key: Key = ("1417", row.oid)
        scribe = Scribe(names)
        scribe.lack("option values of a foreign server are never read")
        sql = [f"create server {quoted(row.name)} foreign data wrapper {quoted(row.wrapper)}"]
        if row.wrapper not in brought | made:
            sql.insert(0, f"create foreign data wrapper {quoted(row.wrapper)}")
            made.add(row.wrapper)
        yield scribe.piece(key, Phase.COLLATION, about, sql)
