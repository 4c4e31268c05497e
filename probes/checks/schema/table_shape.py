"""What may be odd about a table as a whole: one rule each, most of them matters of taste."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import (
    PgAttribute,
    PgConstraint,
    PgDescription,
    PgInherits,
    PgProc,
    PgTrigger,
    Row,
    TableStatistics,
)
from probes.check import Check, Judge, Needs, Thresholds
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks.schema import _table_shape_pages as pages
from probes.finding import Advice, Confidence, Observed, Severity

_NUMBERED = re.compile(r"(.*?[^\d])_?(\d+)\Z")
_MANUAL = "https://www.postgresql.org/docs/current/"
_SLOT_LIMIT = 1_600


class TableShapeThresholds(Thresholds, frozen=True):
    """Thresholds of these checks."""

    slot_ratio: float = 0.8
    """Of the 1,600 column numbers that a table may ever use, dropped columns included."""


class Rule(msgspec.Struct, frozen=True):
    """One thing that may be said of a table."""

    name: str
    title: str
    page: str
    says: Callable[[Relation, TableShapeThresholds], str | None]
    advice: str
    reads: tuple[type[Row], ...]
    source: str
    severity: Severity = Severity.INFO
    pedantic: bool = True


def _judge(rule: Rule) -> Judge:
    def judge(catalog: Catalog, at: TableShapeThresholds) -> Iterator[Observed]:
        for table in catalog.tables:
            said = None if table.row.is_partition else rule.says(table, at)
            if said:
                yield Observed(
                    object=relation_ref(table),
                    message=f"{table.qualified_name} {said}",
                    evidence={"estimated_rows": round(max(table.row.tuples, 0))},
                    remedy=Advice(rule.advice),
                )

    return judge


def _few_columns(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    columns = table.columns
    if len(columns) > 1:
        return None
    return f"has a single column, {columns[0].name}" if columns else "has no columns at all"


def _all_nullable(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    key = table.primary_key
    keyed = key.columns if key else ()
    rows = table.column_rows
    if any(row.not_null and row.number not in keyed for row in rows):
        return None
    others = [row for row in rows if row.number not in keyed]
    if len(others) < 2:
        return None
    return f"lets all of its {len(others)} columns outside the primary key be null"


def _isolated(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    if table.foreign_keys or table.referenced_by:
        return None
    return "neither references a table nor is referenced by one"


def _empty(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    for leaf in table.leaves:
        counters = leaf.statistics
        if leaf.row.pages or leaf.row.tuples > 0 or counters is None or counters.inserted or counters.live_tuples:
            return None
    return "is empty, and no row was inserted since the counters began"


def _inherits(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    parents = table.parents
    return (
        f"inherits from {parents[0].qualified_name}: keys and references of the parent do not hold" if parents else None
    )


def _no_comment(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    rows = table.catalog.grouped(PgDescription, "object").get(table.oid, ())
    found = any(row.catalog == "pg_class" and row.column == 0 and row.text.strip() for row in rows)
    return None if found else "has no comment"


def _columns_without_comment(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    rows = table.catalog.grouped(PgDescription, "object").get(table.oid, ())
    told = {row.column for row in rows if row.catalog == "pg_class" and row.text.strip()}
    missing = [row.name for row in table.column_rows if row.number not in told]
    return f"has {len(missing)} columns without a comment, {missing[0]} the first" if missing else None


def _incrementing(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    groups: dict[str, list[str]] = {}
    for row in table.column_rows:
        match = _NUMBERED.match(row.name)
        if match:
            groups.setdefault(match[1].rstrip("_"), []).append(row.name)
    group = next((names for names in groups.values() if len(names) > 1), None)
    return f"numbers its columns: {', '.join(group[:5])}" if group else None


def _many_slots(table: Relation, at: TableShapeThresholds) -> str | None:
    slots = table.row.column_slots
    if slots < _SLOT_LIMIT * at.slot_ratio:
        return None
    return f"has used {slots} of {_SLOT_LIMIT} column numbers; dropped columns are never given back"


def _shared_function(table: Relation, at: TableShapeThresholds) -> str | None:  # noqa: ARG001
    catalog = table.catalog
    users = catalog.derived("tables by trigger function", (PgTrigger,), lambda: _trigger_users(catalog))
    for trigger in table.triggers:
        if trigger.is_internal or trigger.parent or trigger.function not in users:
            continue
        function = catalog.find(PgProc, trigger.function)
        name, others = function.name if function else "a function", len(users[trigger.function]) - 1
        tables = "another table" if others == 1 else f"{others} other tables"
        return f"shares {name}, which its trigger {trigger.name} calls, with {tables}"
    return None


def _trigger_users(catalog: Catalog) -> dict[int, set[int]]:
    """The tables whose own triggers call a function at different events, by function."""
    found: dict[int, set[int]] = {}
    events: dict[int, set[int]] = {}
    for row in catalog.rows(PgTrigger):
        if not row.is_internal and not row.parent:
            found.setdefault(row.function, set()).add(row.relation)
            events.setdefault(row.function, set()).add(row.type_bits)
    return {function: tables for function, tables in found.items() if len(tables) > 1 and len(events[function]) > 1}


RULES = (
    Rule(
        "single_or_zero_column_table",
        "Table with one column or none",
        pages.FEW_COLUMNS,
        _few_columns,
        "See whether it is a list of values that a CHECK, an enum or a lookup table with a name could hold better. "
        "What the values mean is not in the catalog.",
        (PgAttribute,),
        f"{_MANUAL}ddl-basics.html",
    ),
    Rule(
        "all_columns_nullable",
        "Table in which everything may be null",
        pages.ALL_NULLABLE,
        _all_nullable,
        "Decide which columns every row must have and make them NOT NULL: a CHECK ... IS NOT NULL NOT VALID, validated "
        "later, avoids the long lock. Which ones they are is a rule of the business.",
        (PgAttribute, PgConstraint),
        f"{_MANUAL}ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL",
        Severity.LOW,
        pedantic=False,
    ),
    Rule(
        "isolated_table",
        "Table without any foreign key",
        pages.ISOLATED,
        _isolated,
        "If one of its columns holds another table's key, declare the foreign key. Which one does is known to the "
        "code.",
        (PgConstraint,),
        f"{_MANUAL}ddl-constraints.html#DDL-CONSTRAINTS-FK",
    ),
    Rule(
        "empty_table",
        "Empty table",
        pages.EMPTY,
        _empty,
        "Find out whether something will use it; if not, drop it. A table may be empty and needed, so no SQL is "
        "offered.",
        (PgInherits, TableStatistics),
        f"{_MANUAL}sql-droptable.html",
    ),
    Rule(
        "table_inheritance",
        "Table inheritance",
        pages.INHERITANCE,
        _inherits,
        "Turn it into declarative partitioning, or into tables of their own with a view over them. Rows have to be "
        "moved or reattached for that, in steps that depend on who reads the parent.",
        (PgInherits,),
        f"{_MANUAL}ddl-inherit.html#DDL-INHERIT-CAVEATS",
        Severity.LOW,
        pedantic=False,
    ),
    Rule(
        "missing_table_comment",
        "Table without a comment",
        pages.TABLE_COMMENT,
        _no_comment,
        "Say with COMMENT ON TABLE what one row is. Only somebody who knows can write it.",
        (PgDescription,),
        f"{_MANUAL}sql-comment.html",
    ),
    Rule(
        "missing_column_comment",
        "Columns without comments",
        pages.COLUMN_COMMENT,
        _columns_without_comment,
        "Say with COMMENT ON COLUMN what the name does not: unit, zone, meaning of null. It takes somebody who knows.",
        (PgAttribute, PgDescription),
        f"{_MANUAL}sql-comment.html",
    ),
    Rule(
        "incrementing_columns",
        "Columns with numbers in their names",
        pages.INCREMENTING,
        _incrementing,
        "If there may be a third one some day, put them into rows of a table of their own, or into an array. The code "
        "has to change with it.",
        (PgAttribute,),
        f"{_MANUAL}ddl-basics.html",
    ),
    Rule(
        "column_count_and_toast",
        "Table near the limit of columns",
        pages.MANY_SLOTS,
        _many_slots,
        "Only a new table has fresh column numbers: create it like this one, copy the rows, exchange the names. When "
        "that can be done depends on its traffic.",
        (),
        f"{_MANUAL}limits.html",
        Severity.MEDIUM,
        pedantic=False,
    ),
    Rule(
        "shared_trigger_function",
        "Trigger function of several tables",
        pages.SHARED_FUNCTION,
        _shared_function,
        "Leave it, if the tables are meant to behave alike; give the table a function of its own, if not. That is for "
        "you to say.",
        (PgTrigger, PgProc),
        f"{_MANUAL}plpgsql-trigger.html",
    ),
)

CHECKS = tuple(
    Check(
        id=f"schema/{rule.name}",
        title=rule.title,
        severity=rule.severity,
        confidence=Confidence.HIGH,
        needs=Needs(areas=tuple(dict.fromkeys((*SCOPE, *rule.reads)))),
        sources=(rule.source,),
        page=rule.page,
        judge=_judge(rule),
        thresholds=TableShapeThresholds,
        pedantic=rule.pedantic,
    )
    for rule in RULES
)
