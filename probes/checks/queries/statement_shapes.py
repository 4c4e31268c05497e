"""Shapes of statements that cost more than they need to, as rows of data."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import qualified, quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import ColumnStatistics, PgAttribute, PgExtension, PgIndex, PgType, Row, Statement
from probes.check import Thresholds, Unchecked
from probes.checks._support.columns import Types
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.shapes import Select, Touched, json_reads, patterns, selects, wrapped_columns
from probes.checks._support.statements import beginning, hidden_statements, query_ref
from probes.finding import Advice, Confidence, Evidence, Fix, Observed, Severity

_AREAS: tuple[type[Row], ...] = (*SCOPE, PgAttribute, Statement)
_INDEX_AREAS: tuple[type[Row], ...] = (*_AREAS, PgIndex, PgType, PgExtension)
_TEXTS = frozenset({Types.TEXT, Types.VARCHAR})
_IMMUTABLE = frozenset({"lower", "upper", "btrim", "ltrim", "rtrim", "length", "md5", "abs"})
"""Built-in functions of one argument that an index may be built on, whatever the settings of a session."""


class NoLimitAt(Thresholds, frozen=True):
    """When a result is a whole table's."""

    calls: int = 100
    rows_per_call: float = 1000


class OffsetAt(Thresholds, frozen=True):
    """When paging is worth a thought."""

    calls: int = 100
    mean_ms: float = 2


class ReadAt(Thresholds, frozen=True):
    """When a table is large enough to matter."""

    calls: int = 100
    min_table_pages: int = 1000


class JsonAt(Thresholds, frozen=True):
    """When a document is read by key often enough."""

    calls: int = 100
    min_table_pages: int = 1000
    average_width_bytes: int = 2000
    """From here on documents are kept out of line and unpacked for each row."""


def _no_limit(catalog: Catalog, at: NoLimitAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_statements(catalog)
    for select in selects(catalog, calls=at.calls):
        if not select.body.get("limitCount") and select.rows_per_call >= at.rows_per_call:
            yield Observed(
                object=query_ref(select.statement),
                message=(
                    f"a query without LIMIT returns {select.rows_per_call:,.0f} rows a call: "
                    f"{beginning(select.statement.text)}"
                ),
                evidence=_evidence(select),
                remedy=Advice(
                    "Ask for a page: ORDER BY a unique key, LIMIT, and the last key seen as the next page's start. Let "
                    "exports read through a cursor. The statement is the application's, so it is changed there."
                ),
            )


def _offset(catalog: Catalog, at: OffsetAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_statements(catalog)
    for select in selects(catalog, calls=at.calls):
        if select.body.get("limitOffset") and select.statement.mean_ms >= at.mean_ms:
            yield Observed(
                object=query_ref(select.statement),
                message=(
                    f"paging by OFFSET reads all earlier pages again, {select.blocks_per_call:,.0f} blocks a call: "
                    f"{beginning(select.statement.text)}"
                ),
                evidence={**_evidence(select), "max_ms": round(select.statement.max_ms, 1)},
                remedy=Advice(
                    "Page by key: WHERE (created_at, id) < (the last row seen) ORDER BY both DESC LIMIT n, with an "
                    "index on the two. The statement is the application's, so it is changed there."
                ),
            )


def _pattern(catalog: Catalog, at: ReadAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_statements(catalog)
    seen: set[tuple[int, int]] = set()
    for select in selects(catalog, calls=at.calls):
        for touched in patterns(select) if _is_large(select, at.min_table_pages) else ():
            column = touched.column
            key = (column.row.relation, column.row.number)
            if key not in seen and column.type.base.oid in _TEXTS and not _has_gin(column.relation, column.row.number):
                seen.add(key)
                yield _searched(select, touched, _trigram_fix(catalog, touched))


def _has_gin(table: Relation, number: int) -> bool:
    return any(index.row.method in ("gin", "gist") and number in index.key_columns for index in table.indexes)


def _trigram_fix(catalog: Catalog, touched: Touched) -> Fix:
    column, table = touched.column, touched.column.relation
    installed = next((row for row in catalog.rows(PgExtension) if row.name == "pg_trgm"), None)
    # An extension that is made here lands in the first schema of the search_path, so its class is found by it as well.
    operators = qualified(catalog.schema_name(installed.namespace), "gin_trgm_ops") if installed else "gin_trgm_ops"
    first = () if installed else ("create extension if not exists pg_trgm",)
    mode = "" if table.row.kind == "p" else "concurrently "
    return Fix(
        sql=(*first, f"create index {mode}on {table.sql} using gin ({quoted(column.name)} {operators})"),
        changes=("pg_index", "pg_extension", "pg_proc", "pg_type", "pg_opclass", "pg_depend"),
        transactional=not mode,
        note="Patterns of three letters or more profit. Writing the column becomes dearer.",
    )


def _searched(select: Select, touched: Touched, remedy: Fix) -> Observed:
    table = touched.column.relation
    return Observed(
        object=column_ref(touched.column),
        message=(
            f"{touched.how.upper()} on {touched.column.name} reads all of {table.qualified_name} in "
            f"{select.statement.calls:,} calls: no index serves the pattern"
        ),
        evidence={**_evidence(select), "table_pages": table.row.pages},
        remedy=remedy,
    )


def _wrapped(catalog: Catalog, at: ReadAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_statements(catalog)
    seen: set[tuple[int, int, str]] = set()
    for select in selects(catalog, calls=at.calls):
        for touched in wrapped_columns(select) if _is_large(select, at.min_table_pages) else ():
            column = touched.column
            key = (column.row.relation, column.row.number, touched.how)
            if key not in seen and not _has_expression(touched):
                seen.add(key)
                yield _hidden_in(select, touched)


def _has_expression(touched: Touched) -> bool:
    wanted = f"{touched.how}("
    texts = [text_of(index.row.expressions) or "" for index in touched.column.relation.indexes if index.is_usable]
    return any(wanted in text.lower() and touched.column.name in text for text in texts)


def _hidden_in(select: Select, touched: Touched) -> Observed:
    column, table = touched.column, touched.column.relation
    return Observed(
        object=column_ref(column),
        message=(
            f"{touched.how}() around {column.name} keeps indexes from being used: {select.statement.calls:,} calls "
            f"read all of {table.qualified_name}"
        ),
        evidence={**_evidence(select), "function": touched.how, "table_pages": table.row.pages},
        remedy=_expression_fix(touched),
        key=(touched.how,),
    )


def _expression_fix(touched: Touched) -> Fix | Advice:
    column, table = touched.column, touched.column.relation
    if touched.how not in _IMMUTABLE or table.row.kind == "p":
        return Advice(
            f"Compare {column.name} itself: a day is >= its beginning and < the next one's, a cast belongs on the "
            "value. What is around it here depends on settings of the session, so no index can be built on it."
        )
    return Fix(
        sql=(f"create index concurrently on {table.sql} ({touched.how}({quoted(column.name)}))",),
        changes=("pg_index",),
        transactional=False,
        note="Run ANALYZE afterwards: the planner gathers statistics for the expression with it.",
    )


def _json(catalog: Catalog, at: JsonAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_statements(catalog)
    seen: set[tuple[int, int]] = set()
    for select in selects(catalog, calls=at.calls):
        for touched in json_reads(select):
            column = touched.column
            key = (column.row.relation, column.row.number)
            width = _width_bytes(catalog, *key)
            is_costly = _is_large(select, at.min_table_pages) or (width or 0) >= at.average_width_bytes
            if key not in seen and is_costly:
                seen.add(key)
                yield _by_key(select, touched, width)


def _width_bytes(catalog: Catalog, relation: int, number: int) -> int | None:
    rows = catalog.grouped(ColumnStatistics, "relation").get(relation, ())
    return next((row.average_width_bytes for row in rows if row.column == number), None)


def _by_key(select: Select, touched: Touched, width: int | None) -> Observed:
    column, table = touched.column, touched.column.relation
    return Observed(
        object=column_ref(column),
        message=(
            f"{select.statement.calls:,} calls search {table.qualified_name} by a key inside {column.name}: every "
            "document is unpacked for it"
        ),
        evidence={**_evidence(select), "average_width_bytes": width, "table_pages": table.row.pages},
        remedy=Advice(
            f"Build an index concurrently on the expression that takes the key out of {column.name}, or give the key a "
            "column of its own (a stored generated one rewrites the table under an exclusive lock). Which key it is "
            "pg_stat_statements has replaced by a parameter, so no statement is offered."
        ),
    )


def _is_large(select: Select, min_pages: int) -> bool:
    return select.table is not None and select.table.row.pages >= min_pages and select.reads_it_all


def _evidence(select: Select) -> Evidence:
    return {
        "calls": select.statement.calls,
        "mean_ms": round(select.statement.mean_ms, 2),
        "rows_per_call": round(select.rows_per_call, 1),
        "blocks_per_call": round(select.blocks_per_call),
        "query": select.statement.text[:400],
    }


_RULES = (
    Rule(
        id="queries/no_limit",
        title="Query that returns whole tables",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=_AREAS,
        thresholds=NoLimitAt,
        judge=_no_limit,
        what="A SELECT without LIMIT is sent often and returns a thousand rows or more each time.",
        why="The result grows with the business until the application's memory does not hold it, and one customer with "
        "much data slows the connection down for the others that share it.",
        harmless="It fills a cache once in a while, or feeds an export that really needs every row.",
        fix="Page through the result by key; see the application's list views first.",
        decided="Top-level SELECTs of pg_stat_statements, parsed; rows by calls since the last reset.",
        limits="A client that stops reading early is not seen.",
        source="https://www.postgresql.org/docs/current/queries-limit.html",
    ),
    Rule(
        id="queries/offset_paging",
        title="Paging by OFFSET",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=_AREAS,
        thresholds=OffsetAt,
        judge=_offset,
        what="A frequent query skips rows with OFFSET to come to a later page.",
        why="The server has to produce the skipped rows to skip them: page 500 costs five hundred times what page one "
        "does, and crawlers do ask for page 500. Rows that arrive meanwhile make entries appear twice or never.",
        harmless="Nobody goes beyond the third page, and the interface does not let them.",
        fix="Remember the last row's key and begin behind it: WHERE (created_at, id) < (...) ORDER BY both. Build the "
        "index that this order needs concurrently before the new query goes out.",
        decided="A parsed OFFSET in a statement that takes two milliseconds or more on average.",
        limits="How far people page is not recorded; maximum time against mean time gives an idea of it.",
        source="https://www.postgresql.org/docs/current/queries-limit.html",
    ),
    Rule(
        id="queries/pattern_search",
        title="Text pattern that reads the whole table",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        areas=_INDEX_AREAS,
        thresholds=ReadAt,
        judge=_pattern,
        what="LIKE or ILIKE on a column of a large table reads it from end to end, call after call.",
        why="A btree orders by beginnings. A pattern that starts with a wildcard, or that ignores case, has none, so "
        "every search box click becomes a sequential scan.",
        harmless="The search runs in a back office twice a day.",
        fix="A trigram index (extension pg_trgm, GIN) finds parts of words; build it concurrently.",
        decided="One table, a condition joined by AND, and at least half of the table's pages touched per call. An "
        "existing GIN or GiST index on the column ends it.",
        limits="pg_stat_statements replaces the pattern, so a leading wildcard is concluded from what was read.",
        source="https://www.postgresql.org/docs/current/pgtrgm.html",
        aliases=("queries/leading_wildcard_like",),
    ),
    Rule(
        id="queries/function_on_column",
        title="Function around a column that is searched by",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        areas=_INDEX_AREAS,
        thresholds=ReadAt,
        judge=_wrapped,
        what="A query compares lower(column), column::date or the like with a value, and reads the whole table for it.",
        why="An index on the column holds other values than those that are compared, so the planner has to pass it "
        "over however selective it would be.",
        harmless="The table is about to be replaced, or the query is.",
        fix="Write the condition so that the column stands alone, which costs no index: a day is >= its beginning and "
        "< the next one's. Where that cannot be, build an index on the very expression concurrently, and ANALYZE.",
        decided="A condition joined by AND whose left side is a call or a cast of one column, on a large table that "
        "each call reads by half or more; no index on such an expression.",
        limits="Conditions in joins are passed over.",
        source="https://www.postgresql.org/docs/current/indexes-expressional.html",
        aliases=("queries/function_on_indexed_column",),
    ),
    Rule(
        id="queries/json_read_by_key",
        title="Document that is searched by one of its keys",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        areas=(*_AREAS, ColumnStatistics),
        thresholds=JsonAt,
        judge=_json,
        what="Queries take a key out of a json or jsonb column in their WHERE, again and again.",
        why="Each document is fetched, often from out of line storage, and unpacked to look at one value. The planner "
        "has no statistics for what is inside and guesses the number of rows.",
        harmless="The keys differ from call to call and documents are small.",
        fix="An index on the very expression, built concurrently, hinders nobody; ANALYZE afterwards gathers "
        "statistics for it. A stored generated column brings them too, but adding one rewrites the table under an "
        "exclusive lock: on a large table add a plain column, fill it in batches, and keep it by a trigger.",
        decided="Operators ->, ->>, #> and #>> on a column in the WHERE of a query on one table, which it reads by "
        "half or more, or whose documents are on average two kilobytes or larger.",
        limits="Path expressions and containment are not looked for; GIN serves those.",
        source="https://www.postgresql.org/docs/current/datatype-json.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
