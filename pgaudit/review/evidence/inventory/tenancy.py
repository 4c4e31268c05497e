"""How tenants are told apart: the column, inferred from names and counts, and how far it reaches."""

from __future__ import annotations

from collections import Counter

from pgaudit.review.evidence.inventory.facts import counted, fact, some
from pgaudit.review.evidence.inventory.shape import own_tables
from pgaudit.review.evidence.records import Record, Trust
from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgPolicy
from probes.checks._support.tenancy import tenancy_of


def tenant_column(catalog: Catalog) -> str | None:
    """The column that the checks take for the tenant's, configured or inferred; None where there is none."""
    tenancy = tenancy_of(catalog)
    return tenancy.column if tenancy else None


def tables_of_tenants(catalog: Catalog) -> list[Relation]:
    """Tables that have the tenant column."""
    column = tenant_column(catalog)
    return [table for table in own_tables(catalog) if any(row.name == column for row in table.column_rows)]


def _column(catalog: Catalog) -> Record:
    tables, owned, column = own_tables(catalog), tables_of_tenants(catalog), tenant_column(catalog)
    if column is None:
        return fact(
            "inventory/tenant_column",
            "Tenant column",
            "no column that tells tenants apart could be inferred: too few tables share a name such as tenant_id",
            trust=Trust.INFERRED,
            tables=len(tables),
            tables_with_it=0,
        )
    rows = [(table, row) for table in owned for row in table.column_rows if row.name == column]
    types = Counter(table.catalog.type_name(row.type, row.typmod).sql for table, row in rows)
    nullable = sorted(table.qualified_name for table, row in rows if not row.not_null)
    guarded = {key.row.relation for table in owned for key in table.foreign_keys if column in key.column_names}
    leading = {table.oid for table, row in rows if any(i.key_columns[:1] == (row.number,) for i in table.indexes)}
    return fact(
        "inventory/tenant_column",
        "Tenant column",
        f"{column} is taken for the tenant column: {len(owned)} of {counted(len(tables), 'table')} have it, "
        f"{len(guarded)} under a foreign key, {len(leading)} first in an index",
        trust=Trust.INFERRED,
        column=column,
        tables=len(tables),
        tables_with_it=len(owned),
        under_a_foreign_key=len(guarded),
        first_in_an_index=len(leading),
        nullable_in=some(nullable),
        types=tuple(f"{name}: {count}" for name, count in types.most_common()),
        tables_without_it=some(sorted({t.qualified_name for t in tables} - {t.qualified_name for t in owned})),
    )


def _row_security(catalog: Catalog) -> Record:
    tables, owned = own_tables(catalog), tables_of_tenants(catalog)
    of_tenants = owned or tables
    enabled = [table for table in of_tenants if table.row.row_security]
    forced = [table for table in enabled if table.row.force_row_security]
    open_ones = sorted(table.qualified_name for table in of_tenants if not table.row.row_security)
    what = "tables with the tenant column" if owned else "tables"
    return fact(
        "inventory/row_security",
        "Row level security",
        f"row level security is on for {len(enabled)} of {len(of_tenants)} {what} and forced for {len(forced)}"
        if of_tenants
        else "there is no table that row level security could guard",
        tables_of_tenants=len(of_tenants),
        enabled=len(enabled),
        forced=len(forced),
        policies=sum(len(table.policies) for table in tables),
        without=some(open_ones),
    )


def _policies(catalog: Catalog) -> Record:
    column = tenant_column(catalog)
    texts = [text for row in catalog.rows(PgPolicy) for text in [text_of(row.using)] if text]
    common = Counter(texts).most_common(1)
    by_setting = sum(1 for text in texts if "current_setting" in text)
    missing_ok = sum(1 for text in texts if "current_setting" in text and "true" in text)
    by_tenant = sum(1 for text in texts if column and column in text)
    return fact(
        "inventory/policies",
        "Row security policies",
        f"{counted(len(texts), 'policy', 'policies')} {'restricts' if len(texts) == 1 else 'restrict'} what is read, "
        f"{by_tenant} by the tenant column, {by_setting} through a setting of the session"
        if texts
        else "no policy restricts what is read",
        trust=Trust.UNTRUSTED_TEXT if common else Trust.CATALOG,
        policies=len(texts),
        by_tenant_column=by_tenant,
        by_setting=by_setting,
        by_setting_that_may_be_missing=missing_ok,
        commonest=common[0][0][:300] if common else None,
        commonest_count=common[0][1] if common else 0,
    )


FACTS = (_column, _row_security, _policies)
"""Each gives one record."""
