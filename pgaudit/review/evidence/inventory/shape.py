"""How much of what there is: relations, keys, constraints, types."""

from __future__ import annotations

from collections import Counter

from pgaudit.review.evidence.inventory.facts import counted, fact, some
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgExtension, PgIndex
from probes.checks._support.ages import age_in_words
from probes.checks._support.columns import CREATED_NAME, MOMENTS, UPDATED_NAME, Types, declared_columns


def own_tables(catalog: Catalog) -> list[Relation]:
    """Tables that are no partitions."""
    return [table for table in catalog.tables if not table.row.is_partition]


def _server(catalog: Catalog) -> Record:
    server = catalog.server
    role = "standby" if server.in_recovery else "primary"
    return fact(
        "inventory/server",
        "Server",
        f"PostgreSQL {server.version} ({role}{f', {server.provider}' if server.provider else ''}); "
        f"usage counters cover {age_in_words(server.counters_age_seconds)}",
        version=server.version,
        provider=server.provider,
        in_recovery=server.in_recovery,
        counters_age_seconds=round(server.counters_age_seconds),
        superuser=server.superuser,
    )


def _relations(catalog: Catalog) -> Record:
    tables = own_tables(catalog)
    partitions = sum(1 for table in catalog.tables if table.row.is_partition)
    block = catalog.server.block_size
    heap = sum(max(0, row.pages) + row.toast_pages for row in catalog.tables_in_scope) * block
    index_rows: list[PgIndex] = list(catalog.indexes_in_scope)
    index_bytes = sum(max(0, row.pages) for row in index_rows) * block
    kinds = Counter(relation.kind.noun for relation in catalog.relations)
    functions = sum(1 for _ in catalog.functions)
    return fact(
        "inventory/relations",
        "What is there",
        f"{counted(len(tables), 'table')} in {counted(len(catalog.schemas_in_scope), 'schema')}, "
        f"{counted(partitions, 'partition')}, {counted(len(index_rows), 'index', 'indexes')}, "
        f"{counted(kinds['view'], 'view')}, {counted(functions, 'function')}",
        tables=len(tables),
        partitions=partitions,
        indexes=len(index_rows),
        views=kinds["view"],
        materialized_views=kinds["materialized view"],
        functions=functions,
        table_bytes=heap,
        index_bytes=index_bytes,
        schemas=some(sorted(catalog.schemas_in_scope.values())),
    )


def _keys(catalog: Catalog) -> Record:
    tables = own_tables(catalog)
    keys = catalog.primary_keys
    with_key = sum(1 for table in tables if table.oid in keys)
    foreign = [key.row for key in catalog.foreign_keys]
    oids = {table.oid for table in tables}
    rows = [row for row in catalog.rows(PgConstraint) if row.relation in oids]
    return fact(
        "inventory/keys",
        "Keys and constraints",
        f"{with_key} of {counted(len(tables), 'table')} have a primary key; {counted(len(foreign), 'foreign key')}, "
        f"{sum(1 for row in rows if row.kind == 'u')} unique and {sum(1 for row in rows if row.kind == 'c')} CHECK "
        "constraints are declared"
        if tables
        else "there is no table, so no key is declared",
        tables=len(tables),
        with_primary_key=with_key,
        foreign_keys=len(foreign),
        foreign_keys_validated_and_enforced=sum(1 for row in foreign if row.validated and row.enforced),
        foreign_keys_of_several_columns=sum(1 for row in foreign if len(row.columns) > 1),
        unique_constraints=sum(1 for row in rows if row.kind == "u"),
        check_constraints=sum(1 for row in rows if row.kind == "c"),
    )


def _extensions(catalog: Catalog) -> Record:
    names = sorted(f"{row.name} {row.version}" for row in catalog.rows(PgExtension))
    return fact(
        "inventory/extensions",
        "Extensions",
        f"installed extensions: {', '.join(names) or 'none'}",
        extensions=some(names),
    )


def _identifiers(catalog: Catalog) -> Record:
    columns = [
        column
        for table in own_tables(catalog)
        for number in (table.primary_key.columns if table.primary_key else ())
        for column in [table.column(number)]
        if column
    ]
    kinds = Counter(column.type.sql for column in columns)
    serial = sorted(f"{column.relation.qualified_name}.{column.name}" for column in columns if _is_serial(column))
    identity = sum(1 for column in columns if column.row.identity)
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(6))
    return fact(
        "inventory/identifiers",
        "Types of key columns",
        f"columns of primary keys by type: {told or 'none'}",
        types=tuple(f"{kind}: {count}" for kind, count in kinds.most_common(6)),
        columns=len(columns),
        filled_by_identity=identity,
        filled_by_serial=len(serial),
        serial_columns=some(serial),
    )


def _is_serial(column: Column) -> bool:
    """Whether the next value of a sequence is its default, as serial makes it."""
    text = text_of(column.default.expression) if column.default else None
    return "nextval(" in (text or "")


_JSONB = 3802


def _documents(catalog: Catalog) -> Record:
    found = list(declared_columns(catalog, frozenset({Types.JSON, _JSONB})))
    names = sorted(f"{column.relation.qualified_name}.{column.name}" for column in found)
    indexed = {(row.relation, number) for row in catalog.indexes_in_scope for number in row.columns}
    with_index = sum(1 for column in found if (column.row.relation, column.row.number) in indexed)
    return fact(
        "inventory/json_columns",
        "JSON columns",
        f"{counted(len(found), 'JSON column')}, {with_index} of them indexed" if found else "no JSON column",
        json_columns=len(found),
        indexed=with_index,
        columns=some(names),
    )


def _times(catalog: Catalog) -> Record:
    columns = [row for row in catalog.rows(PgAttribute) if row.type in MOMENTS]
    tables = {table.oid: table.qualified_name for table in own_tables(catalog)}
    oids = tables.keys()
    plain = [row for row in columns if row.relation in oids and row.type == Types.TIMESTAMP]
    zoned = [row for row in columns if row.relation in oids and row.type == Types.TIMESTAMPTZ]
    created = {row.relation for row in columns if CREATED_NAME.search(row.name)} & oids
    updated = {row.relation for row in columns if UPDATED_NAME.search(row.name)} & oids
    return fact(
        "inventory/timestamps",
        "Timestamps",
        f"{_records(len(created), len(oids))} when a row was made, {len(updated) or 'none'} when it was changed, as "
        f"far as the names of columns tell; {counted(len(zoned), 'timestamp column')} "
        f"{'carries' if len(zoned) == 1 else 'carry'} a time zone, {len(plain) or 'none'} "
        f"{'does' if len(plain) <= 1 else 'do'} not"
        if oids
        else "there is no table, so nothing records when a row was made",
        tables=len(oids),
        with_created=len(created),
        with_updated=len(updated),
        timestamps_with_zone=len(zoned),
        timestamps_without_zone=len(plain),
        without_created=some(sorted(name for oid, name in tables.items() if oid not in created)),
    )


def _records(count: int, tables: int) -> str:
    return f"{count or 'none'} of {counted(tables, 'table')} {'records' if count <= 1 else 'record'}"


FACTS = (_server, _relations, _keys, _extensions, _identifiers, _documents, _times)
"""Each gives one record."""
