"""Sample rows for a table and for those that it refers to: invented, small, and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from probes.catalog.expression import text_of
from probes.catalog.names import literal, quoted
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column

MOST_TABLES = 24
"""A sample that needs rows of more tables than these is none that anybody reads."""
_LISTED = re.compile(r"ARRAY\[(.*?)\]", re.IGNORECASE | re.DOTALL)
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_LENGTH = re.compile(r"length\(.*?\)\s*=\s*(\d+)", re.IGNORECASE)
_BY_TYPE: Mapping[str, str] = {
    "bool": "true",
    "bytea": "'\\x00'",
    "cidr": "'10.0.0.0/8'",
    "date": "'2026-01-01'",
    "float4": "1",
    "float8": "1",
    "inet": "'10.0.0.1'",
    "int2": "1",
    "int4": "1",
    "int8": "1",
    "interval": "'1 day'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "money": "1",
    "numeric": "1",
    "time": "'12:00'",
    "timestamp": "'2026-01-01 12:00'",
    "timestamptz": "'2026-01-01 12:00+00'",
    "uuid": "'00000000-0000-4000-8000-000000000001'",
}


class NoSeedError(Exception):
    """A column that no sample value is known for."""


def seeds(table: Relation) -> tuple[str, ...]:
    """One row for each table that it refers to, theirs first, and one for itself. Raises NoSeedError."""
    return tuple(_insert(one) for one in _with_referenced(table, []))


def _with_referenced(table: Relation, on_the_way: Sequence[int]) -> list[Relation]:
    found: list[Relation] = []
    for key in table.foreign_keys:
        target = key.referenced
        if target is None or target.oid == table.oid or target.oid in on_the_way:
            continue
        found += [one for one in _with_referenced(target, [*on_the_way, table.oid]) if one not in found]
    if len(found) > MOST_TABLES:
        raise NoSeedError(f"{table.qualified_name} needs rows of {len(found)} other tables first")
    return [*found, table]


def _insert(table: Relation) -> str:
    wanted = [column for column in table.columns if _is_given(column)]
    names = ", ".join(quoted(column.name) for column in wanted)
    values = ", ".join(_value(column, ()) for column in wanted)
    overriding = " overriding system value" if any(column.row.identity == "a" for column in wanted) else ""
    return f"insert into {table.sql} ({names}){overriding} values ({values})"


def _is_given(column: Column) -> bool:
    """Keys, what must not be null, and references; the rest comes by itself or is left out."""
    table, row = column.relation, column.row
    key = table.primary_key
    if row.generated:
        return False
    if key is not None and row.number in key.columns:
        return True
    return row.not_null and not row.has_default and not row.identity


def _value(column: Column, seen: tuple[tuple[int, int], ...]) -> str:
    """A literal: that of the column it refers to, one that a CHECK lists, or one of its type."""
    here = (column.row.relation, column.row.number)
    for key in column.relation.foreign_keys:
        for ours, theirs in key.pairs:
            if ours.row.number == column.row.number and here not in seen:
                return _value(theirs, (*seen, here))
    return next(_checked(column), None) or _typed(column)


def _checked(column: Column) -> Iterator[str]:
    for constraint in column.relation.constraints:
        text = text_of(constraint.row.expression) if constraint.row.columns == (column.row.number,) else None
        listed = _LISTED.search(text) if text else None
        first = _LITERAL.search(listed[1]) if listed else None
        length = _LENGTH.search(text) if text else None
        if first:
            yield literal(first[1].replace("''", "'"))
        elif length:
            yield literal("A" * int(length[1]))


def _typed(column: Column) -> str:
    base = column.type.base
    row = base.row
    if row is None:
        raise NoSeedError(f"no sample is known for {column.relation.qualified_name}.{column.name}")
    if row.kind == "e" and row.labels:
        return literal(row.labels[0])
    if row.category == "A":
        return "'{}'"
    if row.name in _BY_TYPE:
        return _BY_TYPE[row.name]
    if row.category == "S":
        text = f"{column.name} 1"
        room = base.typmod - 4 if row.name in ("varchar", "bpchar") and base.typmod > 4 else len(text)  # noqa: PLR2004
        return literal(text[:room])
    raise NoSeedError(f"no sample is known for {column.relation.qualified_name}.{column.name}, a {base.sql}")
