"""Ecto: `priv/repo/migrations/**/<integer>_name.exs`. The order and the state are read; the Elixir in it is opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.files import read_source, walk
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    OpaqueReason,
    OpaqueStep,
    Source,
    SourceOptions,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, number

FILE_NAME = re.compile(r"^([0-9]+)_(.*)\.exs$")
_NO_TRANSACTION = re.compile(r"^\s*@disable_ddl_transaction\s+true\b", re.MULTILINE)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration, opaque, with the transaction it would have."""
    found = sorted(_read(location, options), key=lambda migration: number(migration.version))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for path in walk(location.folder, (".exs",)):
        if match := FILE_NAME.match(path.name):
            source = read_source(path)
            bare = _NO_TRANSACTION.search(source.text) is not None
            tx_mode = TxMode.PER_STATEMENT if bare else options.tx_mode or TxMode.PER_FILE
            step = OpaqueStep(OpaqueReason.PROGRAM_CODE, "a migration written in Elixir", path)
            version = str(int(match[1]))
            yield Migration(Tool.ECTO, version, match[2], path, (), tx_mode, opaque=(*source.opaque, step))


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version, whatever the order."""
    return set_difference(migrations, {str(version): None for (version,) in rows.select("version")}, order=int)


SOURCE = Source(Tool.ECTO, read, states, problems=duplicate_versions)
