"""Foreign key between columns of different types.

What: A referencing column has another type than the column it references.

Why it matters: An integer that references a bigint stops working on the day when the referenced key passes
2,147,483,647, while the other table goes on. Every check of the key and every join converts values, and code that was
generated from the schema uses two types for one thing.

When it is harmless: varchar and text, or two lengths of varchar: the values are compared as text, and only the shorter
one ever refuses anything. Those are reported as low.

How to fix it safely: Give the referencing column the type of the referenced one. That rewrites the table under an
exclusive lock, so on a large table add a second column of the right type, fill it in batches, and exchange the two.

How it is decided: Column pairs of the key are compared one by one, domains down to their base type, and the modifiers
where the types agree. Narrow integers behind wide ones count most. Partitions are judged with their root.

Known limits: Views and generated columns that use the column have to be dropped and made again around the change.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probes.catalog.catalog import Catalog, numbered
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgInherits, PgType
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Fix, Observed, Severity

_INTEGER_BYTES = {"int2": 2, "int4": 4, "int8": 8}
_TEXT = frozenset({"text", "varchar", "bpchar", "name"})


@check(
    title="Foreign key whose columns differ in type",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgInherits, PgType)),
    sources=(
        "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
        "https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT",
    ),
)
def foreign_key_type_mismatch(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key with a pair of columns that differ."""
    columns = catalog.grouped(PgAttribute, "relation")
    for row in catalog.foreign_keys_in_scope:
        if _are_alike(columns, row):
            continue
        key = ForeignKey(catalog, row)
        different = [(left, right) for left, right in key.pairs if _differ(left, right)]
        if different:
            yield _observed(key, different)


def _are_alike(columns: Mapping[object, list[PgAttribute]], key: PgConstraint) -> bool:
    """Whether the columns of both sides have the same types, pair by pair."""
    own, others = columns.get(key.relation, ()), columns.get(key.referenced, ())
    for left, right in zip(key.columns, key.referenced_columns, strict=True):
        one, other = numbered(own, left), numbered(others, right)
        if one is None or other is None or one.type != other.type or one.typmod != other.typmod:
            return False
    return True


def _differ(left: Column, right: Column) -> bool:
    if (left.row.type, left.row.typmod) == (right.row.type, right.row.typmod):
        return False
    return _base(left) != _base(right)


def _base(column: Column) -> tuple[int, int]:
    base = column.type.base
    typmod = base.typmod if column.type.is_domain else column.row.typmod
    return base.oid, typmod


def _type(column: Column) -> str:
    row = column.type.base.row
    return row.name if row else ""


def _observed(key: ForeignKey, different: list[tuple[Column, Column]]) -> Observed:
    pairs = tuple(f"{left.name} {left.type.sql} -> {right.name} {right.type.sql}" for left, right in different)
    table = key.referencing
    return Observed(
        object=constraint_ref(key),
        message=f"foreign key {key.name} of {table.qualified_name} compares different types: {'; '.join(pairs)}",
        evidence={"pairs": pairs, "estimated_rows": round(table.estimated_rows)},
        remedy=_fix(different),
        severity=min((_severity(left, right) for left, right in different), key=lambda one: -one.rank),
    )


def _severity(left: Column, right: Column) -> Severity:
    one, other = _type(left), _type(right)
    if one == other or {one, other} <= _TEXT:
        return Severity.LOW
    if one in _INTEGER_BYTES and other in _INTEGER_BYTES and _INTEGER_BYTES[one] < _INTEGER_BYTES[other]:
        return Severity.HIGH
    return Severity.MEDIUM


def _fix(different: list[tuple[Column, Column]]) -> Fix:
    changed = ", ".join(
        f"alter column {quoted(left.name)} type {right.type.sql} using {quoted(left.name)}::{right.type.sql}"
        for left, right in different
    )
    return Fix(
        sql=(f"alter table {different[0][0].relation.sql} {changed}",),
        changes=("pg_attribute", "pg_class", "pg_constraint", "pg_index", "pg_attrdef", "pg_statistic_ext"),
        note=(
            "It rewrites the table and its indexes under ACCESS EXCLUSIVE, and refuses while views use the column. On "
            "a large table add a column, fill it in batches, and exchange the two."
        ),
    )
