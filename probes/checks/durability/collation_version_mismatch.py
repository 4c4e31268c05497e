"""Collation whose sort order may have changed under the indexes.

What: The operating system or ICU now provides another version of a collation than the one its indexes were built with.

Why it matters: Text may sort differently now, while the entries of an index still stand in the old order. Lookups then
miss rows that exist, unique indexes admit duplicates, and rows go to the wrong partition. Nothing reports an error.

When it is harmless: The version changed without a change of order for the characters that occur. Only a rebuild, or a
check of the indexes with amcheck, tells.

How to fix it safely: Rebuild the indexes on such columns concurrently, look into range partitions and check
constraints that compare text, and only then refresh the recorded version: the warning is all that reminds you.

How it is decided: The recorded version of a collation, and from 15 on of the database's default, is compared with what
its provider says today. Indexes with that collation on a key are named. A collation of the system that nothing uses is
left out; one of yours is reported mildly even so.

Known limits: Up to version 14 the default collation has no recorded version. Collations C and POSIX never change and
have none either. Expressions inside check constraints and functions are not looked at.

Sources: https://www.postgresql.org/docs/current/sql-altercollation.html
https://wiki.postgresql.org/wiki/Locale_data_changes
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import qualified, quoted
from probes.catalog.navigation import Index
from probes.catalog.rows import PgAttribute, PgCollation, PgDatabase, PgIndex, PgPartitionedTable
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE
from probes.checks._support.server_refs import database_ref
from probes.finding import Fix, ObjectRef, Observed, Severity

_DEFAULT = 100
_FIRST_USER_OID = 16384


@check(
    title="Collation version changed under its indexes",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgIndex, PgCollation, PgDatabase, PgPartitionedTable)),
    sources=(
        "https://www.postgresql.org/docs/current/sql-altercollation.html",
        "https://wiki.postgresql.org/wiki/Locale_data_changes",
    ),
)
def collation_version_mismatch(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield the database's default collation and each other one whose version moved."""
    database = catalog.find(PgDatabase, catalog.server.database_oid)
    default_moved = database is not None and _moved(database.collation_version, database.actual_collation_version)
    moved = [one for one in catalog.rows(PgCollation) if _moved(one.version, one.actual_version)]
    users = _indexes_by_collation(catalog) if moved or default_moved else {}
    if database and default_moved:
        name = quoted(database.name)
        yield _observed(
            catalog,
            database_ref(catalog),
            f"the default collation of database {database.name}",
            (database.collation_version, database.actual_collation_version),
            (users.get(_DEFAULT, []), _partitioned_by(catalog, _DEFAULT)),
            f"alter database {name} refresh collation version",
        )
    for collation in moved:
        used = (users.get(collation.oid, []), _partitioned_by(catalog, collation.oid))
        if collation.oid >= _FIRST_USER_OID or any(used):
            schema = catalog.schema_name(collation.namespace)
            yield _observed(
                catalog,
                ObjectRef("collation", collation.name, schema),
                f"collation {schema}.{collation.name}",
                (collation.version, collation.actual_version),
                used,
                f"alter collation {qualified(schema, collation.name)} refresh version",
            )


def _moved(recorded: str | None, actual: str | None) -> bool:
    return recorded is not None and actual is not None and recorded != actual


def _indexes_by_collation(catalog: Catalog) -> dict[int, list[Index]]:
    """Indexes that hold entries, by the collations of their keys."""
    found: dict[int, list[Index]] = {}
    for index in catalog.indexes:
        if index.row.kind == "i":
            for collation in set(index.row.collations) - {0}:
                found.setdefault(collation, []).append(index)
    return found


def _partitioned_by(catalog: Catalog, collation: int) -> list[str]:
    rows = (row for row in catalog.rows(PgPartitionedTable) if collation in row.collations)
    return sorted(found.qualified_name for row in rows if (found := catalog.relation(row.relation)))


def _observed(
    catalog: Catalog,
    subject: ObjectRef,
    name: str,
    versions: tuple[str | None, str | None],
    users: tuple[list[Index], list[str]],
    refresh: str,
) -> Observed:
    indexes, partitioned = users
    return Observed(
        object=subject,
        message=(
            f"{name} was recorded as version {versions[0]} and is {versions[1]} now: "
            f"{len(indexes)} {'index' if len(indexes) == 1 else 'indexes'} may be out of order"
        ),
        evidence={
            "recorded_version": versions[0],
            "actual_version": versions[1],
            "indexes": len(indexes),
            "index_bytes": sum(index.row.pages for index in indexes) * catalog.server.block_size,
            "partitioned_tables": tuple(partitioned),
        },
        remedy=Fix(
            sql=(*(_reindex(index) for index in indexes), refresh),
            changes=("pg_collation", "pg_database", "pg_index", "pg_constraint", "pg_inherits"),
            transactional=False,
            note="Rebuild first, refresh last. Duplicates that a unique index let in stop its rebuild: mend the rows."
            + (" Rows of the partitioned tables may belong elsewhere now." if partitioned else ""),
        ),
        severity=None if indexes or partitioned else Severity.LOW,
    )


def _reindex(index: Index) -> str:
    """Of an index of an exclusion constraint the server cannot build a twin."""
    mode = "" if index.row.exclusion else "concurrently "
    return f"reindex index {mode}{qualified(index.relation.schema, index.name)}"
