"""Diesel: `<date>_<name>/up.sql`; the version is the text before the first underscore, without dashes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pgaudit.migrations.sources.errors import BadProjectFileError
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
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, whole_file


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every `up.sql`; `run_in_transaction = false` in `metadata.toml` sends it as one string outside a transaction."""
    found = sorted(_read(location, options), key=lambda migration: (migration.version, migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for entry in list_folder(location.folder):
        path = location.folder / entry.name / "up.sql"
        if is_dir(entry) and not entry.name.startswith(".") and path.exists():
            version, _, name = entry.name.partition("_")
            in_transaction = _runs_in_transaction(path.with_name("metadata.toml"))
            tx_mode = options.tx_mode or TxMode.PER_FILE if in_transaction else TxMode.NONE
            yield whole_file(Tool.DIESEL, read_source(path), version.replace("-", ""), name or entry.name, tx_mode)


def _runs_in_transaction(metadata: Path) -> bool:
    if not metadata.exists():
        return True
    try:
        return tomllib.loads(decode(read_bytes(metadata))[0]).get("run_in_transaction", True) is not False
    except tomllib.TOMLDecodeError as error:
        raise BadProjectFileError(metadata, f"is not TOML ({error})") from error


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version, whatever the order."""
    return set_difference(migrations, {str(version): None for (version,) in rows.select("version")}, order=str)


SOURCE = Source(Tool.DIESEL, read, states, problems=duplicate_versions)
