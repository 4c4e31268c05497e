"""goose: `<number>_name.sql` with `-- +goose Up` and `-- +goose Down` sections; `.go` files are opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from pgaudit.migrations.sources.files import SourceFile, file_names, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    OpaqueReason,
    OpaqueStep,
    Source,
    SourceOptions,
    SqlPart,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, number, part_between, substituted

FILE_NAME = re.compile(r"^([0-9]+)_(.*)\.(sql|go)$")
MARK = re.compile(r"^--[ \t]*\+goose[ \t]+([A-Za-z ]+?)[ \t\r]*$", re.MULTILINE)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration's Up section; `NO TRANSACTION` has its statements sent one by one."""
    found = sorted(_read(location, options), key=lambda migration: (number(migration.version), migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder, (".sql", ".go")):
        match = FILE_NAME.match(file_name)
        if match is None or file_name.endswith("_test.go"):
            continue
        version, name = str(int(match[1])), match[2]
        path = location.folder / file_name
        if match[3] == "go":
            opaque = (OpaqueStep(OpaqueReason.PROGRAM_CODE, "a migration written in Go", path),)
            yield Migration(Tool.GOOSE, version, name, path, (), TxMode.PER_FILE, opaque=opaque)
        else:
            yield _sql_migration(read_source(path), version, name, options)


def _sql_migration(source: SourceFile, version: str, name: str, options: SourceOptions) -> Migration:
    marks = [(match[1].upper(), match) for match in MARK.finditer(source.text)]
    bare = any(word == "NO TRANSACTION" for word, _match in marks)
    tx_mode = TxMode.PER_STATEMENT if bare else options.tx_mode or TxMode.PER_FILE
    if any(word == "ENVSUB ON" for word, _match in marks):
        source = replace(source, text=substituted(source.text, options.placeholders))
        marks = [(match[1].upper(), match) for match in MARK.finditer(source.text)]
    part = _up_section(source, marks)
    parts = () if part is None else (part,)
    return Migration(Tool.GOOSE, version, name, source.path, parts, tx_mode, opaque=source.opaque)


def _up_section(source: SourceFile, marks: list[tuple[str, re.Match[str]]]) -> SqlPart | None:
    start = next((match.end() for word, match in marks if word == "UP"), None)
    if start is None:
        return None
    ends = (match.start() for word, match in marks if word == "DOWN" and match.start() > start)
    return part_between(source, start, next(ends, len(source.text)))


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States from the newest row of each version; version 0 is a sentinel.

    A file older than the newest applied one stops goose unless `-allow-missing` is given.
    """
    latest: dict[str, bool] = {}
    ordered = sorted(rows.select("id", "version_id", "is_applied"), key=lambda row: int(row[0] or 0))
    for _id, version, is_applied in ordered:
        latest[str(version)] = bool(is_applied)
    applied = {version: None for version, is_applied in latest.items() if is_applied and version != "0"}
    return set_difference(migrations, applied, order=int, refuses_lower=True)


SOURCE = Source(Tool.GOOSE, read, states, problems=duplicate_versions)
