"""Filling tables of a shadow database with synthetic rows, as many and as wide as statistics say the real ones are.

No row of the audited database is read for it, and no value of one is known: each value is made of a row's number. Rows
spread evenly over the distinct values; that some real values are far more frequent than others is not reproduced.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pgaudit.review.shadow.shapes import ColumnShape, TableShape, UnfillableError
from pgaudit.review.shadow.synthetic import value_sql
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_GOLDEN = (math.sqrt(5) - 1) / 2
_SORTED_FROM = 0.5
"""Correlation from which a column that is nearly unique follows the order of the rows."""
_NEARLY_UNIQUE = 0.1
_NO_ORDER = 0.01
_ENOUGH_PAGES = 0.98
_MOST_ROUNDS = 10
"""Each can double a table."""


class Filled(msgspec.Struct, frozen=True):
    """A table as it was filled, in the server's own numbers."""

    shape: TableShape
    rows: int
    pages: int


def fill(connection: Connection, table: Relation, shape: TableShape) -> Filled:
    """Fill the empty table of this name and let the server analyze it.

    Args:
        connection: To the shadow, outside of a transaction, with triggers switched off where its role may.
        table: The table in the audited database.
        shape: What is to be made.

    Raises:
        UnfillableError: There is a column that no value can be made for, or the server refused the rows.
    """
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    try:
        _unbind(connection, shape)
        if shape.made_rows:
            _run(connection, insert_sql(table, shape, shape.made_rows))
            _pad(connection, shape)
        return _analyzed(connection, shape)
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise UnfillableError(f"{shape.qualified_name} could not be filled: {said}") from error


def _run(connection: Connection, sql: str) -> None:
    connection.execute(sql.encode())


def _unbind(connection: Connection, shape: TableShape) -> None:
    """Take away what synthetic rows need not obey and no plan depends on: checks, of domains too, and computations."""
    about = {"table": shape.sql}
    checks = connection.execute(
        "select c.conname from pg_catalog.pg_constraint as c where c.conrelid = %(table)s::regclass and "
        "c.contype = 'c' and c.coninhcount = 0",
        about,
    )
    for (name,) in checks.fetchall():
        _run(connection, f"alter table {shape.sql} drop constraint {quoted(name)}")
    domains = connection.execute(
        "with recursive used as (select a.atttypid as type from pg_catalog.pg_attribute as a "
        "where a.attrelid = %(table)s::regclass and a.attnum > 0 and not a.attisdropped "
        "union select t.typbasetype from used as u join pg_catalog.pg_type as t on t.oid = u.type "
        "where t.typtype = 'd') "
        "select pg_catalog.format_type(c.contypid, null), c.conname from used as u "
        "join pg_catalog.pg_constraint as c on c.contypid = u.type and c.contype = 'c'",
        about,
    )
    for kind, name in domains.fetchall():
        _run(connection, f"alter domain {kind} drop constraint {quoted(name)}")
    computed = connection.execute(
        "select a.attname from pg_catalog.pg_attribute as a where a.attrelid = %(table)s::regclass and "
        "a.attgenerated = 's' and not a.attisdropped",
        about,
    )
    for (name,) in computed.fetchall():
        _run(connection, f"alter table {shape.sql} alter column {quoted(name)} drop expression")


def insert_sql(table: Relation, shape: TableShape, rows: int) -> str:
    """The INSERT that makes these rows. Raises UnfillableError for a column that no value can be made for."""
    numbers = _composed(table, shape)
    columns: list[str] = []
    values: list[str] = []
    for place, column in enumerate(shape.columns):
        found = table.column(column.number)
        distinct = shape.made_distinct(column)
        number = numbers.get(column.number) or _number(column, place, rows, distinct)
        made = value_sql(found.type, f"({number})::bigint", column.width_bytes, distinct) if found else None
        if made is None:
            if found and found.row.not_null:
                raise UnfillableError(
                    f"no value can be made for {shape.qualified_name}.{column.name}, which is of type {found.type.sql}"
                )
            continue
        columns.append(quoted(column.name))
        values.append(_with_nulls(made, column, rows))
    listed = ",\n    ".join(values)
    return (
        f"insert into {shape.sql} ({', '.join(columns)}) overriding system value\nselect\n    {listed}\n"
        f"from pg_catalog.generate_series(0::bigint, {rows - 1}::bigint) as r (i)\non conflict do nothing"
    )


def _number(column: ColumnShape, place: int, rows: int, distinct: int) -> str:
    """SQL for the number of a row's value: in the order of the rows, without order, or each for a share of them.

    Only rows with a value count: a null takes none of the distinct values away.
    """
    nulls = _nulls(column, rows)
    given = rows - nulls
    if distinct <= 1 or given <= 1:
        return "0"
    rank = f"(r.i - r.i * {nulls} / {rows})" if nulls else "r.i"
    ordered = _spread(rank, given, distinct)
    if column.correlation < 0:
        ordered = f"{distinct - 1} - {ordered}"
    shuffled = _spread(_shuffled(rank, place + 1, given), given, distinct)
    strength = abs(column.correlation)
    if distinct > given * _NEARLY_UNIQUE:
        return ordered if strength >= _SORTED_FROM else shuffled
    if strength < _NO_ORDER:
        return shuffled
    chosen = _shuffled(rank, place + 501, given)
    return f"case when {chosen} < {round(strength * given)} then {ordered} else {shuffled} end"


def _nulls(column: ColumnShape, rows: int) -> int:
    return min(rows, round(column.null_fraction * rows))


def _spread(position: str, rows: int, distinct: int) -> str:
    return position if distinct >= rows else f"({position}) * {distinct} / {rows}"


def _shuffled(position: str, seed: int, rows: int) -> str:
    """A permutation of the rows: multiples of a number that shares no factor with their count."""
    step = max(1, int(rows * ((seed * _GOLDEN) % 1)))
    while math.gcd(step, rows) != 1:
        step += 1
    return f"({position} * {step} + {seed * 7919}) % {rows}"


def _with_nulls(made: str, column: ColumnShape, rows: int) -> str:
    """The value, but null in as many rows as there are to be, at even distances."""
    nulls = _nulls(column, rows)
    if not nulls:
        return made
    return f"case when (r.i + 1) * {nulls} / {rows} > r.i * {nulls} / {rows} then null else {made} end"


def _composed(table: Relation, shape: TableShape) -> Mapping[int, str]:
    """Numbers for the columns of a key of several columns that none of them makes unique alone.

    The row's number is written in digits whose bases are the columns' distinct values: no two rows share all digits.
    """
    known = {column.number: column for column in shape.columns}
    numbers: dict[int, str] = {}
    for index in table.indexes:
        keys = [known[one] for one in index.key_columns if one in known]
        alone = any(shape.made_distinct(one) >= shape.made_rows for one in keys)
        if not index.row.unique or len(keys) != index.row.key_count or alone or any(k.number in numbers for k in keys):
            continue
        numbers.update(_digits(shape, sorted(keys, key=lambda one: -shape.made_distinct(one))))
    return numbers


def _digits(shape: TableShape, keys: Sequence[ColumnShape]) -> Iterator[tuple[int, str]]:
    divisor = 1
    for place, column in enumerate(keys):
        base = shape.made_distinct(column)
        if place == len(keys) - 1:
            base = max(base, math.ceil(shape.made_rows / divisor))
        yield column.number, f"(r.i / {divisor}) % {base}"
        divisor *= base


# ---- pages


def _pad(connection: Connection, shape: TableShape) -> None:
    """Make the table as large as the real one, which has dead rows and gaps: its last rows are written once more.

    The old versions are removed by the VACUUM that follows, their pages stay, and the order of the rows is kept.
    """
    column = next((one.name for one in shape.columns if one.number not in _fixed(connection, shape)), None)
    for _ in range(_MOST_ROUNDS):
        pages = _pages(connection, shape)
        lacking = shape.made_pages - pages
        if column is None or pages == 0 or pages >= shape.made_pages * _ENOUGH_PAGES:
            return
        first = max(0, pages - lacking)
        same = f"{quoted(column)} = {quoted(column)}"
        _run(connection, f"update {shape.sql} set {same} where ctid >= '({first},0)'::tid")


def _fixed(connection: Connection, shape: TableShape) -> frozenset[int]:
    """Numbers of the columns that an UPDATE may not set."""
    found = connection.execute(
        "select a.attnum from pg_catalog.pg_attribute as a where a.attrelid = %(table)s::regclass and "
        "(a.attidentity <> '' or a.attgenerated <> '')",
        {"table": shape.sql},
    )
    return frozenset(number for (number,) in found.fetchall())


def _pages(connection: Connection, shape: TableShape) -> int:
    found = connection.execute(
        "select pg_catalog.pg_relation_size(%(table)s::regclass) / pg_catalog.current_setting('block_size')::bigint",
        {"table": shape.sql},
    ).fetchone()
    return int(found[0]) if found else 0


def _analyzed(connection: Connection, shape: TableShape) -> Filled:
    """The table as the server sees it after VACUUM and ANALYZE, its pages all-visible as far as the real ones are."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    _run(connection, f"vacuum (analyze, truncate false) {shape.sql}")
    seen = connection.execute(
        "select c.reltuples::bigint, c.relpages from pg_catalog.pg_class as c where c.oid = %(table)s::regclass",
        {"table": shape.sql},
    ).fetchone()
    rows, pages = (int(seen[0]), int(seen[1])) if seen else (0, 0)
    visible = round(pages * shape.all_visible_pages / shape.pages) if shape.pages else 0
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "update pg_catalog.pg_class set relallvisible = %(visible)s where oid = %(table)s::regclass",
            {"visible": min(visible, pages), "table": shape.sql},
        )
    return Filled(shape, max(rows, 0), pages)
