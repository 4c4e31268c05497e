"""How a database tells its tenants apart: the column, the table of tenants, who carries it, who leads to it.

The column is configured (`[tenancy] column`) or inferred: a name such as tenant_id that at least three tables and half
of all tables share, unless the same tables stand in schema after schema. The table of tenants is the one that most
single-column foreign keys of that column reference, or else the one that the column is named after.

Names such as account_id or team_id have another meaning in a bank or a league. Unless row level security or a foreign
key that compares the column bears them out they are a guess, and what rests on a guess is informational.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey, Relation
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgInherits, PgType, Row
from probes.check import Thresholds
from probes.checks._support.refs import SCOPE
from probes.finding import Confidence, Severity

TENANCY: tuple[type[Row], ...] = (*SCOPE, PgAttribute, PgConstraint)
"""What `tenancy_of` reads."""

TENANCY_AND_TYPES: tuple[type[Row], ...] = (*TENANCY, PgType, PgInherits)

_SURE = (
    "tenant_id",
    "tenantid",
    "organization_id",
    "organisation_id",
    "org_id",
    "workspace_id",
)
_AMBIGUOUS = (
    "account_id",
    "company_id",
    "shop_id",
    "store_id",
    "team_id",
    "business_id",
    "breeder_id",
    "vendor_id",
)
NAMES = (*_SURE, *_AMBIGUOUS)
"""Names that are taken for a tenant's, the surest first."""

_LEAST_TABLES = 3
_LEAST_SHARE = 0.5


class TenancyAt(Thresholds, frozen=True):
    """What the user may say about tenants beside the configuration."""

    tenant_column: str = ""
    """The column that tells tenants apart; empty where it is to be taken from [tenancy] or inferred."""


class Tenancy(msgspec.Struct, frozen=True):
    """The tenants of a database. Holds object ids only."""

    column: str
    is_inferred: bool
    tenant_table: int | None
    """The table with a row for each tenant."""
    tenant_key: int | None
    """The attribute number of its single-column key that the tenant column refers to."""
    carriers: Mapping[int, int]
    """Attribute number of the tenant column, by table; partitions are left to their root."""
    led_by: Mapping[int, int]
    """Tables without the column that lead to one with it: the oid of the first foreign key on the way."""
    is_guess: bool = False
    """Inferred from a name that means something else as often, and nothing bears it out."""

    @property
    def how(self) -> str:
        """`configured`, `inferred from names` or that it is a guess, for evidence."""
        if self.is_guess:
            return "guessed from names; [tenancy] column settles it"
        return "inferred from names" if self.is_inferred else "configured"

    @property
    def confidence(self) -> Confidence:
        """How sure a check can be that rests on this."""
        if self.is_guess:
            return Confidence.LOW
        return Confidence.MEDIUM if self.is_inferred else Confidence.HIGH

    def severity(self, usual: Severity | None = None) -> Severity | None:
        """The severity of a finding that rests on this: what it usually is, and informational where it is a guess."""
        return Severity.INFO if self.is_guess else usual

    @property
    def named(self) -> str:
        """The column as messages name it."""
        if self.is_guess:
            return f"{self.column} (guessed)"
        return f"{self.column} (inferred)" if self.is_inferred else self.column


def tenancy_of(catalog: Catalog, at: TenancyAt | None = None) -> Tenancy | None:
    """The tenants of this picture; None where no column tells them apart. Worked out once."""
    configured = (at.tenant_column if at else "") or catalog.scope.tenant_column or ""
    key = ("tenancy", catalog.scope, configured)
    return catalog.derived(key, TENANCY, lambda: (_tenancy(catalog, configured),))[0]


def carriers(catalog: Catalog, tenancy: Tenancy) -> Iterator[Relation]:
    """Tables that have the tenant column, the table of tenants itself left out."""
    for oid in tenancy.carriers:
        table = catalog.relation(oid)
        if table and oid != tenancy.tenant_table:
            yield table


def _tenancy(catalog: Catalog, configured: str) -> Tenancy | None:
    tables = {row.oid: row for row in catalog.tables_in_scope if not row.is_partition}
    column = configured or _inferred_column(catalog, tables)
    if column is None:
        return None
    found = {oid: number for oid in tables if (number := _numbered(catalog, oid, column))}
    if not found or (not configured and _are_told_apart_by_schema(tables, found)):
        return None
    keys = [key for key in catalog.foreign_keys if key.row.relation in tables]
    tenant_table, tenant_key = _tenant_table(catalog, column, tables, found, keys)
    reached = set(found) | ({tenant_table} if tenant_table else set())
    is_guess = not configured and column.lower() in _AMBIGUOUS and not _is_borne_out(tables, found, keys)
    return Tenancy(column, not configured, tenant_table, tenant_key, found, _led_by(keys, reached), is_guess)


def _is_borne_out(tables: Mapping[int, PgClass], found: Mapping[int, int], keys: list[ForeignKey]) -> bool:
    """Whether somebody keeps rows apart by the column: row level security, or keys that compare it beside others."""
    if any(tables[oid].row_security for oid in found):
        return True
    return any(
        len(key.row.columns) > 1
        and (found.get(key.row.relation), found.get(key.row.referenced))
        in set(zip(key.row.columns, key.row.referenced_columns, strict=True))
        for key in keys
        if key.row.relation in found
    )


def _inferred_column(catalog: Catalog, tables: Mapping[int, PgClass]) -> str | None:
    counts: Counter[str] = Counter()
    for oid in tables:
        rows = catalog.grouped(PgAttribute, "relation").get(oid, ())
        counts.update({row.name for row in rows if row.name.lower() in NAMES})
    needed = max(_LEAST_TABLES, _LEAST_SHARE * len(tables))
    common = [(-count, NAMES.index(name.lower()), name) for name, count in counts.items() if count >= needed]
    return min(common)[2] if common else None


def _are_told_apart_by_schema(tables: Mapping[int, PgClass], found: Mapping[int, int]) -> bool:
    """Whether most tables stand in several schemas under one name: then a schema is a tenant's, and no column."""
    counts = Counter(tables[oid].name for oid in found)
    return sum(count for count in counts.values() if count >= _LEAST_TABLES) > len(found) / 2


def _numbered(catalog: Catalog, table: int, column: str) -> int | None:
    for row in catalog.grouped(PgAttribute, "relation").get(table, ()):
        if row.name == column:
            return row.number
    return None


def _tenant_table(
    catalog: Catalog,
    column: str,
    tables: Mapping[int, PgClass],
    found: Mapping[int, int],
    keys: list[ForeignKey],
) -> tuple[int | None, int | None]:
    targets = Counter(
        (key.row.referenced, key.row.referenced_columns[0])
        for key in keys
        if key.row.columns == (found.get(key.row.relation),)
    )
    if targets:
        return targets.most_common(1)[0][0]
    stem = column.lower().removesuffix("id").rstrip("_")
    wanted = {stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies"}
    named = [row.oid for row in tables.values() if row.name.lower() in wanted and row.oid not in found]
    key_row = catalog.primary_keys.get(named[0]) if len(named) == 1 else None
    if key_row is None or len(key_row.columns) != 1:
        return None, None
    return named[0], key_row.columns[0]


def _led_by(keys: list[ForeignKey], reached: set[int]) -> dict[int, int]:
    """Breadth first from the tables of tenants against the direction of foreign keys."""
    found: dict[int, int] = {}
    pointing: dict[int, list[PgConstraint]] = {}
    for key in keys:
        pointing.setdefault(key.row.referenced, []).append(key.row)
    waiting = sorted(reached)
    while waiting:
        following: list[int] = []
        for oid in waiting:
            for row in pointing.get(oid, ()):
                if row.relation not in reached and row.relation not in found:
                    found[row.relation] = row.oid
                    following.append(row.relation)
        waiting = following
    return found


def ties_tenant(tenancy: Tenancy, key: ForeignKey) -> bool:
    """Whether an enforced foreign key makes the tenant column agree with that of the row it references."""
    row = key.row
    if not row.enforced:
        return False
    own = tenancy.carriers.get(row.relation)
    there = tenancy.tenant_key if row.referenced == tenancy.tenant_table else tenancy.carriers.get(row.referenced)
    return (own, there) in set(zip(row.columns, row.referenced_columns, strict=True)) and own is not None


def proves_tenant(tenancy: Tenancy, key: ForeignKey) -> bool:
    """Whether the key holds for every row: with MATCH SIMPLE one null among its columns switches it off."""
    if not ties_tenant(tenancy, key):
        return False
    others = [key.relation.column_row(number) for number in key.row.columns]
    own = tenancy.carriers[key.row.relation]
    return key.row.match == "f" or all(one.not_null for one in others if one and one.number != own)
