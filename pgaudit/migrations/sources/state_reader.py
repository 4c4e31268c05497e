"""Reading migration state tables from a server: find them by name in all schemas, then select just what is needed.

Everything runs in one read-only transaction (a savepoint, when the caller is in one) that is rolled back. No lock of a
tool is taken. Only plain tables are read, without their children and with row security off, so that no view, policy or
foreign table can run a function of the database that is looked at.
"""

from __future__ import annotations

import datetime as dt
from typing import LiteralString

import msgspec
import psycopg
from psycopg import sql

from pgaudit.migrations.sources.interface import Cell, SourceOptions, StateTableRows, Tool
from pgaudit.migrations.sources.tables import (
    FoundColumn,
    FoundTable,
    IdentifiedTable,
    identify,
    lock_tables,
    names_to_find,
    recognised,
)

MAX_ROWS = 200_000

_SETTINGS: tuple[LiteralString, ...] = (
    "set local transaction_read_only = on",
    "set local search_path = pg_catalog, pg_temp",
    "set local lock_timeout = '200ms'",
    "set local statement_timeout = '15s'",
    "set local row_security = off",
)

_FIND: LiteralString = """/* pgaudit */
select
    n.nspname::pg_catalog.text as schema_name,
    c.relname::pg_catalog.text as table_name,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') as schema_usable,
    a.attname::pg_catalog.text as column_name,
    t.typname::pg_catalog.text as type_name,
    pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') as readable
from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
    inner join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) c.oid
    inner join pg_catalog.pg_type as t on t.oid operator(pg_catalog.=) a.atttypid
where c.relname operator(pg_catalog.=) any (%(names)s::pg_catalog.name[])
    and c.relkind operator(pg_catalog.=) 'r'
    and c.relpersistence operator(pg_catalog.<>) 't'
    and a.attnum operator(pg_catalog.>) 0
    and not a.attisdropped
    -- a type of the database's own could run a function of its own while it is read
    and t.typnamespace operator(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
order by n.nspname, c.relname, a.attnum
"""


class UnreadableTable(msgspec.Struct, frozen=True):
    """A state table that could not be read: why, and the statement that would let this role read it."""

    schema: str
    table: str
    tool: Tool
    reason: str
    grant: str | None


class HeldLock(msgspec.Struct, frozen=True):
    """A table in which a tool notes that it is running, and does at this moment."""

    schema: str
    table: str
    tool: Tool


class StateReport(msgspec.Struct, frozen=True):
    """All that a database says about applied migrations; a snapshot carries it whole."""

    tables: tuple[StateTableRows, ...] = ()
    unreadable: tuple[UnreadableTable, ...] = ()
    recognised: tuple[tuple[str, str], ...] = ()
    held_locks: tuple[HeldLock, ...] = ()

    def tools(self) -> tuple[Tool, ...]:
        """The tools whose state tables are there, readable or not."""
        return tuple(dict.fromkeys([*(t.tool for t in self.tables), *(t.tool for t in self.unreadable)]))


def read_state(
    connection: psycopg.Connection[tuple[object, ...]], options: SourceOptions | None = None, tool: Tool | None = None
) -> StateReport:
    """The rows of every migration state table of the database, and which ones this role may not read.

    Args:
        connection: an open connection; nothing of its session outlives the call.
        options: names a state table that was moved or renamed.
        tool: whose table the options name.
    """
    options = options or SourceOptions()
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        for setting in _SETTINGS:
            cursor.execute(setting)
        found = _found_tables(cursor, names_to_find(options))
        read = [_read(connection, table) for table in identify(found, options, tool)]
        notes = [_read(connection, table) for table in lock_tables(found)]
    return StateReport(
        tuple(item for item in read if isinstance(item, StateTableRows)),
        tuple(item for item in read if isinstance(item, UnreadableTable)),
        tuple(recognised(found)),
        tuple(HeldLock(note.schema, note.table, note.tool) for note in notes if _is_held(note)),
    )


def _is_held(note: StateTableRows | UnreadableTable) -> bool:
    return isinstance(note, StateTableRows) and any(bool(value) for row in note.rows for value in row)


def _found_tables(cursor: psycopg.Cursor[tuple[object, ...]], names: list[str]) -> list[FoundTable]:
    tables: dict[tuple[str, str], tuple[bool, list[FoundColumn]]] = {}
    cursor.execute(_FIND, {"names": names})
    for schema, table, usable, column, type_name, readable in cursor:
        _usable, columns = tables.setdefault((str(schema), str(table)), (bool(usable), []))
        columns.append(FoundColumn(str(column), str(type_name), bool(readable)))
    return [FoundTable(s, name, tuple(columns), usable) for (s, name), (usable, columns) in tables.items()]


def _read(
    connection: psycopg.Connection[tuple[object, ...]], identified: IdentifiedTable
) -> StateTableRows | UnreadableTable:
    table = identified.table
    refused = not table.schema_usable or any(
        column.name in identified.columns and not column.readable for column in table.columns
    )
    if refused:
        return _unreadable(connection, identified, "permission denied")
    try:
        with connection.transaction(force_rollback=True), connection.cursor() as cursor:
            cursor.execute(_select(identified))
            rows = tuple(tuple(_plain(value) for value in row) for row in cursor)
    except psycopg.errors.LockNotAvailable:
        return _unreadable(connection, identified, "it is locked by another session", grant=False)
    except psycopg.errors.InsufficientPrivilege:
        return _unreadable(connection, identified, "a row security policy hides rows from this role", grant=False)
    except (psycopg.errors.QueryCanceled, psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        return _unreadable(connection, identified, type(error).__name__, grant=False)
    if len(rows) > MAX_ROWS:
        return _unreadable(connection, identified, f"it has more than {MAX_ROWS} rows", grant=False)
    return StateTableRows(table.schema, table.name, identified.tool, identified.columns, rows)


def _select(identified: IdentifiedTable) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, identified.columns))
    order = sql.SQL(", ").join(sql.Literal(position) for position in range(1, len(identified.columns) + 1))
    return sql.SQL("/* pgaudit */ select {columns} from only {table} order by {order} limit {limit}").format(
        columns=columns,
        table=sql.Identifier(identified.table.schema, identified.table.name),
        order=order,
        limit=sql.Literal(MAX_ROWS + 1),
    )


def _plain(value: object) -> Cell:
    match value:
        case None | bool() | int() | str():
            return value
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dt.datetime() | dt.date():
            return value.isoformat()
        case _:
            return str(value)


def _unreadable(
    connection: psycopg.Connection[tuple[object, ...]], identified: IdentifiedTable, reason: str, *, grant: bool = True
) -> UnreadableTable:
    table = identified.table
    statement = sql.SQL("grant select on {table} to {role};").format(
        table=sql.Identifier(table.schema, table.name), role=sql.Identifier(connection.info.user)
    )
    usage = sql.SQL("grant usage on schema {schema} to {role}; ").format(
        schema=sql.Identifier(table.schema), role=sql.Identifier(connection.info.user)
    )
    needed = statement if table.schema_usable else usage + statement
    text = needed.as_string(connection) if grant else None
    return UnreadableTable(table.schema, table.name, identified.tool, reason, text)
