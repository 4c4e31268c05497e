"""Knex: `migrations/*.js|ts` in order of the file name; literals of `raw` are read, builders are opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from pgaudit.migrations.sources.files import decode, file_names, read_bytes, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Run,
    Source,
    SourceOptions,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.javascript import SUFFIXES, Calls, code_only, literal_calls
from pgaudit.migrations.sources.ordering import set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one

_TABLE_PLACE = re.compile(r"\b(tableName|schemaName)\s*:\s*['\"]([^'\"]+)")
_NO_TRANSACTION = re.compile(r"\btransaction\s*:\s*false\b")
_CALLS = Calls(
    literal=re.compile(r"\.\s*raw\s*\("),
    other=re.compile(
        r"\.\s*(?:createTable|createTableIfNotExists|createTableLike|alterTable|table|dropTable|dropTableIfExists|"
        r"renameTable|createView|createViewOrReplace|createMaterializedView|dropView|dropMaterializedView|createSchema|"
        r"dropSchema|createExtension|dropExtension|refreshMaterializedView|insert|update|del|delete|batchInsert)\s*\("
    ),
)


def configure(location: Location, options: SourceOptions) -> SourceOptions:
    """The options with the state table that the knexfile names by literals."""
    named = dict(_TABLE_PLACE.findall(decode(read_bytes(location.config))[0])) if location.config else {}
    return replace(
        options,
        state_table=options.state_table or named.get("tableName"),
        state_schema=options.state_schema or named.get("schemaName"),
    )


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration; `version` is the file name without its extension, since `.ts` is run as `.js`."""
    found: dict[str, Migration] = {}
    for migration in _read(location, options):
        found.setdefault(migration.version, migration)
    return at_least_one(found.values(), location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder, SUFFIXES):
        if file_name.endswith(".d.ts"):
            continue
        source = read_source(location.folder / file_name)
        parts, opaque = literal_calls(source, _CALLS)
        bare = _NO_TRANSACTION.search(code_only(source.text)) is not None
        tx_mode = TxMode.PER_STATEMENT if bare else options.tx_mode or TxMode.ALL_PENDING
        name = _stem(file_name)
        yield Migration(Tool.KNEX, name, file_name, source.path, parts, tx_mode, opaque=(*source.opaque, *opaque))


def _stem(file_name: str) -> str:
    return file_name.rpartition(".")[0] or file_name


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by file name without extension, whatever the order."""
    applied = {_stem(str(name)): None for (name,) in rows.select("name")}
    return set_difference(migrations, applied, order=str)


def prepare(pending: list[Migration], _run: Run) -> list[Migration]:
    """One transaction for all only while no pending file opts out; else each of the others has its own."""
    if all(migration.tx_mode is TxMode.ALL_PENDING for migration in pending):
        return pending
    return [
        replace(migration, tx_mode=TxMode.PER_FILE) if migration.tx_mode is TxMode.ALL_PENDING else migration
        for migration in pending
    ]


SOURCE = Source(Tool.KNEX, read, states, prepare=prepare, configure=configure)
