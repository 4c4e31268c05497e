"""sqlx: `<i64>_<description>.sql` or `.up.sql`, in order of the integer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.files import decode, file_names, read_bytes, read_source
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Source,
    SourceOptions,
    State,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import duplicate_versions, failed_state, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, number, whole_file

FILE_NAME = re.compile(r"^([0-9]+)_(.*?)(\.up)?\.sql$")
NO_TRANSACTION = "-- no-transaction"


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every up file; one that starts with `-- no-transaction` is sent as one string outside a transaction."""
    found = sorted(_read(location, options), key=lambda migration: (number(migration.version), migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder):
        match = FILE_NAME.match(file_name)
        if match is None or file_name.endswith(".down.sql"):
            continue
        path = location.folder / file_name
        data = read_bytes(path)
        bare = decode(data[: len(NO_TRANSACTION) + 3])[0].startswith(NO_TRANSACTION)
        tx_mode = TxMode.NONE if bare else options.tx_mode or TxMode.PER_FILE
        checksum = hashlib.sha384(data).hexdigest()
        yield whole_file(Tool.SQLX, read_source(path), str(int(match[1])), match[2], tx_mode, checksum=checksum)


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version; a row without success leaves the database dirty and stops every later run."""
    applied: dict[str, str | None] = {}
    dirty: set[str] = set()
    for version, success, checksum in rows.select("version", "success", "checksum"):
        applied[str(version)] = None if checksum is None else str(checksum)
        if success is False:
            dirty.add(str(version))
    return [_dirty_first(state, dirty) for state in set_difference(migrations, applied, order=int)]


def _dirty_first(state: MigrationState, dirty: set[str]) -> MigrationState:
    if state.version in dirty and state.migration is not None and state.state is not State.MISSING_ON_DISK:
        return failed_state(state.migration, "it failed halfway; sqlx refuses to run until the row is repaired")
    return state


SOURCE = Source(Tool.SQLX, read, states, problems=duplicate_versions)
