"""dbmate: `<digits>_name.sql` with `-- migrate:up` and `-- migrate:down` sections, several pairs a file allowed."""

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
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one, part_between

FILE_NAME = re.compile(r"^([0-9]+)(.*)\.sql$")
MARK = re.compile(r"^--[ \t]*migrate:(up|down)(.*)$", re.MULTILINE)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration's up sections; one with `transaction:false` is sent as one string outside a transaction."""
    found = sorted(_read(location, options), key=lambda migration: (migration.version, migration.name))
    return at_least_one(found, location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    for file_name in file_names(location.folder):
        if match := FILE_NAME.match(file_name):
            source = read_source(location.folder / file_name)
            parts = tuple(_up_sections(source))
            yield Migration(
                Tool.DBMATE,
                match[1],
                match[2].removeprefix("_"),
                source.path,
                parts,
                options.tx_mode or TxMode.PER_FILE,
                opaque=source.opaque,
            )


def _up_sections(source: SourceFile) -> Iterator[SqlPart]:
    marks = list(MARK.finditer(source.text))
    ends = [*(match.start() for match in marks[1:]), len(source.text)]
    for match, end in zip(marks, ends, strict=False):
        bare = "transaction:false" in match[2].split()
        part = part_between(source, match.end(), end, TxMode.NONE if bare else None)
        if match[1] == "up" and part is not None:
            yield part


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by version, whatever the order."""
    return set_difference(migrations, {str(version): None for (version,) in rows.select("version")}, order=str)


SOURCE = Source(Tool.DBMATE, read, states, problems=duplicate_versions)
