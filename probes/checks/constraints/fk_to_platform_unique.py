"""Foreign key that rests on an index somebody may drop.

What: A foreign key references columns that are unique by a bare unique index, or a table of a platform's own schema by
something other than its primary key.

Why it matters: A bare index looks like a tuning matter: the next clean-up of indexes meets an error it does not expect,
or drops the key with CASCADE. A platform such as Supabase promises the primary keys of its own schemas and nothing
else; an upgrade that replaces another unique index fails on your key, or removes it.

When it is harmless: Nobody but you changes the referenced table, and you know why the index is there.

How to fix it safely: A unique index of your own becomes a constraint in a moment, without a rebuild. Into a platform's
schema reference the primary key instead.

How it is decided: pg_constraint.conindid names a unique index without a constraint of type p or u; or the referenced
table is in a managed schema and the index is not its primary key.

Known limits: An index with another sort order than the default cannot become a constraint.

Sources:
https://www.postgresql.org/docs/current/sql-altertable.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey, Index, Relation
from probes.catalog.navigation.relations import RelationKind
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex
from probes.check import Needs, check
from probes.checks._support.columns import is_in_scope
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Advice, Fix, Observed, Severity


@check(
    title="Foreign key on a unique index that is no constraint of yours",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex)),
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html",),
)
def fk_to_platform_unique(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key that rests on a bare index, or on a platform's."""
    indexes = catalog.keyed(PgIndex)
    for constraint in catalog.foreign_keys_in_scope:
        row = indexes.get(constraint.index)
        if row is None or row.primary:
            continue
        key = ForeignKey(catalog, constraint)
        referenced = key.referenced
        if referenced is None:
            continue
        index = Index(catalog, row)
        if not is_in_scope(referenced):
            yield _observed(key, referenced, index, _reference_primary_key(referenced), None)
        elif index.constraint is None:
            yield _observed(key, referenced, index, _own(referenced, index), Severity.LOW)


def _observed(
    key: ForeignKey, referenced: Relation, index: Index, remedy: Fix | Advice, severity: Severity | None
) -> Observed:
    table = key.referencing
    what = "a bare unique index" if severity else "an index of the platform"
    return Observed(
        object=constraint_ref(key),
        message=f"foreign key {key.name} of {table.qualified_name} rests on {what}, {index.qualified_name}",
        evidence={"referenced_table": referenced.qualified_name, "index": index.name},
        remedy=remedy,
        severity=severity,
    )


def _reference_primary_key(referenced: Relation) -> Advice:
    return Advice(
        f"Reference the primary key of {referenced.qualified_name}, the only thing its owner promises to keep. Your "
        "column then holds other values, which have to be looked up, so no SQL can be written from the catalog."
    )


def _own(referenced: Relation, index: Index) -> Fix | Advice:
    if any(index.row.key_options) or referenced.kind is not RelationKind.TABLE:
        return Advice("This index cannot become a constraint as it is: add a unique constraint on the same columns.")
    name = quoted(index.name)
    return Fix(
        sql=(f"alter table {referenced.sql} add constraint {name} unique using index {name}",),
        changes=("pg_constraint", "pg_index"),
    )
