"""Indexes whose keys do not do what an index is for: one rule each, which differ only in data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.names import qualified, quoted
from probes.catalog.navigation import Index
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgInherits, PgType
from probes.check import Check, Judge, Needs, Thresholds
from probes.checks._support.columns import Types
from probes.checks._support.indexes import drop_fix, key_list_sql, predicate_is_not_null_of, referencing_keys
from probes.checks._support.proofs import holds_no_null
from probes.checks._support.refs import SCOPE, index_ref
from probes.checks.indexes import _index_key_pages as pages
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_MANUAL = "https://www.postgresql.org/docs/current/"
_NULLS_NOT_DISTINCT_SINCE = 150000


class Rule(msgspec.Struct, frozen=True):
    """One thing that may be wrong with the keys of an index."""

    name: str
    title: str
    page: str
    severity: Severity
    concerns: Callable[[Catalog], Callable[[PgIndex], bool]]
    """Gives a test on rows that spares most indexes the question."""
    says: Callable[[Index], str | None]
    remedy: Callable[[Index], Fix | Advice]
    source: str
    confidence: Confidence = Confidence.HIGH
    grade: Callable[[Index], Severity | None] = lambda _: None


def _judge(rule: Rule) -> Judge:
    def judge(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
        is_concerned = rule.concerns(catalog)
        for row in catalog.indexes_in_scope:
            if row.is_partition or not is_concerned(row):
                continue
            index = Index(catalog, row)
            said = rule.says(index) if index.is_usable else None
            if said:
                yield Observed(
                    object=index_ref(index),
                    message=f"index {index.name} of {index.relation.qualified_name} {said}",
                    evidence={"method": index.row.method, "index_bytes": index.bytes, "is_unique": index.row.unique},
                    remedy=rule.remedy(index),
                    severity=rule.grade(index),
                )

    return judge


def _keys(index: Index) -> list[Column]:
    return [column for number in index.key_columns if (column := index.relation.column(number))]


def replace_fix(index: Index, rest: str, note: str | None = None, *, head: str = "") -> Fix:
    """Building an index under a new name beside the old one, dropping the old one, and taking its name over."""
    new = f"{index.name[:40]}_new"
    how = "" if index.is_partitioned else " concurrently"
    return Fix(
        sql=(
            f"create {head}index{how} {quoted(new)} on {index.relation.sql} {rest}",
            f"drop index{how} {index.sql}",
            f"alter index {qualified(index.schema, new)} rename to {quoted(index.name)}",
        ),
        changes=("pg_index", "pg_inherits", "pg_description"),
        transactional=index.is_partitioned,
        note=note,
    )


# ---- a unique index that nulls escape


def _may_escape(catalog: Catalog) -> Callable[[PgIndex], bool]:  # noqa: ARG001 - the row says it
    return lambda row: row.unique and not row.primary and not row.nulls_not_distinct


def _escaping(index: Index) -> list[Column]:
    row = index.row
    if not row.unique or row.primary or row.nulls_not_distinct or index.relation.row.kind == "m":
        return []
    nullable = [column for column in _keys(index) if not column.row.not_null and not column.row.generated]
    return [column for column in nullable if not holds_no_null(index, column.name)]


def _nulls_escape(index: Index) -> str | None:
    found = _escaping(index)
    if not found:
        return None
    return f"is unique, but a null in {found[0].name} makes a row distinct from every other"


def _nulls_not_distinct(index: Index) -> Fix | Advice:
    keys = key_list_sql(index)
    if index.catalog.server.version_num < _NULLS_NOT_DISTINCT_SINCE:
        return Advice("Nulls can be counted as equal from PostgreSQL 15 on. Until then make the columns NOT NULL.")
    if keys is None or index.row.predicate or index.is_partitioned or referencing_keys(index):
        return Advice(
            "Build the same index with NULLS NOT DISTINCT beside it, then drop this one: its form is special."
        )
    constraint = index.constraint
    note = "It fails where rows repeat with nulls: look for them first. If such rows are meant to be, leave it."
    if constraint is None:
        return replace_fix(index, f"{keys} nulls not distinct", note, head="unique ")
    name = quoted(constraint.name)
    table = index.relation.sql
    return Fix(
        sql=(f"alter table {table} drop constraint {name}, add constraint {name} unique nulls not distinct {keys}",),
        changes=("pg_index", "pg_constraint", "pg_description"),
        note=f"{note} The table is locked while the index is built.",
    )


# ---- boolean keys


def _may_begin_with_boolean(catalog: Catalog) -> Callable[[PgIndex], bool]:
    columns = {(row.relation, row.number) for row in catalog.rows(PgAttribute) if row.type == Types.BOOLEAN}
    return lambda row: (row.relation, row.columns[0]) in columns


def _boolean_first(index: Index) -> str | None:
    first = index.relation.column(index.key_columns[0])
    if index.row.unique or index.row.predicate or index.row.method != "btree" or first is None:
        return None
    if first.row.type != Types.BOOLEAN:
        return None
    return f"begins with the boolean {first.name}: it tells two halves of the table apart"


def _without_boolean(index: Index) -> Fix | Advice:
    if len(index.key_columns) == 1 and not index.included_columns:
        return drop_fix(
            index, "If queries look for the rarer value, first build an index on other columns WHERE it is."
        )
    return Advice(
        "Move the boolean into the predicate (WHERE ...) if queries ask for one of its values only, or behind the"
        "other columns. Which value they ask for is in the queries, not in the catalog."
    )


# ---- btree on arrays


def _may_have_arrays(catalog: Catalog) -> Callable[[PgIndex], bool]:
    bases = ((row.oid, catalog.type_name(row.oid).base.row) for row in catalog.rows(PgType))
    arrays = {oid for oid, base in bases if base is not None and base.category == "A"}
    relations = {row.relation for row in catalog.rows(PgAttribute) if row.type in arrays}
    return lambda row: row.relation in relations


def _array_key(index: Index) -> str | None:
    if index.row.method != "btree" or index.row.unique or index.row.exclusion:
        return None
    for column in _keys(index):
        row = column.type.base.row
        if row is not None and row.category == "A":
            return f"is a btree on the array {column.name}: it serves comparisons of whole arrays, not their elements"
    return None


def _gin_instead(index: Index) -> Fix | Advice:
    if len(index.row.columns) > 1 or index.row.predicate:
        return Advice(
            "Build a GIN index on the array beside it, see that queries use it, then take the array out here."
        )
    column = index.relation.column_list_sql(index.key_columns)
    note = "Queries have to ask with `@>`, `&&` or `<@`; `= ANY (column)` uses no index at all."
    return replace_fix(index, f"using gin ({column})", note)


# ---- predicates that every row satisfies


def _is_partial(catalog: Catalog) -> Callable[[PgIndex], bool]:  # noqa: ARG001 - the row says it
    return lambda row: row.predicate is not None


def _idle_predicate(index: Index) -> str | None:
    if index.row.predicate is None:
        return None
    names = tuple(row.name for row in index.relation.column_rows if row.not_null)
    if not predicate_is_not_null_of(index.row.predicate, names):
        return None
    return "is partial, but every row satisfies its predicate: the columns are NOT NULL"


def _without_predicate(index: Index) -> Fix | Advice:
    keys = key_list_sql(index)
    if keys is None or index.constraint or referencing_keys(index):
        return Advice("Build the same index without its WHERE beside it, then drop this one.")
    return replace_fix(index, keys, head="unique " if index.row.unique else "")


RULES = (
    Rule(
        name="unique_with_nullable_column",
        title="Unique index that nulls escape",
        page=pages.NULLS_ESCAPE,
        severity=Severity.LOW,
        concerns=_may_escape,
        says=_nulls_escape,
        remedy=_nulls_not_distinct,
        source=f"{_MANUAL}indexes-unique.html",
        confidence=Confidence.MEDIUM,
        grade=lambda index: Severity.INFO if len(index.key_columns) == 1 else None,
    ),
    Rule(
        name="boolean_column",
        title="Index that begins with a boolean",
        page=pages.BOOLEAN,
        severity=Severity.LOW,
        concerns=_may_begin_with_boolean,
        says=_boolean_first,
        remedy=_without_boolean,
        source=f"{_MANUAL}indexes-partial.html",
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        name="btree_on_array",
        title="Btree on an array",
        page=pages.ARRAY,
        severity=Severity.MEDIUM,
        concerns=_may_have_arrays,
        says=_array_key,
        remedy=_gin_instead,
        source=f"{_MANUAL}gin.html",
    ),
    Rule(
        name="redundant_not_null_predicate",
        title="Partial index that leaves nothing out",
        page=pages.IDLE_PREDICATE,
        severity=Severity.LOW,
        concerns=_is_partial,
        says=_idle_predicate,
        remedy=_without_predicate,
        source=f"{_MANUAL}indexes-partial.html",
    ),
)

CHECKS = tuple(
    Check(
        id=f"indexes/{rule.name}",
        title=rule.title,
        severity=rule.severity,
        confidence=rule.confidence,
        needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, PgType)),
        sources=(rule.source,),
        page=rule.page,
        judge=_judge(rule),
        thresholds=Thresholds,
    )
    for rule in RULES
)
