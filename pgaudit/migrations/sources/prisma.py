"""Prisma Migrate: `<folder>/<name>/migration.sql`, run in byte order of the folder names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pgaudit.migrations.sources.files import decode, is_dir, list_folder, read_bytes, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Source,
    SourceOptions,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import (
    applied_state,
    edited_state,
    failed_state,
    missing_states,
    pending_state,
)
from pgaudit.migrations.sources.sqlfiles import at_least_one, whole_file
from pgaudit.migrations.sources.sqltext import statement_heads

_PARENTS_SEARCHED = 4
_SPLITS_SINCE = (7, 4)
_DEPENDENCY = re.compile(r'"(?:prisma|@prisma/client)"\s*:\s*"[^0-9"]*([0-9]+)\.([0-9]+)')
_CONCURRENTLY = re.compile(r"\bCONCURRENTLY\b", re.IGNORECASE)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every `migration.sql`. Prisma sends a file as one message, so two statements share an implicit transaction.

    From 7.4 on a file with CONCURRENTLY in it is split, and its statements are sent one by one.
    """
    return at_least_one(_read(location, options), location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    splits = _prisma_version(location.folder) >= _SPLITS_SINCE
    for entry in list_folder(location.folder):
        path = location.folder / entry.name / "migration.sql"
        if is_dir(entry) and path.exists():
            source = read_source(path)
            alone = splits and any(_CONCURRENTLY.search(head) for head in statement_heads(source.text))
            tx_mode = options.tx_mode or (TxMode.PER_STATEMENT if alone else TxMode.NONE)
            yield whole_file(Tool.PRISMA, source, entry.name, entry.name, tx_mode, checksum=source.data_sha256)


def _prisma_version(folder: Path) -> tuple[int, int]:
    """The version that the nearest `package.json` asks for; (0, 0) when none says."""
    for parent in list(folder.parents)[:_PARENTS_SEARCHED]:
        package = parent / "package.json"
        if package.is_file() and (match := _DEPENDENCY.search(decode(read_bytes(package))[0])):
            return int(match[1]), int(match[2])
    return 0, 0


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by name: applied when finished and not rolled back, failed when neither finished nor rolled back.

    A failed row refuses every later deploy (P3009) until `prisma migrate resolve`.
    """
    applied: dict[str, set[str]] = {}
    failed: dict[str, None] = {}
    columns = rows.select("migration_name", "checksum", "finished_at", "rolled_back_at")
    for name, checksum, finished_at, rolled_back_at in columns:
        if rolled_back_at is not None:
            continue
        if finished_at is None:
            failed[str(name)] = None
        else:
            applied.setdefault(str(name), set()).add(str(checksum))
    result = [_state(migration, applied, failed) for migration in migrations]
    return result + missing_states([*applied, *failed], {migration.version for migration in migrations})


def _state(migration: Migration, applied: dict[str, set[str]], failed: dict[str, None]) -> MigrationState:
    if migration.version in failed:
        return failed_state(migration, "it began and did not finish; Prisma refuses to deploy until it is resolved")
    checksums = applied.get(migration.version)
    if checksums is None:
        newest = max(applied, default="")
        return pending_state(migration, late=migration.version < newest)
    return applied_state(migration) if migration.checksum_disk in checksums else edited_state(migration)


SOURCE = Source(Tool.PRISMA, read, states)
