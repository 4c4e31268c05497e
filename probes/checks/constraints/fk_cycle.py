"""Foreign keys in a circle.

What: Tables reference each other in a circle, and no key of the circle may be checked later, at the end of the
transaction.

Why it matters: Where every key of the circle is NOT NULL no first row can ever be inserted. Where one is nullable, rows
have to be inserted half and completed after; data-only restores, bulk loads and deletes of a tenant need an order that
does not exist.

When it is harmless: A nullable key and an application that fills it in a second step, as for a team and its owner.

How to fix it safely: Make the named key deferrable. Its name, rows and index stay; the change is to the catalog only
and takes a short exclusive lock.

How it is decided: Strongly connected groups of more than one table in the graph of enforced foreign keys that are not
deferrable (Tarjan's algorithm). Keys of a table to itself are no circle. The keys to defer are those that close a
circle when the tables are walked by name. Without any nullable key in the group the finding is graver.

Known limits: Which key of a circle is best deferred depends on which row comes first in your application.

Sources: https://www.postgresql.org/docs/current/sql-set-constraints.html
https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey, Relation
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.graphs import closing_edges, connected_groups
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Foreign keys in a circle",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint)),
    sources=(
        "https://www.postgresql.org/docs/current/sql-set-constraints.html",
        "https://www.postgresql.org/docs/current/sql-altertable.html",
    ),
)
def fk_cycle(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each group of tables that reference each other with nothing deferrable between them."""
    keys: dict[tuple[int, int], list[ForeignKey]] = {}
    for row in catalog.foreign_keys_in_scope:
        if row.enforced and not row.deferrable and row.relation != row.referenced:
            keys.setdefault((row.relation, row.referenced), []).append(ForeignKey(catalog, row))
    graph: dict[int, list[int]] = {}
    for one, other in keys:
        graph.setdefault(one, []).append(other)
    for group in connected_groups(graph):
        tables = [found for oid in group if (found := catalog.relation(oid))]
        tables.sort(key=lambda table: table.qualified_name)
        yield _observed(tables, keys, graph)


def _observed(
    tables: list[Relation], keys: dict[tuple[int, int], list[ForeignKey]], graph: dict[int, list[int]]
) -> Observed:
    order = [table.oid for table in tables]
    members = set(order)
    inside = [key for one in order for other in graph[one] if other in members for key in keys[one, other]]
    closing = [key for edge in closing_edges(order, graph) for key in keys[edge]]
    has_nullable = any(_is_nullable(key) for key in inside)
    names = tuple(table.qualified_name for table in tables)
    return Observed(
        object=relation_ref(tables[0]),
        message=(
            f"foreign keys run in a circle through {', '.join(names[:5])}"
            f"{' and others' if len(names) > 5 else ''}: no order of inserts or deletes satisfies them"
        ),
        evidence={
            "tables": names[:10],
            "tables_count": len(names),
            "constraints": tuple(sorted(key.name for key in inside))[:10],
            "one_is_nullable": has_nullable,
        },
        remedy=Fix(
            sql=tuple(
                f"alter table {key.referencing.sql} alter constraint {key.sql} deferrable initially immediate"
                for key in closing
            ),
            changes=("pg_constraint", "pg_trigger", "pg_depend"),
            note="Transactions that need it then run SET CONSTRAINTS ... DEFERRED; the others notice nothing.",
        ),
        severity=Severity.INFO if has_nullable else None,
        key=names,
    )


def _is_nullable(key: ForeignKey) -> bool:
    columns = [key.referencing.column(number) for number in key.row.columns]
    return any(column and not column.row.not_null for column in columns)
