"""Unique key that leaves the tenant out.

What: A table of tenants' rows has a unique constraint or index on values that people choose, and the tenant is not
among its columns.

Why it matters: The first tenant to use a code, a number or a name takes it from all others. The error that the second
one gets also tells that somebody has it: whoever may insert can ask the server about other customers' data.

When it is harmless: The value is known before the tenant is, as with a login name, a host name or a slug in an address,
or it is handed out by another system for the whole world. Those are left to you, with advice.

How to fix it safely: Build a unique index on tenant and value concurrently, and drop the narrow one afterwards. Every
value that was unique before stays so within its tenant, so the new index cannot fail.

How it is decided: Unique constraints and indexes of tables with the tenant column are looked at, but for primary keys
and those that generate or determine the tenant anyway: identity columns, uuid, columns whose default calls a function,
names that speak of tokens and hashes, and foreign keys into another table of tenants, whose row has one tenant only.
With a guessed tenant column it is informational.

Known limits: A key that foreign keys reference can be replaced only with them, so there it is advice as well.

Sources: https://www.postgresql.org/docs/current/indexes-unique.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Index, Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttrdef, PgIndex, PgType
from probes.check import Needs, check
from probes.checks._support.columns import Types
from probes.checks._support.refs import index_ref
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, carriers, tenancy_of
from probes.finding import Advice, Confidence, Fix, ObjectRef, Observed, Severity

_WORLDWIDE = re.compile(
    r"token|hash|secret|nonce|fingerprint|uuid|guid|checksum|digest|public_id|short_code", re.IGNORECASE
)
"""Values that no two tenants choose alike."""
_BEFORE_THE_TENANT = re.compile(
    r"(^|_)(e?mail|login|username|user_name|phone|domain|subdomain|host|hostname|slug|external|provider|stripe|paypal)(_|$)",
    re.IGNORECASE,
)


@check(
    title="Unique key that leaves the tenant out",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*TENANCY, PgIndex, PgType, PgAttrdef)),
    thresholds=TenancyAt,
    sources=("https://www.postgresql.org/docs/current/indexes-unique.html",),
)
def unique_without_tenant(catalog: Catalog, at: TenancyAt) -> Iterator[Observed]:
    """Yield each unique key of a table of tenants that spans all of them."""
    tenancy = tenancy_of(catalog, at)
    for table in carriers(catalog, tenancy) if tenancy else ():
        for index in table.indexes:
            if tenancy and _is_chosen_and_global(index, table, tenancy):
                yield _observed(index, table, tenancy)


def _is_chosen_and_global(index: Index, table: Relation, tenancy: Tenancy) -> bool:
    row = index.row
    if not row.unique or row.primary or row.is_partition or not index.is_usable or 0 in index.key_columns:
        return False
    if tenancy.carriers[table.oid] in index.key_columns:
        return False
    columns = [table.column(number) for number in index.key_columns]
    return not any(column is None or _is_worldwide(column, tenancy) for column in columns)


def _is_worldwide(column: Column, tenancy: Tenancy) -> bool:
    row = column.row
    if row.identity or row.generated or column.type.base.oid == Types.UUID or _WORLDWIDE.search(column.name):
        return True
    default = column.default
    if default is not None and "(" in str(getattr(default.expression, "text", "")):
        return True
    return any(
        key.row.referenced in tenancy.carriers and row.number in key.row.columns for key in column.relation.foreign_keys
    )


def _observed(index: Index, table: Relation, tenancy: Tenancy) -> Observed:
    names = table.column_names(index.key_columns)
    known_before = any(_BEFORE_THE_TENANT.search(name) for name in names)
    return Observed(
        object=_ref(index, table, names),
        message=(
            f"{index.name} makes ({', '.join(names)}) of {table.qualified_name} unique across all tenants: "
            "one tenant's value is taken from every other, and the error tells that it exists"
        ),
        evidence={"tenant_column": tenancy.how, "columns": names},
        remedy=_remedy(index, table, tenancy, known_before=known_before),
        severity=tenancy.severity(Severity.INFO if known_before else None),
        confidence=Confidence.LOW if known_before else tenancy.confidence,
    )


def _ref(index: Index, table: Relation, names: tuple[str, ...]) -> ObjectRef:
    constraint = index.constraint
    if constraint is None:
        return index_ref(index)
    return ObjectRef("constraint", constraint.name, table.schema, table.name, names)


def _remedy(index: Index, table: Relation, tenancy: Tenancy, *, known_before: bool) -> Fix | Advice:
    if known_before:
        return Advice(
            f"If people come with this value before {tenancy.column} is known, it is right as it is. If not, replace "
            f"it by a unique index that begins with {tenancy.column}."
        )
    referenced = any(key.row.index == index.oid for key in table.referenced_by)
    if referenced or index.row.exclusion or table.row.kind == "p" or index.row.predicate is not None:
        return Advice(
            f"Build a unique index that begins with {tenancy.column}, move over what depends on {index.name} (foreign "
            "keys, ON CONFLICT, its condition), and drop it then. What depends on it only you can see in full."
        )
    return _fix(index, table, tenancy)


def _fix(index: Index, table: Relation, tenancy: Tenancy) -> Fix:
    constraint = index.constraint
    columns = table.column_list_sql((tenancy.carriers[table.oid], *index.key_columns))
    name = quoted(f"{index.name[:50]}_of_tenant")
    build = f"create unique index concurrently {name} on {table.sql} ({columns})"
    if constraint is None:
        last: tuple[str, ...] = (f"drop index concurrently {index.sql}",)
    else:
        exchange = f"add constraint {name} unique using index {name}, drop constraint {quoted(constraint.name)}"
        last = (f"alter table {table.sql} {exchange}",)
    return Fix(
        sql=(build, *last),
        changes=("pg_index", "pg_constraint"),
        transactional=False,
        note="Statements with ON CONFLICT on the old columns need the tenant among them from then on.",
    )
