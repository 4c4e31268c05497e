"""Drizzle: `NNNN_name.sql` with `meta/_journal.json` (0.x), or `<timestamp>_<name>/migration.sql` (1.x)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.files import SourceFile, decode, is_dir, list_folder, read_bytes, read_source
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
from pgaudit.migrations.sources.ordering import (
    applied_state,
    duplicate_versions,
    edited_state,
    missing_states,
    pending_state,
    set_difference,
    unordered_state,
)
from pgaudit.migrations.sources.signs import drizzle_journal
from pgaudit.migrations.sources.sqlfiles import at_least_one

_MIGRATIONS = re.compile(r"\bmigrations['\"]?\s*:\s*\{[^}]*")
_TABLE_PLACE = re.compile(r"\b(table|schema)['\"]?\s*:\s*['\"]([^'\"]+)")
BREAKPOINT = "--> statement-breakpoint"


class _Entry(msgspec.Struct, frozen=True):
    tag: str
    when: int


class _Journal(msgspec.Struct, frozen=True):
    entries: list[_Entry]


def configure(location: Location, options: SourceOptions) -> SourceOptions:
    """The options with the state table that `drizzle.config.*` names by literals."""
    text = decode(read_bytes(location.config))[0] if location.config else ""
    section = _MIGRATIONS.search(text)
    named = dict(_TABLE_PLACE.findall(section[0])) if section else {}
    return replace(
        options,
        state_table=options.state_table or named.get("table"),
        state_schema=options.state_schema or named.get("schema"),
    )


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration of either layout. Drizzle runs all pending ones in one transaction."""
    folder = location.folder
    found = _read_journal(folder, options) if drizzle_journal(folder).exists() else _read_folders(folder, options)
    return at_least_one(found, folder)


def _read_journal(folder: Path, options: SourceOptions) -> Iterator[Migration]:
    path = drizzle_journal(folder)
    try:
        journal = msgspec.json.decode(read_bytes(path), type=_Journal)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadProjectFileError(path, f"is not a Drizzle journal ({error})") from error
    for entry in journal.entries:
        file = folder / f"{entry.tag}.sql"
        if not file.exists():
            raise BadProjectFileError(path, f"names {entry.tag}.sql, which does not exist")
        yield _migration(read_source(file), str(entry.when), entry.tag, options)


def _read_folders(folder: Path, options: SourceOptions) -> Iterator[Migration]:
    for entry in list_folder(folder):
        path = folder / entry.name / "migration.sql"
        if is_dir(entry) and path.exists():
            yield _migration(read_source(path), entry.name, entry.name, options)


def _migration(source: SourceFile, version: str, name: str, options: SourceOptions) -> Migration:
    tx_mode = options.tx_mode or TxMode.ALL_PENDING
    parts = tuple(_parts(source))
    return Migration(Tool.DRIZZLE, version, name, source.path, parts, tx_mode, source.data_sha256, source.opaque)


def _parts(source: SourceFile) -> Iterator[SqlPart]:
    line = 1
    for piece in source.text.split(BREAKPOINT):
        if piece.strip():
            yield SqlPart(piece, source.path, line)
        line += piece.count("\n")


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by name where the table has names (1.x), else by time as the 0.x runtime does."""
    by_name = [(str(name), str(digest)) for name, digest in rows.select("name", "hash") if name is not None]
    if by_name and not _has_journal(migrations):
        return set_difference(migrations, dict(by_name), order=str)
    return _states_by_time(migrations, rows)


def _has_journal(migrations: Sequence[Migration]) -> bool:
    return any(migration.version != migration.name for migration in migrations)


def _states_by_time(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    applied = {str(created_at): str(digest) for digest, created_at in rows.select("hash", "created_at")}
    hashes = set(applied.values())
    newest = max((int(when) for when in applied), default=-1)
    result = [_state_by_time(migration, applied, hashes, newest) for migration in migrations]
    known = {migration.version for migration in migrations}
    on_disk = {migration.checksum_disk for migration in migrations}
    gone = [when for when, digest in applied.items() if digest not in on_disk]
    return result + missing_states(gone, known)


def _state_by_time(migration: Migration, applied: dict[str, str], hashes: set[str], newest: int) -> MigrationState:
    if migration.checksum_disk in hashes:
        return applied_state(migration)
    if migration.version in applied:
        return edited_state(migration)
    if _when(migration) > newest:
        return pending_state(migration)
    return unordered_state(migration, "older than the newest applied entry: Drizzle will never run it", skipped=True)


def _when(migration: Migration) -> int:
    digits = migration.version.split("_", 1)[0]
    return int(digits) if digits.isdecimal() else 0


SOURCE = Source(Tool.DRIZZLE, read, states, problems=duplicate_versions, configure=configure)
