"""Foreign key that can cross tenants.

What: Two tables both say whose their rows are, and a foreign key between them compares everything but the tenant.

Why it matters: An invoice of one tenant may point at a customer of another. The server is satisfied, every screen that
joins the two shows a stranger's data, and policies on both tables do not help: foreign keys are checked without them,
so an application may even find out by trial which ids exist elsewhere.

When it is harmless: The referenced rows are meant to be shared, such as a catalogue kept by one tenant for all.

How to fix it safely: Make the pair of tenant and key unique in the referenced table, reference that pair NOT VALID,
validate, and drop the narrow key last. All steps but the two short ALTER TABLE let reads and writes go on.

How it is decided: Both tables carry the tenant column, the key is enforced, and its pairs of columns do not put one
tenant column beside the other. Keys of a table to itself count as well. Partitions are seen through their root. A key
whose row the referencing table's own tenant key determines is not reported twice when a wider key says the same. Where
the tenant column is only guessed this is informational.

Known limits: Whether rows cross already is not looked at; VALIDATE tells.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey, Relation
from probes.catalog.rows import PgIndex, PgType
from probes.check import Needs, check
from probes.checks._support.refs import constraint_ref
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, tenancy_of, ties_tenant
from probes.finding import Advice, Fix, Observed, Severity

_ACTIONS = {"r": " on delete restrict", "c": " on delete cascade", "n": " on delete set null"}
_UPDATE_ACTIONS = {"r": " on update restrict", "c": " on update cascade"}
_SET_NULL_COLUMNS_SINCE = 150000


@check(
    title="Foreign key that can cross tenants",
    severity=Severity.HIGH,
    needs=Needs(areas=(*TENANCY, PgType, PgIndex)),
    thresholds=TenancyAt,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def foreign_key_can_cross_tenants(catalog: Catalog, at: TenancyAt) -> Iterator[Observed]:
    """Yield each key between two tables of tenants that leaves the tenant out."""
    tenancy = tenancy_of(catalog, at)
    for key in catalog.foreign_keys if tenancy else ():
        if tenancy and _is_between_tenants(tenancy, key) and not _is_covered(tenancy, key):
            referenced = key.referenced
            if referenced:
                yield _observed(key, referenced, tenancy)


def _is_between_tenants(tenancy: Tenancy, key: ForeignKey) -> bool:
    row = key.row
    both = row.relation in tenancy.carriers and row.referenced in tenancy.carriers
    return both and row.enforced and row.referenced != tenancy.tenant_table and not row.without_overlaps


def _is_covered(tenancy: Tenancy, key: ForeignKey) -> bool:
    """Whether this key or a wider one between the same tables compares the tenants."""
    pairs = set(zip(key.row.columns, key.row.referenced_columns, strict=True))
    return any(
        ties_tenant(tenancy, other)
        and other.row.referenced == key.row.referenced
        and pairs <= set(zip(other.row.columns, other.row.referenced_columns, strict=True))
        for other in key.referencing.foreign_keys
    )


def _observed(key: ForeignKey, referenced: Relation, tenancy: Tenancy) -> Observed:
    table = key.referencing
    return Observed(
        object=constraint_ref(key),
        message=(
            f"foreign key {key.name} of {table.qualified_name} leaves {tenancy.named} out: a row of one tenant can "
            f"point at another tenant's row of {referenced.qualified_name}"
        ),
        evidence={"referenced_table": referenced.qualified_name, "tenant_column": tenancy.how},
        remedy=_remedy(key, referenced, tenancy),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )


def _remedy(key: ForeignKey, referenced: Relation, tenancy: Tenancy) -> Fix | Advice:
    row, table = key.row, key.referencing
    own, there = tenancy.carriers[row.relation], tenancy.carriers[row.referenced]
    left, right = table.column(own), referenced.column(there)
    partitioned = "p" in (table.row.kind, referenced.row.kind)
    same = left is not None and right is not None and left.type.base.oid == right.type.base.oid
    if partitioned or not same or not _can_be_widened(key):
        return Advice(
            f"Give {referenced.qualified_name} a unique key of tenant and id, reference both columns, and drop "
            f"{key.name}. No statement is offered: a partitioned table, its delete action or the columns' types "
            "make the steps depend on what you can afford to lock."
        )
    return Fix(sql=_statements(key, referenced, own, there), changes=("pg_constraint", "pg_index"), note=_NOTE)


_NOTE = (
    "VALIDATE fails where rows point at another tenant's already: look at those before anything else. On a large "
    "referenced table build the unique index CONCURRENTLY first and attach it with ADD CONSTRAINT ... USING INDEX."
)


def _can_be_widened(key: ForeignKey) -> bool:
    row = key.row
    if row.on_delete == "d" or row.on_update in {"n", "d"} or row.match == "f":
        return False
    return row.on_delete != "n" or key.catalog.server.version_num >= _SET_NULL_COLUMNS_SINCE


def _statements(key: ForeignKey, referenced: Relation, own: int, there: int) -> tuple[str, ...]:
    row, table = key.row, key.referencing
    columns = table.column_list_sql((own, *row.columns))
    target = (there, *row.referenced_columns)
    widened = quoted(f"{key.name[:50]}_of_tenant")
    action = _ACTIONS.get(row.on_delete, "")
    if row.on_delete == "n":
        action += f" ({table.column_list_sql(row.on_delete_columns or row.columns)})"
    action += _UPDATE_ACTIONS.get(row.on_update, "")
    if row.deferrable:
        action += " deferrable initially deferred" if row.initially_deferred else " deferrable"
    unique = quoted(
        f"{referenced.name[:40]}_of_tenant_{'_'.join(referenced.column_names(row.referenced_columns))[:10]}"
    )
    first = (
        ()
        if _is_unique(referenced, target)
        else (f"alter table {referenced.sql} add constraint {unique} unique ({referenced.column_list_sql(target)})",)
    )
    declared = (
        f"alter table {table.sql} add constraint {widened} foreign key ({columns}) "
        f"references {referenced.sql} ({referenced.column_list_sql(target)}){action} not valid"
    )
    return (
        *first,
        declared,
        f"alter table {table.sql} validate constraint {widened}",
        f"alter table {table.sql} drop constraint {key.sql}",
    )


def _is_unique(table: Relation, columns: tuple[int, ...]) -> bool:
    return any(
        index.row.unique
        and index.row.immediate
        and index.is_usable
        and index.row.predicate is None
        and sorted(index.key_columns) == sorted(columns)
        for index in table.indexes
    )
