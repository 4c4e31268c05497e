"""Published table whose updates and deletes will fail.

What: A table is published with UPDATE or DELETE and has no replica identity: no primary key under the default, or
identity NOTHING, or an index that is gone.

Why it matters: From the moment it is published the publisher itself refuses every UPDATE and DELETE of the table. It
shows only when somebody tries, often weeks after the publication was made.

When it is harmless: Rows are only ever inserted. Then let the publication say so.

How to fix it safely: Add a primary key, or name a unique index on NOT NULL columns as the identity; either is quick to
use. REPLICA IDENTITY FULL works at once, but each change then searches the subscriber's table for the whole row.

How it is decided: Tables named in publications, those of published schemas, and all tables for FOR ALL TABLES; for a
partitioned table its leaves are what is published. A suitable unique index is offered where there is one.

Known limits: Identity FULL on a large table is not reported here.

Sources: https://www.postgresql.org/docs/current/logical-replication-publication.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgInherits, PgPublication
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Published table without a replica identity",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgPublication, PgConstraint, PgIndex, PgAttribute, PgInherits)),
    sources=("https://www.postgresql.org/docs/current/logical-replication-publication.html",),
)
def publication_without_identity(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each published table that cannot be updated."""
    publications = [row for row in catalog.rows(PgPublication) if row.updates or row.deletes]
    for table in catalog.tables if publications else ():
        if table.row.kind != "r" or table.row.persistence != "p" or _has_identity(table):
            continue
        lineage = {table.oid, table.root.oid} | {parent.oid for parent in table.parents}
        names = sorted(
            row.name
            for row in publications
            if row.all_tables or lineage & set(row.relations) or table.row.namespace in row.namespaces
        )
        if names:
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} is published by {', '.join(names)}: UPDATE and DELETE of it fail",
                evidence={"publications": tuple(names), "replica_identity": table.row.replica_identity},
                remedy=_fix(table),
            )


def _has_identity(table: Relation) -> bool:
    match table.row.replica_identity:
        case "f":
            return True
        case "n":
            return False
        case "i":
            return any(index.row.is_replica_identity for index in table.indexes)
        case _:
            return table.primary_key is not None


def _fix(table: Relation) -> Fix:
    required = {column.row.number for column in table.columns if column.row.not_null}
    for index in table.indexes:
        row = index.row
        plain = row.unique and row.valid and row.immediate and row.predicate is None and row.expressions is None
        if plain and set(index.key_columns) <= required:
            return Fix(
                sql=(f"alter table {table.sql} replica identity using index {quoted(index.name)}",),
                changes=("pg_class", "pg_index"),
            )
    return Fix(
        sql=(f"alter table {table.sql} replica identity full",),
        changes=("pg_class",),
        note="A primary key is better: FULL has the subscriber look for the whole row at each change.",
    )
