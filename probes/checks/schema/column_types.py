"""Columns of types that are seldom what was meant: one rule per type, which differ only in data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgType
from probes.check import Check, Judge, Needs, Thresholds
from probes.checks._support.columns import Types, declared_columns, retype_fix
from probes.checks._support.refs import SCOPE, column_ref
from probes.checks.schema import _column_type_pages as pages
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_REWRITE = "The table is rewritten under ACCESS EXCLUSIVE, and views on the column have to be dropped and made again."
_HEADER_BYTES = 4  # what character types add to their length in a typmod
_MANUAL = "https://www.postgresql.org/docs/current/"
_WIKI = "https://wiki.postgresql.org/wiki/Don%27t_Do_This"


class Rule(msgspec.Struct, frozen=True):
    """One type, why it is a matter, and what to put in its place."""

    name: str
    title: str
    page: str
    types: frozenset[int]
    consequence: str
    remedy: Callable[[Column], Fix | Advice]
    source: str
    severity: Severity = Severity.LOW
    confidence: Confidence = Confidence.HIGH
    pedantic: bool = False
    accepts: Callable[[Column], bool] = lambda _: True


def _judge(rule: Rule) -> Judge:
    def judge(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
        for column in declared_columns(catalog, rule.types):
            if rule.accepts(column):
                table = column.relation
                yield Observed(
                    object=column_ref(column),
                    message=f"column {column.name} of {table.qualified_name} is {column.type.sql}: {rule.consequence}",
                    evidence={"type": column.type.sql, "table_pages": table.row.pages},
                    remedy=rule.remedy(column),
                )

    return judge


def _has_length(column: Column) -> bool:
    return column.row.typmod > _HEADER_BYTES


def _length_sql(column: Column) -> str:
    return str(column.row.typmod - _HEADER_BYTES)


RULES = (
    Rule(
        name="type_timestamp_without_tz",
        title="Timestamp without time zone",
        page=pages.TIMESTAMP,
        types=frozenset({Types.TIMESTAMP}),
        consequence="nobody can say which moment it means",
        remedy=lambda column: retype_fix(
            column,
            "timestamp with time zone",
            "{0} at time zone 'UTC'",
            f"Put the zone that the values were written in where it says UTC. {_REWRITE}",
        ),
        source=f"{_MANUAL}datatype-datetime.html#DATATYPE-TIMEZONES",
    ),
    Rule(
        name="type_timetz",
        title="Time of day with time zone",
        page=pages.TIMETZ,
        types=frozenset({Types.TIMETZ}),
        consequence="an offset without a date has no meaning where clocks are put forward",
        remedy=lambda column: retype_fix(
            column, "time without time zone", "{0}::time", f"The offset is dropped. {_REWRITE}"
        ),
        source=f"{_MANUAL}datatype-datetime.html#DATATYPE-TIMEZONES",
    ),
    Rule(
        name="type_json",
        title="json where jsonb would do",
        page=pages.JSON,
        types=frozenset({Types.JSON}),
        consequence="it is parsed anew at every access, has no equality and cannot be indexed",
        remedy=lambda column: retype_fix(
            column, "jsonb", "{0}::jsonb", f"Repeated keys, the order of keys and white space are lost. {_REWRITE}"
        ),
        source=f"{_MANUAL}datatype-json.html",
    ),
    Rule(
        name="type_char_n",
        title="Blank-padded character column",
        page=pages.CHAR,
        types=frozenset({Types.CHAR}),
        consequence="values are padded with blanks, which some comparisons see and some do not",
        remedy=lambda column: retype_fix(
            column,
            f"character varying({_length_sql(column)})",
            "rtrim({0})",
            f"Look for code that relies on the padding. {_REWRITE}",
        ),
        source=f"{_MANUAL}datatype-character.html",
        accepts=lambda column: column.row.typmod > _HEADER_BYTES + 1,
    ),
    Rule(
        name="type_varchar_n",
        title="Character column with a length limit",
        page=pages.VARCHAR,
        types=frozenset({Types.VARCHAR}),
        consequence="the limit makes nothing faster, and lifting it later is a migration",
        remedy=lambda column: retype_fix(
            column,
            "text",
            None,
            "Nothing is rewritten, but the lock is ACCESS EXCLUSIVE. Views on it stand in the way.",
        ),
        source=f"{_MANUAL}datatype-character.html",
        severity=Severity.INFO,
        pedantic=True,
        accepts=_has_length,
    ),
    Rule(
        name="type_money",
        title="Column of type money",
        page=pages.MONEY,
        types=frozenset({Types.MONEY}),
        consequence="its decimals and its currency come from lc_monetary, not from the value",
        remedy=lambda column: retype_fix(
            column,
            "numeric",
            "{0}::numeric",
            f"Run it under the lc_monetary that the values were written under. {_REWRITE}",
        ),
        source=f"{_MANUAL}datatype-money.html",
    ),
    Rule(
        name="type_large_object",
        title="Column that may hold large objects",
        page=pages.LARGE_OBJECT,
        types=frozenset({Types.OID}),
        consequence="if it points at large objects, deleting a row leaves its object behind",
        remedy=lambda column: Advice(  # noqa: ARG005 - the same for every column
            "Whether the numbers are large objects is known to the application only. If they are, move each to a bytea "
            "column with lo_get() and drop it with lo_unlink(), or use the trigger of the extension lo; if "
            "they are other objects' ids, a reg* type or bigint says so."
        ),
        source=f"{_MANUAL}lo.html",
        confidence=Confidence.LOW,
    ),
)

CHECKS = tuple(
    Check(
        id=f"schema/{rule.name}",
        title=rule.title,
        severity=rule.severity,
        confidence=rule.confidence,
        needs=Needs(areas=(*SCOPE, PgAttribute, PgType)),
        sources=(rule.source, *((_WIKI,) if rule.name != "type_large_object" else ())),
        page=rule.page,
        judge=_judge(rule),
        thresholds=Thresholds,
        pedantic=rule.pedantic,
    )
    for rule in RULES
)
