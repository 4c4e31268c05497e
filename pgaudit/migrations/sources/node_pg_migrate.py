"""node-pg-migrate: `<number>_name.sql` with `-- Up Migration` and `-- Down Migration`; JavaScript where readable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.files import SourceFile, file_names, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Source,
    SourceOptions,
    SqlPart,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.javascript import Calls, literal_calls
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, number, part_between

FILE_NAME = re.compile(r"^([0-9]+)[_-](.*)\.(sql|js|cjs|mjs|ts|cts|mts)$")
_UP = re.compile(r"^[ \t]*--[ \t-]*up[ \t]+migration.*$", re.MULTILINE | re.IGNORECASE)
_DOWN = re.compile(r"^[ \t]*--[ \t-]*down[ \t]+migration.*$", re.MULTILINE | re.IGNORECASE)
_CALLS = Calls(literal=re.compile(r"\bpgm\.sql\s*\("), other=re.compile(r"\bpgm\.(?!sql\b|noTransaction\b|func\b)\w+"))
_NO_TRANSACTION = re.compile(r"\bpgm\.noTransaction\s*\(")
_SUFFIXES = (".sql", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration; all pending ones run in one transaction unless `--no-single-transaction` is given."""
    found = sorted(_read(location, options), key=lambda migration: (number(migration.name), migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder, _SUFFIXES):
        match = FILE_NAME.match(file_name)
        if match is None or file_name.endswith((".d.ts", ".down.sql")):
            continue
        source = read_source(location.folder / file_name)
        name = file_name.rpartition(".")[0].removesuffix(".up")
        yield _sql(source, name, options) if match[3] == "sql" else _script(source, name, options)


def _sql(source: SourceFile, name: str, options: SourceOptions) -> Migration:
    part = _up_section(source)
    parts = () if part is None else (part,)
    tx_mode = options.tx_mode or TxMode.ALL_PENDING
    return Migration(Tool.NODE_PG_MIGRATE, name, name, source.path, parts, tx_mode, opaque=source.opaque)


def _up_section(source: SourceFile) -> SqlPart | None:
    """The text after the up mark and before the down mark, whichever comes first in the file."""
    up, down = _UP.search(source.text), _DOWN.search(source.text)
    start = up.end() if up else 0
    end = down.start() if down and down.start() >= start else len(source.text)
    return part_between(source, start, end)


def _script(source: SourceFile, name: str, options: SourceOptions) -> Migration:
    parts, opaque = literal_calls(source, _CALLS)
    bare = _NO_TRANSACTION.search(source.text) is not None
    tx_mode = TxMode.PER_STATEMENT if bare else options.tx_mode or TxMode.ALL_PENDING
    steps = (*source.opaque, *opaque)
    return Migration(Tool.NODE_PG_MIGRATE, name, name, source.path, parts, tx_mode, opaque=steps)


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by name; a migration before the newest applied one is refused while the order is checked."""
    applied = {str(name): None for (name,) in rows.select("name")}
    return set_difference(migrations, applied, order=_order, refuses_lower=True)


def _order(name: str) -> tuple[int, str]:
    return (number(name), name)


SOURCE = Source(Tool.NODE_PG_MIGRATE, read, states, problems=duplicate_versions)
