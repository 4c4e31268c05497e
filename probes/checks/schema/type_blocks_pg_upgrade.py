"""Column of a type that pg_upgrade refuses.

What: A table stores values of a reg* type other than regclass, regrole and regtype, or, before 16, of type aclitem;
directly or inside an array, a domain, a composite or a range.

Why it matters: Those types hold object ids of this very cluster, which are others after an upgrade (the format of
aclitem changed in 16). pg_upgrade --check stops at them, on the evening of the upgrade if nobody tried before.

When it is harmless: You upgrade by dump and restore, or by logical replication.

How to fix it safely: Store the name as text: the cast writes it out, and a cast back finds the object again. It
rewrites the table under an exclusive lock.

How it is decided: The types of the columns of tables and materialized views, followed through domains, arrays,
composite types and ranges.

Known limits: Expressions of indexes are not looked at. pg_upgrade has more reasons to stop, which only it can see.

Sources: https://www.postgresql.org/docs/current/pgupgrade.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgType
from probes.check import Needs, check
from probes.checks._support.columns import is_in_scope, retype_fix
from probes.checks._support.refs import SCOPE, column_ref
from probes.finding import Advice, Fix, Observed, Severity

_REG_TYPES = {
    24: "regproc",
    2202: "regprocedure",
    2203: "regoper",
    2204: "regoperator",
    3734: "regconfig",
    3769: "regdictionary",
    4089: "regnamespace",
    4191: "regcollation",
}
_ACLITEM = {1033: "aclitem"}
_ACLITEM_CHANGED = 160000


@check(
    title="Column of a type that pg_upgrade refuses",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgType)),
    sources=("https://www.postgresql.org/docs/current/pgupgrade.html",),
)
def type_blocks_pg_upgrade(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each stored column that stops pg_upgrade."""
    blocking = _blocking_types(catalog)
    for row in catalog.rows(PgAttribute):
        if row.type not in blocking or row.inherited_count:
            continue
        relation = catalog.relation(row.relation)
        if relation is None or relation.row.kind not in {"r", "p", "m"} or not is_in_scope(relation):
            continue
        column = Column(catalog, row)
        yield Observed(
            object=column_ref(column),
            message=(
                f"column {column.name} of {relation.qualified_name} is {column.type.sql}: pg_upgrade refuses the "
                f"database because of {blocking[row.type]}"
            ),
            evidence={"type": column.type.sql, "blocking_type": blocking[row.type]},
            remedy=_remedy(column),
        )


def _remedy(column: Column) -> Fix | Advice:
    if column.relation.row.kind == "m" or column.row.type not in _REG_TYPES:
        return Advice(
            "The type is inside another one, or in a materialized view: define that anew with text in its place."
        )
    return retype_fix(column, "text", "{0}::text", "Code that compares it has to cast. The table is rewritten.")


def _blocking_types(catalog: Catalog) -> dict[int, str]:
    """Every type that is one of them or contains one, with which."""
    found = dict(_REG_TYPES)
    if catalog.server.version_num < _ACLITEM_CHANGED:
        found |= _ACLITEM
    fields = catalog.grouped(PgAttribute, "relation")
    grown = True
    while grown:
        grown = False
        for row in catalog.rows(PgType):
            if row.oid in found:
                continue
            inside = [row.base_type, row.range_subtype, row.element if row.category == "A" else 0]
            inside += [field.type for field in fields.get(row.relation, ())] if row.kind == "c" else []
            culprit = next((found[oid] for oid in inside if oid in found), None)
            if culprit:
                found[row.oid] = culprit
                grown = True
    return found
