"""Column that looks like a foreign key and is none.

What: A column is named after a table and has the type of its key, and no foreign key ties the two.

Why it matters: Nothing stops a row from pointing at what does not exist, and nothing stops the other row from being
deleted under it. Inner joins then lose such rows without a word, and totals differ by where they are counted.

When it is harmless: The rows are copies from another system, or a log that must outlive what it speaks of.

How to fix it safely: Add the key NOT VALID, which takes a short lock on both tables and checks new rows from then on.
Look for orphans, mend them, and validate; that lets reads and writes go on. Index the column first if rows of the other
table are deleted.

How it is decided: The column is called like another table of the same schema, in the singular or the plural, with id
behind it, and its base type is that of the table's primary key. Where both tables have the tenant column and the key is
tenant and id, the two columns together are taken. Columns of any foreign key, generated ones, and columns beside one
that names a type (owner_id with owner_type) are left out; so are logs, audits and histories, and keys that would refer
to a partitioned table's part. A partitioned table all of whose partitions are tied one by one is sound for now.

Known limits: It goes by names. Columns with other names, such as author_id for users, are not found.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgInherits, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import declared_columns_by_name
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.tenancy import tenancy_of
from probes.finding import Confidence, Fix, Observed, Severity

_REFERENCE = re.compile(r"^(.+?)(_id|_uuid|Id)$")
_OUTLIVES = re.compile(r"audit|log|histor|archive|event|snapshot|backup|import|staging", re.IGNORECASE)
_PAIR = 2


@check(
    title="Column that looks like a foreign key and is none",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgInherits, PgType)),
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
    aliases=("constraints/looks_like_foreign_key",),
)
def missing_foreign_key(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each column that names a table's key and is tied to none."""
    tenancy = tenancy_of(catalog)
    for attribute, row in _candidates(catalog, tenancy.column if tenancy else None):
        column, referenced = Column(catalog, attribute), Relation(catalog, row)
        if not _OUTLIVES.search(column.relation.name) and not _is_explained(column):
            pairs = _pairs(column, referenced, tenancy.column if tenancy else None)
            tied, parts = _tied_parts(column, referenced) if pairs else (0, 0)
            if pairs and (not parts or tied < parts):
                yield _observed(column, referenced, pairs, (tied, parts))


def _candidates(catalog: Catalog, tenant: str | None) -> Iterator[tuple[PgAttribute, PgClass]]:
    """Columns with the table of their schema that they are named after. Names are compared before rows are."""
    tables: dict[str, dict[int, PgClass]] = {}
    for row in catalog.tables_in_scope:
        if not row.is_partition:
            tables.setdefault(row.name.lower(), {})[row.namespace] = row
    for name, columns in declared_columns_by_name(catalog).items():
        targets = [tables[one] for one in _names(name) if one in tables] if name != tenant else []
        for column in columns if targets else ():
            holder = catalog.find(PgClass, column.relation)
            found = next((one[holder.namespace] for one in targets if holder and holder.namespace in one), None)
            if found:
                yield column, found


def _names(column: str) -> tuple[str, ...]:
    """What the table may be called that a column of this name points at; nothing where it points nowhere."""
    match = _REFERENCE.match(column)
    if match is None:
        return ()
    stem = match[1].lower()
    return (f"{stem}s", stem, f"{stem}es", f"{stem[:-1]}ies" if stem.endswith("y") else f"{stem}s")


def _is_explained(column: Column) -> bool:
    """Whether it is tied already, computed, its table's own key, or one half of a polymorphic reference."""
    table, number = column.relation, column.row.number
    if column.row.generated or column.row.identity or any(number in key.row.columns for key in table.foreign_keys):
        return True
    own = table.primary_key
    if own is not None and own.columns == (number,):
        return True
    stem = re.sub(r"(_id|_uuid|Id)$", "", column.name)
    return any(row.name in {f"{stem}_type", f"{stem}Type"} for row in table.column_rows)


def _pairs(column: Column, referenced: Relation, tenant: str | None) -> list[tuple[Column, Column]]:
    """Columns beside those of the other table's primary key; none where the two do not fit."""
    key = referenced.primary_key
    if key is None:
        return []
    targets = [one for number in key.columns if (one := referenced.column(number))]
    if len(targets) == 1:
        found = [(column, targets[0])]
    elif len(targets) == _PAIR and tenant in {one.name for one in targets}:
        own = next((one for one in column.relation.columns if one.name == tenant), None)
        found = [(own if one.name == tenant and own else column, one) for one in targets]
        if own is None:
            return []
    else:
        return []
    return found if all(left.type.base.oid == right.type.base.oid for left, right in found) else []


def _observed(
    column: Column, referenced: Relation, pairs: list[tuple[Column, Column]], tied_parts: tuple[int, int]
) -> Observed:
    table = column.relation
    tied, parts = tied_parts
    where = f"tied to it in {tied} of {parts} partitions only" if tied else "not tied to it"
    return Observed(
        object=column_ref(column),
        message=(
            f"{column.name} of {table.qualified_name} is named after {referenced.qualified_name} and {where}: "
            "rows may point at what does not exist"
        ),
        evidence={"looks_like": referenced.qualified_name, "type": column.type.sql},
        remedy=_fix(column, referenced, pairs),
    )


def _tied_parts(column: Column, referenced: Relation) -> tuple[int, int]:
    """In how many partitions the column is tied one by one, and how many there are."""
    parts = list(column.relation.leaves) if column.relation.row.kind == "p" else []
    tied = [
        part
        for part in parts
        if any(key.row.referenced == referenced.oid and column.name in key.column_names for key in part.foreign_keys)
    ]
    return len(tied), len(parts)


def _fix(column: Column, referenced: Relation, pairs: list[tuple[Column, Column]]) -> Fix:
    table = column.relation
    name = quoted(f"{table.name[:30]}_{column.name[:24]}_fk")
    left = ", ".join(quoted(one.name) for one, _ in pairs)
    right = ", ".join(quoted(one.name) for _, one in pairs)
    declared = (
        f"alter table {table.sql} add constraint {name} foreign key ({left}) references {referenced.sql} ({right})"
    )
    if table.row.kind == "p":
        return Fix(
            sql=(declared,),
            changes=("pg_constraint",),
            note="It checks every row while writers wait, and fails on one that points nowhere.",
        )
    return Fix(
        sql=(f"{declared} not valid", f"alter table {table.sql} validate constraint {name}"),
        changes=("pg_constraint",),
        note="VALIDATE fails on a row that points nowhere; the key checks new rows all the same.",
    )
