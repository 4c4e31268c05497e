"""Table that does not say when its rows were made.

What: A table has no column with the time at which a row was created, or none with the time of its last change.

Why it matters: The first question after an incident is what was written when. Incremental exports, retention and a
search for what a faulty release wrote all go by these columns, and they cannot be filled in afterwards.

When it is harmless: A table that only links two others, or a list of constants that migrations fill.

How to fix it safely: Add the columns with now() as default. The existing rows get the moment of the change without
being rewritten. Whoever updates a row sets the time of the change, or a trigger does.

How it is decided: A column of type timestamp or timestamptz with a word such as created, inserted, recorded, sent,
submitted or joined in its name, and one with updated, modified, changed or edited. Link tables, whose primary key takes
in foreign keys of two other tables, and tables of two columns or fewer are left out. It is a matter of style and runs
only where it is asked for.

Known limits: Tables that are only appended to need no second column; name them in a suppression.

Sources: https://www.postgresql.org/docs/current/datatype-datetime.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgConstraint, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import CREATED_NAME, MOMENTS, UPDATED_NAME
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Confidence, Fix, Observed, Severity

_FEW_COLUMNS = 2


@check(
    title="Table that does not say when its rows were made",
    severity=Severity.INFO,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgType)),
    sources=("https://www.postgresql.org/docs/current/datatype-datetime.html",),
    pedantic=True,
)
def missing_row_timestamps(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each table without a time of creation or of the last change."""
    unknown: dict[tuple[str, ...], str] = {
        ("created_at", "updated_at"): "what was written when is not known",
        ("created_at",): "when a row was made is not known",
        ("updated_at",): "when a row was last changed is not known",
    }
    for table in catalog.tables:
        if table.row.is_partition or len(table.column_rows) <= _FEW_COLUMNS or _is_link(table):
            continue
        names = [column.name for column in table.columns if column.type.base.oid in MOMENTS]
        wanted = (("created_at", CREATED_NAME), ("updated_at", UPDATED_NAME))
        taken = {row.name for row in table.column_rows}
        missing = tuple(name for name, known in wanted if name not in taken and not any(map(known.search, names)))
        if missing:
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} has no {' and no '.join(missing)}: {unknown[missing]}",
                evidence={"missing": missing},
                remedy=_fix(table, missing),
            )


def _is_link(table: Relation) -> bool:
    key = table.primary_key
    return key is not None and sum(set(one.row.columns) <= set(key.columns) for one in table.foreign_keys) > 1


def _fix(table: Relation, missing: tuple[str, ...]) -> Fix:
    parts = ", ".join(f"add column {name} timestamptz not null default now()" for name in missing)
    return Fix(
        sql=(f"alter table {table.sql} {parts}",),
        changes=("pg_attribute", "pg_attrdef", "pg_class", "pg_constraint"),
        note="Rows that exist get the moment of this statement; that is not when they were made.",
    )
