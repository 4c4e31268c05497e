"""Column that has another type than its namesakes.

What: Columns of one name have one type in most tables of a schema, and this one has another.

Why it matters: Joins between them convert values, an integer overflows where its bigint namesake does not, and code
that was generated from the schema treats one thing as two.

When it is harmless: The name is general, and the columns mean different things.

How to fix it safely: Give it the type of the majority. That rewrites the table under an exclusive lock; on a large one
go through a second column.

How it is decided: A name that stands in at least four tables of the schema, of which three quarters or more agree in
the type (domains down to their base, lengths ignored). Names such as id, name, value, type, status, code and data are
left out, partitions too.

Known limits: Columns that are tied by a foreign key are left to foreign_key_type_mismatch.

Sources: https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-COLUMN-TYPE
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import declared_columns_by_name, retype_fix
from probes.checks._support.refs import SCOPE, column_ref
from probes.finding import Confidence, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    min_tables: int = 4
    majority_ratio: float = 0.75
    general_names: tuple[str, ...] = ("id", "name", "value", "type", "status", "code", "data", "key", "kind", "version")


@check(
    title="Column that differs in type from its namesakes",
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-COLUMN-TYPE",),
)
def inconsistent_column_types(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each column whose type is the exception in its schema."""
    schemas = {row.oid: row.namespace for row in catalog.tables_in_scope}
    groups: dict[tuple[int, str], list[PgAttribute]] = {}
    for name, namesakes in declared_columns_by_name(catalog).items():
        if name in at.general_names or len({row.type for row in namesakes}) == 1:
            continue
        for row in namesakes:
            groups.setdefault((schemas[row.relation], name), []).append(row)
    for rows in groups.values():
        if len(rows) < at.min_tables or len({row.type for row in rows}) == 1:
            continue
        columns = [Column(catalog, row) for row in rows]
        types = Counter(column.type.base.oid for column in columns)
        usual, count = types.most_common(1)[0]
        if len(types) == 1 or count < len(columns) * at.majority_ratio:
            continue
        model = next(column for column in columns if column.type.base.oid == usual)
        for column in columns:
            if column.type.base.oid != usual and not _is_tied(column):
                yield _observed(column, model, count, len(columns))


def _is_tied(column: Column) -> bool:
    table, number = column.relation, column.row.number
    own = any(number in key.row.columns for key in table.foreign_keys)
    return own or any(number in key.row.referenced_columns for key in table.referenced_by)


def _observed(column: Column, model: Column, count: int, total: int) -> Observed:
    table, usual = column.relation, model.type.base.sql
    return Observed(
        object=column_ref(column),
        message=(
            f"column {column.name} of {table.qualified_name} is {column.type.sql}; in {count} of {total} tables of the "
            f"schema it is {usual}"
        ),
        evidence={"type": column.type.sql, "usual_type": usual, "tables": total, "tables_with_usual_type": count},
        remedy=retype_fix(
            column, usual, f"{{0}}::text::{usual}", "It fails where a value does not fit, and rewrites the table."
        ),
    )
