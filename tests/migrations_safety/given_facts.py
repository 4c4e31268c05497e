"""Facts of a running database that no SQL can state, given by comments in the `Given` block of a rule's page.

-- rows orders: 100000            estimated rows, and pages to hold them
-- distinct orders.note: 40       distinct values that ANALYZE found; 1 of -1 means all
-- scans orders_note: 1200        scans of an index
-- sequence orders_id_seq: 500    the last number that a sequence gave
-- query: select ...              a query that pg_stat_statements has, called 100 times
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    ColumnStatistics,
    IndexStatistics,
    PgAttribute,
    PgClass,
    PgIndex,
    Row,
    SequenceUse,
    Statement,
)

_FACT = re.compile(r"^-- (?:(rows|distinct|scans|sequence) ([\w.]+): ([-\d.]+)|query: (.+))$", re.MULTILINE)
_ROWS_A_PAGE = 50
_CALLS = 100


def with_facts(catalog: Catalog, given: str) -> Catalog:
    """Give the catalog with the facts in the comments; as it is where there are none."""
    found = _FACT.findall(given)
    if not found:
        return catalog
    areas: dict[type[Row], tuple[Row, ...]] = {
        IndexStatistics: tuple(_scans(catalog, found)),
        ColumnStatistics: tuple(_distinct(catalog, found)),
        SequenceUse: tuple(_used(catalog, found)),
        Statement: tuple(_statement(number, one[3]) for number, one in enumerate(found, 1) if one[3]),
        PgClass: tuple(_counted(row, found) for row in catalog.rows(PgClass)),
    }
    return catalog.replacing(areas)


def _counted(row: PgClass, facts: list[tuple[str, str, str, str]]) -> PgClass:
    for kind, name, value, _ in facts:
        if kind == "rows" and name == row.name:
            return msgspec.structs.replace(row, tuples=float(value), pages=int(value) // _ROWS_A_PAGE + 1)
    return row


def _scans(catalog: Catalog, facts: list[tuple[str, str, str, str]]) -> Iterator[IndexStatistics]:
    for kind, name, value, _ in facts:
        if kind == "scans":
            index = next(row for row in catalog.rows(PgIndex) if row.name == name)
            yield _row(IndexStatistics, index=index.oid, scans=int(value))


def _used(catalog: Catalog, facts: list[tuple[str, str, str, str]]) -> Iterator[SequenceUse]:
    for kind, name, value, _ in facts:
        if kind == "sequence":
            row = next(row for row in catalog.rows(PgClass) if row.name == name)
            yield _row(SequenceUse, relation=row.oid, last_value=int(value), readable=True)


def _distinct(catalog: Catalog, facts: list[tuple[str, str, str, str]]) -> Iterator[ColumnStatistics]:
    for kind, name, value, _ in facts:
        if kind == "distinct":
            table_name, _, column_name = name.partition(".")
            table = next(row for row in catalog.rows(PgClass) if row.name == table_name)
            columns = catalog.grouped(PgAttribute, "relation")[table.oid]
            number = next(row.number for row in columns if row.name == column_name)
            yield _row(ColumnStatistics, relation=table.oid, column=number, distinct_values=float(value))


def _statement(number: int, text: str) -> Statement:
    found: Statement = _row(Statement, query_id=number, text=text, top_level=True, calls=_CALLS)
    return found


def _row(row_type: Any, **known: object) -> Any:
    """Give a row of zeros with these fields."""
    zeros = {"str": "", "bool": False, "float": 0.0}
    values = {
        field.name: known.get(field.name, zeros.get(getattr(field.type, "__name__", ""), 0))
        for field in msgspec.structs.fields(row_type)
    }
    return msgspec.convert(list(values.values()), row_type)
