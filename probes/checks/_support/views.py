"""What views read, and as whom."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgDepend, PgRewrite, PgRole

_TRUE = frozenset({"on", "true", "yes", "1", "t", "y"})
_VIEW_KINDS = frozenset({"v", "m"})


def runs_as_caller(view: Relation) -> bool:
    """Whether the view was made with security_invoker (15 and later), however true was spelt."""
    for option in view.row.options:
        name, _, value = option.partition("=")
        if name == "security_invoker":
            return value.lower() in _TRUE
    return False


def read_by(view: Relation) -> Iterator[Relation]:
    """Relations that the view's query names, in collected order."""
    catalog = view.catalog
    seen = {view.oid}
    for rule in catalog.grouped(PgRewrite, "relation").get(view.oid, ()):
        if rule.name != "_RETURN":
            continue
        for row in catalog.grouped(PgDepend, "object").get(rule.oid, ()):
            is_relation = row.catalog == "pg_rewrite" and row.referenced_catalog == "pg_class"
            if is_relation and row.referenced not in seen:
                seen.add(row.referenced)
                found = catalog.relation(row.referenced)
                if found:
                    yield found


def tables_read_as(
    view: Relation, user: int | None, seen: frozenset[int] = frozenset()
) -> Iterator[tuple[Relation, int | None]]:
    """Tables behind a view, through other views, each with the role as whom it is read; None for the caller.

    A materialized view holds rows of its own: what it was made from is no longer read.

    Args:
        view: A view.
        user: As whom the view itself is read.
        seen: Views on the way here.
    """
    reader = user if runs_as_caller(view) else view.row.owner
    for relation in read_by(view):
        if relation.row.kind == "v" and relation.oid not in seen:
            yield from tables_read_as(relation, reader, seen | {view.oid})
        elif relation.row.kind != "v":
            yield relation, reader


def everything_behind(view: Relation, seen: set[int] | None = None) -> Iterator[Relation]:
    """Every relation that a view or materialized view was made from, however far back."""
    seen = {view.oid} if seen is None else seen
    for relation in read_by(view):
        if relation.oid not in seen:
            seen.add(relation.oid)
            yield relation
            if relation.row.kind in _VIEW_KINDS:
                yield from everything_behind(relation, seen)


def evades_policies(catalog: Catalog, role_oid: int, table: Relation) -> bool:
    """Whether policies of the table do not bind this role."""
    if not table.row.row_security:
        return False
    role = catalog.find(PgRole, role_oid)
    if role is None:
        return False
    return role.superuser or role.bypass_rls or (table.row.owner == role_oid and not table.row.force_row_security)
