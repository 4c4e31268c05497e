"""What our role may read of a database, asked of the server without touching anything."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgaudit.server.facts import query_text, read_only


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A schema with relations that our role may not read; the name is quoted as SQL."""

    schema: str
    tables: int
    sequences: int


@dataclass(frozen=True, slots=True)
class MigrationTable:
    """A migration tool's state table; the names are quoted as SQL."""

    schema: str
    table: str
    schema_usable: bool
    selectable: bool


@dataclass(frozen=True, slots=True)
class Privileges:
    """What the queries found; identifiers are quoted as SQL."""

    role: str
    statements_loaded: bool
    preloaded_libraries: str | None
    statements_available: bool
    statements_schema: str | None
    statements_schema_usable: bool | None
    statements_selectable: bool | None
    hba_readable: bool
    file_settings_readable: bool
    unreadable: tuple[Unreadable, ...] = ()
    migration_tables: tuple[MigrationTable, ...] = ()


def read_privileges(connection: psycopg.Connection[Any]) -> Privileges:
    """Gives the facts that `capabilities` judges, from one short read-only transaction."""
    with read_only(connection), connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query_text("privileges")).fetchone() or {}
        unreadable = cursor.execute(query_text("unreadable_relations")).fetchall()
        tables = cursor.execute(query_text("migration_tables")).fetchall()
    return Privileges(
        **row,
        unreadable=tuple(Unreadable(r["schema_name"], r["tables"], r["sequences"]) for r in unreadable),
        migration_tables=tuple(
            MigrationTable(r["schema_name"], r["table_name"], r["schema_usable"], r["selectable"]) for r in tables
        ),
    )
