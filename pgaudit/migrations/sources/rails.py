"""Rails: `db/migrate/<digits>_name.rb`. The order and the state are read; the Ruby in it is opaque."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.files import file_names, read_source
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

FILE_NAME = re.compile(r"^([0-9]+)_([_a-z0-9]*)\.?([_a-z0-9]*)?\.rb$")
_NO_TRANSACTION = re.compile(r"^\s*disable_ddl_transaction!", re.MULTILINE)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration, opaque, with the transaction it would have."""
    found = sorted(_read(location, options), key=lambda migration: number(migration.version))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder, (".rb",)):
        if match := FILE_NAME.match(file_name):
            source = read_source(location.folder / file_name)
            bare = _NO_TRANSACTION.search(source.text) is not None
            tx_mode = TxMode.PER_STATEMENT if bare else options.tx_mode or TxMode.PER_FILE
            step = OpaqueStep(OpaqueReason.PROGRAM_CODE, "a migration written in Ruby", source.path)
            version = str(int(match[1]))
            yield Migration(Tool.RAILS, version, match[2], source.path, (), tx_mode, opaque=(*source.opaque, step))


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version, whatever the order."""
    applied = {str(number(str(version))): None for (version,) in rows.select("version")}
    return set_difference(migrations, applied, order=int)


SOURCE = Source(Tool.RAILS, read, states, problems=duplicate_versions)
