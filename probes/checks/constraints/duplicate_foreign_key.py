"""Foreign key declared twice.

What: Two foreign keys of one table tie the same columns to the same columns of the same table.

Why it matters: Each row that is inserted or changed is looked up twice, each deleted parent is checked twice, and where
the two have different ON DELETE actions people read one and get the other.

When it is harmless: It only costs time, unless the actions differ.

How to fix it safely: Drop the one that is named. It takes ACCESS EXCLUSIVE on both tables, but only for a moment: set
lock_timeout so that it does not queue in front of everybody.

How it is decided: Referencing table, referenced table and the pairs of columns agree, in whatever order they are
written. Kept is the one that is enforced, validated, has an action other than NO ACTION, and was made first. Copies in
partitions are not looked at.

Known limits: Two keys to different unique indexes on the same columns count as the same.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.foreign_keys import pairs_of, parallel_keys
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Duplicate foreign key",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint)),
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def duplicate_foreign_key(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key that says what another one says."""
    for keys in parallel_keys(catalog):
        groups: dict[frozenset[tuple[int, int]], list[ForeignKey]] = {}
        for key in keys:
            groups.setdefault(pairs_of(key), []).append(key)
        for group in groups.values():
            kept, *others = sorted(group, key=_worth, reverse=True)
            yield from (_observed(key, kept) for key in others)


def _worth(key: ForeignKey) -> tuple[object, ...]:
    row = key.row
    return (row.enforced, row.validated, row.on_delete != "a", row.inherited_count, -row.oid)


def _observed(key: ForeignKey, kept: ForeignKey) -> Observed:
    table = key.referencing
    return Observed(
        object=constraint_ref(key),
        message=f"foreign key {key.name} of {table.qualified_name} says what {kept.name} says: every write checks both",
        evidence={"kept_constraint": kept.name, "same_actions": _actions(key) == _actions(kept)},
        remedy=Fix(
            sql=(f"alter table {table.sql} drop constraint {key.sql}",),
            changes=("pg_constraint", "pg_trigger", "pg_description"),
            note=None if _actions(key) == _actions(kept) else "The two have different actions: see which one is meant.",
        ),
    )


def _actions(key: ForeignKey) -> tuple[str, str, str, bool]:
    return key.row.on_delete, key.row.on_update, key.row.match, key.row.deferrable
