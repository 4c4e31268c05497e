"""golang-migrate: `<unsigned integer>_<title>.up.sql`, in order of the integer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.files import file_names, read_source
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
    duplicate_versions,
    failed_state,
    missing_states,
    pending_state,
)
from pgaudit.migrations.sources.sqlfiles import at_least_one, number, whole_file

FILE_NAME = re.compile(r"^([0-9]+)_(.*)\.up\.sql$")


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every up file. A file is sent as one string, so two statements share an implicit transaction."""
    found = sorted(_read(location, options), key=lambda migration: (number(migration.version), migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder):
        if match := FILE_NAME.match(file_name):
            source = read_source(location.folder / file_name)
            version = str(int(match[1]))
            yield whole_file(Tool.GOLANG_MIGRATE, source, version, match[2], options.tx_mode or TxMode.NONE)


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States from the one row that says how far the database is.

    Everything up to it counts as applied: the tool keeps no list, so a lower file added later never runs, and only a
    comparison with an older state of the folder (`--git-diff`) can tell.
    """
    row = next(iter(rows.select("version", "dirty")), None)
    if row is None or row[0] is None:
        return [pending_state(migration) for migration in migrations]
    current, dirty = int(row[0]), bool(row[1])
    result = [_state(migration, current, dirty=dirty) for migration in migrations]
    versions = {migration.version for migration in migrations}
    return result + (missing_states([str(current)], versions) if current >= 0 else [])


def _state(migration: Migration, current: int, *, dirty: bool) -> MigrationState:
    version = number(migration.version)
    if version > current:
        return pending_state(migration)
    if version == current and dirty:
        return failed_state(migration, "the database is marked dirty at this version; nothing runs until it is forced")
    return applied_state(migration)


SOURCE = Source(Tool.GOLANG_MIGRATE, read, states, problems=duplicate_versions)
