"""Policies that a table lacks, written as most policies of the same database are."""

from __future__ import annotations

from collections import Counter

import msgspec

from pgaudit.reports.contract import ReportFinding
from pgaudit.review.evidence.inventory.tenancy import tenant_column
from pgaudit.review.evidence.records import ProposedChange, RecordKind, record_id
from probes.catalog.catalog import Catalog, NotCollectedError
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import Policy, Relation
from probes.catalog.navigation.security import PolicyCommand
from probes.catalog.rows import PgPolicy

POLICIES = record_id(RecordKind.INVENTORY, "inventory/policies")
_CHANGES = ("pg_policy", "pg_depend")
_LEAST_ALIKE = 3
"""Fewer policies that say the same are no custom of the house."""
_MISSING = frozenset({"security/rls_disabled_exposed_table", "security/rls_without_policy"})
_EMPTY = "security/policy_always_true"


def house_policy(catalog: Catalog) -> tuple[str, int] | None:
    """The expression that most tenant policies use, and how many do; None where there is no such custom."""
    column = tenant_column(catalog)
    texts = [text_of(row.using) for row in catalog.rows(PgPolicy)]
    common = Counter(text for text in texts if text and column and column in text).most_common(1)
    return common[0] if common and common[0][1] >= _LEAST_ALIKE else None


def by_analogy(finding: ReportFinding, change: ProposedChange | None, catalog: Catalog) -> ProposedChange | None:
    """The change, with the policy that it lacks where this database shows how its policies are written."""
    if finding.check not in _MISSING and finding.check != _EMPTY:
        return change
    try:
        custom, table = house_policy(catalog), _table(finding, catalog)
        if custom is None or table is None or not _has_tenant(table, catalog):
            return change
        sql = _replaced(finding, table, custom[0]) if finding.check == _EMPTY else _created(finding, table, custom[0])
    except NotCollectedError:
        return change
    if not sql:
        return change
    note = f"The policy is worded as {custom[1]} others of this database are. Try it as the application's role first."
    if change is None:
        return ProposedChange(sql, note=note, also_changes=_CHANGES, rests_on=(POLICIES,))
    return msgspec.structs.replace(
        change, sql=(*sql, *change.sql), note=note, also_changes=_CHANGES, rests_on=(POLICIES,)
    )


def _table(finding: ReportFinding, catalog: Catalog) -> Relation | None:
    subject = finding.object
    return catalog.relation_named(subject.schema or "", subject.table or subject.name)


def _has_tenant(table: Relation, catalog: Catalog) -> bool:
    column = tenant_column(catalog)
    return any(row.name == column for row in table.column_rows)


def _created(finding: ReportFinding, table: Relation, expression: str) -> tuple[str, ...]:
    if finding.evidence.get("policies") not in {0, None} or table.policies:
        return ()
    roles = finding.evidence.get("roles")
    named = [quoted(role) for role in roles if role != "PUBLIC"] if isinstance(roles, tuple | list) else []
    target = f" to {', '.join(named)}" if named else ""
    return (
        f"create policy tenant_isolation on {table.sql} for all{target} using {expression} with check {expression}",
    )


def _replaced(finding: ReportFinding, table: Relation, expression: str) -> tuple[str, ...]:
    policy = next((one for one in table.policies if one.name == finding.object.name), None)
    return (_altered(policy, table, expression),) if policy else ()


def _altered(policy: Policy, table: Relation, expression: str) -> str:
    head = f"alter policy {policy.sql} on {table.sql}"
    match policy.command:
        case PolicyCommand.INSERT:
            return f"{head} with check {expression}"
        case PolicyCommand.SELECT | PolicyCommand.DELETE:
            return f"{head} using {expression}"
        case PolicyCommand.UPDATE | PolicyCommand.ALL:
            return f"{head} using {expression} with check {expression}"
