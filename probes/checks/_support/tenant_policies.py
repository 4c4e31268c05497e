"""Reading policies of tenants' tables: which let every tenant see alike, and how the others name the tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Expression, text_of
from probes.catalog.navigation import Policy, Relation
from probes.catalog.rows import PgPolicy, Row
from probes.checks._support.policies import parsed
from probes.checks._support.refs import SCOPE
from probes.checks._support.tenancy import Tenancy
from probes.sql.expressions import model as m
from probes.sql.expressions.inspection import columns


def policies_of_tenants(catalog: Catalog, tenancy: Tenancy) -> Iterator[Policy]:
    """Policies in force on tables that have the tenant column."""
    by_relation = catalog.grouped(PgPolicy, "relation")
    for oid in tenancy.carriers:
        rows = by_relation.get(oid, ())
        table = catalog.relation(oid) if rows else None
        if table and table.row.row_security:
            for row in rows:
                yield Policy(catalog, row)


def knows_the_session(condition: m.Expression) -> bool:
    """Whether a condition can come out otherwise for another session: it calls, asks or reads something else."""
    if isinstance(condition, m.Constant) and condition.value is not True:
        return True  # false and null let nothing through
    asking = m.Call | m.SessionValue | m.Subquery | m.Unknown
    return any(isinstance(part, asking) for part in m.walk(condition))


def open_branch(condition: m.Expression) -> m.Expression | None:
    """The condition, or an alternative in it, that lets a row through for every session alike; None where none does."""
    match condition:
        case m.Or(args=args):
            return next((found for arg in args if (found := open_branch(arg))), None)
        case m.And(args=args):
            return condition if all(open_branch(arg) for arg in args) else None
        case _:
            return None if knows_the_session(condition) else condition


def names_tenant(expression: Expression | None, tenancy: Tenancy) -> bool:
    """Whether a condition mentions the tenant column, in a subquery or as an argument too."""
    text = text_of(expression)
    if text is None:
        return False
    condition = parsed(text)
    inner = {column.name for part in m.walk(condition) if isinstance(part, m.Subquery) for column in part.columns}
    return tenancy.column in columns(condition) | inner


def tenant_condition(catalog: Catalog, tenancy: Tenancy) -> str | None:
    """The condition on nothing but the tenant that most policies of this database have, as the server wrote it."""
    areas: tuple[type[Row], ...] = (*SCOPE, PgPolicy)
    return catalog.derived(("tenant condition", tenancy.column), areas, lambda: (_condition(catalog, tenancy),))[0]


def _condition(catalog: Catalog, tenancy: Tenancy) -> str | None:
    counts: Counter[str] = Counter()
    for row in catalog.rows(PgPolicy):
        text = text_of(row.using)
        if text is not None and row.relation in tenancy.carriers and _is_only_about_tenant(text, tenancy):
            counts[text] += 1
    return min(counts, key=lambda text: (-counts[text], text)) if counts else None


def _is_only_about_tenant(text: str, tenancy: Tenancy) -> bool:
    condition = parsed(text)
    return (
        isinstance(condition, m.Operator)
        and condition.name == "="
        and columns(condition) == frozenset({tenancy.column})
        and knows_the_session(condition)
    )


def tenant_column_type(table: Relation, tenancy: Tenancy) -> str | None:
    """The tenant column's base type as the server calls it inside: `int8`, `uuid`."""
    column = table.column(tenancy.carriers[table.oid])
    row = column.type.base.row if column else None
    return row.name if row else None
