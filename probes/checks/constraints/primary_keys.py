"""Primary keys whose columns are seldom what was meant: one rule each, which differ only in data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column, RelationKind
from probes.catalog.rows import PgAttribute, PgConstraint, PgInherits, PgType
from probes.check import Check, Judge, Needs, Thresholds
from probes.checks._support.columns import Types, retype_fix
from probes.checks._support.refs import SCOPE
from probes.checks.constraints import _primary_key_pages as pages
from probes.finding import Advice, Confidence, Fix, ObjectRef, Observed, Severity

_SURROGATE = frozenset({Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.UUID})
_TIMES = frozenset({Types.DATE, Types.TIMESTAMP, Types.TIMESTAMPTZ})
_UUID_LENGTHS = frozenset({32, 36, 38})  # bare, with hyphens, with braces too
_HEADER_BYTES = 4
_IDENTIFIER = re.compile(r"(^|_)(id|uuid|guid)$|(^|[a-z])(Id|ID|Uuid|UUID|Guid|GUID)$")
"""Names of columns that hold an identifier; a version or a hash may have the length of a UUID too."""
_DDL = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS"


class PrimaryKeyThresholds(Thresholds, frozen=True):
    """Thresholds of these checks."""

    many_columns: int = 4
    """A primary key of more columns than this is reported as long."""


class Rule(msgspec.Struct, frozen=True):
    """One thing that may be said of a primary key."""

    name: str
    title: str
    page: str
    severity: Severity
    says: Callable[[Relation, list[Column], PrimaryKeyThresholds], str | None]
    """What is wrong with it, in words; None where nothing is."""
    remedy: Callable[[Relation, list[Column]], Fix | Advice]
    source: str = _DDL
    pedantic: bool = False
    confidence: Confidence = Confidence.HIGH
    types: frozenset[int] = frozenset()
    """Types of which a column of the key must be; empty for any."""
    least_columns: int = 1


def _judge(rule: Rule) -> Judge:
    def judge(catalog: Catalog, at: PrimaryKeyThresholds) -> Iterator[Observed]:
        keys = catalog.primary_keys
        for row in catalog.tables_in_scope:
            key = keys.get(row.oid)
            if row.is_partition or key is None or len(key.columns) < rule.least_columns:
                continue
            table = Relation(catalog, row)
            rows = [found for number in key.columns if (found := table.column_row(number))]
            if rule.types and not any(one.type in rule.types for one in rows):
                continue
            columns = [Column(catalog, one) for one in rows]
            said = rule.says(table, columns, at)
            if said:
                names = tuple(column.name for column in columns)
                yield Observed(
                    object=ObjectRef("constraint", key.name, table.schema, table.name, names),
                    message=f"primary key {key.name} of {table.qualified_name} {said}",
                    evidence={"columns": names, "estimated_rows": round(table.estimated_rows)},
                    remedy=rule.remedy(table, columns),
                )

    return judge


def _many(table: Relation, columns: list[Column], at: PrimaryKeyThresholds) -> str | None:  # noqa: ARG001
    if len(columns) <= at.many_columns:
        return None
    return f"has {len(columns)} columns: every reference to the table repeats all of them"


def _natural(table: Relation, columns: list[Column], at: PrimaryKeyThresholds) -> str | None:  # noqa: ARG001
    allowed = _SURROGATE | (_TIMES if table.kind is RelationKind.PARTITIONED_TABLE else frozenset())
    natural = [column for column in columns if (row := column.type.base.row) and row.oid not in allowed]
    if not natural:
        return None
    return f"contains {natural[0].name} of type {natural[0].type.sql}, a value that may have to change"


def _char_uuid(table: Relation, columns: list[Column], at: PrimaryKeyThresholds) -> str | None:  # noqa: ARG001
    found = next((column for column in columns if _holds_uuid(column)), None)
    return f"keeps what looks like a UUID as {found.type.sql} in {found.name}: twice the bytes" if found else None


def _holds_uuid(column: Column) -> bool:
    row = column.row
    is_long_enough = row.type in {Types.CHAR, Types.VARCHAR} and row.typmod - _HEADER_BYTES in _UUID_LENGTHS
    return is_long_enough and _IDENTIFIER.search(row.name) is not None


def _retype_to_uuid(table: Relation, columns: list[Column]) -> Fix | Advice:
    column = next(column for column in columns if _holds_uuid(column))
    numbers = {column.row.number}
    referring = [key for key in table.referenced_by if numbers & set(key.row.referenced_columns)]
    referring += [key for key in table.foreign_keys if numbers & set(key.row.columns)]
    if referring:
        names = ", ".join(sorted(key.name for key in referring))
        return Advice(f"All columns tied by {names} change together: drop these keys, retype, and declare them again.")
    note = "It fails where a value is no UUID. The table is rewritten under ACCESS EXCLUSIVE."
    return retype_fix(column, "uuid", "{0}::uuid", note)


def _not_first(table: Relation, columns: list[Column], at: PrimaryKeyThresholds) -> str | None:  # noqa: ARG001
    first = table.columns[0]
    if first.row.number in {column.row.number for column in columns}:
        return None
    return f"does not contain the table's first column, {first.name}"


RULES = (
    Rule(
        name="pk_too_many_columns",
        least_columns=2,
        title="Primary key of many columns",
        page=pages.TOO_MANY_COLUMNS,
        severity=Severity.LOW,
        says=_many,
        remedy=lambda table, columns: Advice(  # noqa: ARG005 - the same for every table
            "A surrogate key with a unique constraint on the old columns would do, but tables, code and foreign keys "
            "that use the old one have to follow, and only their owners know all of them."
        ),
    ),
    Rule(
        name="pk_natural_key",
        title="Primary key with a natural value",
        page=pages.NATURAL_KEY,
        severity=Severity.INFO,
        says=_natural,
        remedy=lambda table, columns: Advice(  # noqa: ARG005 - the same for every table
            "Whether these values can ever change, or be told to outsiders, is known to the business and not to the "
            "catalog."
        ),
        pedantic=True,
    ),
    Rule(
        name="pk_char_holding_uuid",
        title="UUID kept as text in a primary key",
        page=pages.CHAR_UUID,
        severity=Severity.LOW,
        says=_char_uuid,
        remedy=_retype_to_uuid,
        source="https://www.postgresql.org/docs/current/datatype-uuid.html",
        types=frozenset({Types.CHAR, Types.VARCHAR}),
        confidence=Confidence.MEDIUM,
    ),
    Rule(
        name="pk_not_first_column",
        title="Primary key that is not the first column",
        page=pages.NOT_FIRST,
        severity=Severity.INFO,
        says=_not_first,
        remedy=lambda table, columns: Advice(  # noqa: ARG005 - the same for every table
            "PostgreSQL cannot move a column: only a new table has another order. It is worth that only when the table "
            "is rebuilt anyway."
        ),
        pedantic=True,
    ),
)

CHECKS = tuple(
    Check(
        id=f"constraints/{rule.name}",
        title=rule.title,
        severity=rule.severity,
        confidence=rule.confidence,
        needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgInherits, PgType)),
        sources=(rule.source,),
        page=rule.page,
        judge=_judge(rule),
        thresholds=PrimaryKeyThresholds,
        pedantic=rule.pedantic,
    )
    for rule in RULES
)
