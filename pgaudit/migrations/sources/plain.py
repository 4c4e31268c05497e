"""Plain SQL: every `*.sql` of a folder, by leading integer, else in natural order. It keeps no state table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pgaudit.migrations.sources.files import natural_key, read_source, walk
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
from pgaudit.migrations.sources.ordering import duplicate_versions, pending_state
from pgaudit.migrations.sources.sqlfiles import at_least_one, whole_file

_REVERTING = re.compile(
    r"(\.down\.sql|_down\.sql|[._-](undo|rollback|revert)\.sql)$|^(rollback|revert|undo|down)\b", re.IGNORECASE
)


def is_reverting(file_name: str) -> bool:
    """Whether a file undoes a migration, by its name."""
    return _REVERTING.search(file_name) is not None or file_name == "down.sql"


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every SQL file that does not undo one; `location.folder` may be a single file."""
    folder = location.folder
    paths = [folder] if folder.is_file() else sorted(_candidates(folder), key=lambda path: _order(folder, path))
    return at_least_one((plain_migration(path, folder, options) for path in paths), folder)


def _candidates(folder: Path) -> Iterator[Path]:
    return (path for path in walk(folder, (".sql",)) if not is_reverting(path.name))


def _order(folder: Path, path: Path) -> list[tuple[tuple[int, int, str], ...]]:
    relative = path.relative_to(folder)
    return [natural_key(piece) for piece in relative.parts]


def plain_migration(path: Path, folder: Path, options: SourceOptions) -> Migration:
    """One SQL file as a migration of its own, run as psql runs it."""
    inside = path.relative_to(folder).as_posix() if path != folder else path.name
    return whole_file(Tool.PLAIN, read_source(path), inside, path.stem, options.tx_mode or TxMode.PER_STATEMENT)


def states(migrations: Sequence[Migration], _rows: StateTableRows) -> list[MigrationState]:
    """Every file is pending: nothing says otherwise."""
    return [pending_state(migration) for migration in migrations]


SOURCE = Source(Tool.PLAIN, read, states, problems=duplicate_versions)
