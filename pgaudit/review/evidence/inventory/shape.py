"""How much of what there is: relations, keys, constraints, types."""

from __future__ import annotations

from collections import Counter

from pgaudit.review.evidence.inventory.facts import counted, fact, some
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgConstraint, PgExtension, PgIndex
from probes.checks._support.ages import age_in_words
from probes.checks._support.columns import Types, declared_columns


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
    heap = sum(row.pages + row.toast_pages for row in catalog.tables_in_scope) * block
    index_rows: list[PgIndex] = list(catalog.indexes_in_scope)
    index_bytes = sum(row.pages for row in index_rows) * block
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
    kinds: Counter[str] = Counter()
    for table in own_tables(catalog):
        key = table.primary_key
        for number in key.columns if key else ():
            column = table.column(number)
            kinds[column.type.sql if column else "?"] += 1
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(6))
    return fact(
        "inventory/identifiers",
        "Types of key columns",
        f"columns of primary keys by type: {told or 'none'}",
        types=tuple(f"{kind}: {count}" for kind, count in kinds.most_common(6)),
    )


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
    columns = [row for row in catalog.rows(PgAttribute) if row.type in {Types.TIMESTAMP, Types.TIMESTAMPTZ}]
    oids = {table.oid for table in own_tables(catalog)}
    plain = [row for row in columns if row.relation in oids and row.type == Types.TIMESTAMP]
    zoned = [row for row in columns if row.relation in oids and row.type == Types.TIMESTAMPTZ]
    created = {row.relation for row in columns if row.name.lower().startswith(("created", "inserted"))} & oids
    updated = {row.relation for row in columns if row.name.lower().startswith(("updated", "modified"))} & oids
    return fact(
        "inventory/timestamps",
        "Timestamps",
        f"{len(created)} of {counted(len(oids), 'table')} record when a row was made, {len(updated)} when it was "
        f"changed; {len(zoned)} timestamp columns carry a time zone, {len(plain) or 'none'} "
        f"{'does' if len(plain) <= 1 else 'do'} not"
        if oids
        else "there is no table, so nothing records when a row was made",
        tables=len(oids),
        with_created=len(created),
        with_updated=len(updated),
        timestamps_with_zone=len(zoned),
        timestamps_without_zone=len(plain),
    )


FACTS = (_server, _relations, _keys, _extensions, _identifiers, _documents, _times)
"""Each gives one record."""
