"""Supabase CLI: `supabase/migrations/<digits>_<name>.sql`, in order of the digits as text."""

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
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, whole_file

FILE_NAME = re.compile(r"^([0-9]+)_(.*)\.sql$")


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration; the CLI sends a file as one pipeline, which is one implicit transaction."""
    found = sorted(_read(location, options), key=lambda migration: (migration.version, migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder):
        if match := FILE_NAME.match(file_name):
            source = read_source(location.folder / file_name)
            yield whole_file(Tool.SUPABASE, source, match[1], match[2], options.tx_mode or TxMode.PER_FILE)


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version; a file older than the newest applied one is refused unless `--include-all` is given."""
    applied = {str(version): None for (version,) in rows.select("version")}
    return set_difference(migrations, applied, order=str, refuses_lower=True)


SOURCE = Source(Tool.SUPABASE, read, states, problems=duplicate_versions)
