"""Tables of a schema that belong to different roles: two rules which differ only in what they compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgDatabase, PgInherits, PgNamespace, PgRole
from probes.check import Check, Needs, Thresholds
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks.schema import _ownership_pages as pages
from probes.finding import Confidence, Fix, ObjectRef, Observed, Severity

_DATABASE_OWNER = "pg_database_owner"
_KINDS = {"r": "table", "p": "table", "v": "view", "m": "materialized view", "f": "foreign table"}
_SOURCE = "https://www.postgresql.org/docs/current/ddl-priv.html"
_CHANGES = ("pg_class", "pg_type", "pg_default_acl", "pg_depend")


def _owned(catalog: Catalog) -> Iterator[Relation]:
    return catalog.relations_of("pr")


def _role_name(catalog: Catalog, oid: int) -> str:
    role = catalog.role(oid)
    return role.name if role else str(oid)


def mixed_owners_in_schema(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each schema whose tables have more than one owner."""
    by_schema: dict[int, list[Relation]] = {}
    for table in _owned(catalog):
        by_schema.setdefault(table.row.namespace, []).append(table)
    for namespace, tables in by_schema.items():
        owners = Counter(table.row.owner for table in tables)
        if len(owners) < 2:
            continue
        (main, count), *_ = sorted(owners.items(), key=lambda pair: (-pair[1], pair[0]))
        others = [table for table in tables if table.row.owner != main]
        name = catalog.schema_name(namespace)
        yield Observed(
            object=ObjectRef("schema", name),
            message=(
                f"tables of schema {name} belong to {len(owners)} roles; {count} of {len(tables)} belong to "
                f"{_role_name(catalog, main)}"
            ),
            evidence={
                "owners": tuple(sorted(_role_name(catalog, owner) for owner in owners)),
                "tables_of_others": tuple(sorted(table.name for table in others))[:10],
            },
            remedy=_give_to(others, _role_name(catalog, main)),
        )


def table_owner_not_schema_owner(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each table that does not belong to the owner of its schema."""
    for table in _owned(catalog):
        schema = catalog.find(PgNamespace, table.row.namespace)
        if schema is None or table.row.is_partition:
            continue
        owner = _schema_owner(catalog, schema)
        if owner is None or owner == table.row.owner:
            continue
        name = _role_name(catalog, owner)
        yield Observed(
            object=relation_ref(table),
            message=(
                f"{table.qualified_name} belongs to {_role_name(catalog, table.row.owner)}, its schema to {name}, who "
                "can drop it without owning it"
            ),
            evidence={"owner": _role_name(catalog, table.row.owner), "schema_owner": name},
            remedy=_give_to([table, *(leaf for leaf in table.leaves if leaf.oid != table.oid)], name),
        )


def _schema_owner(catalog: Catalog, schema: PgNamespace) -> int | None:
    """The owner; of `public` since 14 whoever owns the database."""
    if _role_name(catalog, schema.owner) != _DATABASE_OWNER:
        return schema.owner
    database = catalog.find(PgDatabase, catalog.server.database_oid)
    return database.owner if database else None


def _give_to(tables: list[Relation], role: str) -> Fix:
    return Fix(
        sql=tuple(f"alter {_KINDS[table.row.kind]} {table.sql} owner to {quoted(role)}" for table in tables),
        changes=_CHANGES,
        note="The old owner loses all rights on them. Row security that its owner walked past binds it afterwards.",
    )


CHECKS = (
    Check(
        id="schema/mixed_owners_in_schema",
        title="Tables of one schema with several owners",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        needs=Needs(areas=(*SCOPE, PgRole)),
        sources=(_SOURCE,),
        page=pages.MIXED,
        judge=mixed_owners_in_schema,
        thresholds=Thresholds,
    ),
    Check(
        id="schema/table_owner_not_schema_owner",
        title="Table that does not belong to its schema's owner",
        severity=Severity.LOW,
        confidence=Confidence.HIGH,
        needs=Needs(areas=(*SCOPE, PgRole, PgDatabase, PgInherits)),
        sources=(_SOURCE,),
        page=pages.NOT_SCHEMA_OWNER,
        judge=table_owner_not_schema_owner,
        thresholds=Thresholds,
    ),
)
