"""TypeORM: a class `Name<13 digits>` a file, ordered by those digits; `queryRunner.query` literals are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.files import SourceFile, read_source, walk
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
from pgaudit.migrations.sources.javascript import SUFFIXES, Calls, code_only, literal_calls
from pgaudit.migrations.sources.ordering import duplicate_versions, set_difference
from pgaudit.migrations.sources.sqlfiles import at_least_one

CLASS = re.compile(r"\bclass\s+(\w*?([0-9]{13}))\b")
_NAME = re.compile(r"\bname\s*(?::\s*string\s*)?=\s*(['\"])([^'\"]+)\1")
_NO_TRANSACTION = re.compile(r"\btransaction\s*(?::\s*boolean\s*)?=\s*false\b")
_CALLS = Calls(
    literal=re.compile(r"\bqueryRunner\s*\.\s*query\s*\("),
    other=re.compile(
        r"\bqueryRunner\s*\.\s*(?!(?:query|hasTable|hasColumn|getTable|connection|startTransaction|commitTransaction)\b)\w+"
    ),
)


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration class; all pending ones run in one transaction unless `--transaction` says otherwise."""
    newest: dict[str, Migration] = {}
    for migration in _read(location, options):
        newest.setdefault(migration.version, migration)
    return at_least_one(sorted(newest.values(), key=lambda migration: _timestamp(migration.version)), location.folder)


def _read(location: Location, options: SourceOptions) -> Iterator[Migration]:
    # TypeScript first: a compiled copy of the same class may lie beside it.
    paths = sorted(walk(location.folder, SUFFIXES), key=lambda path: (not path.suffix.endswith("ts"), str(path)))
    for path in paths:
        if path.name.endswith(".d.ts"):
            continue
        source = read_source(path)
        for match in CLASS.finditer(code_only(source.text)):
            yield _migration(source, match[1], options)


def _migration(source: SourceFile, class_name: str, options: SourceOptions) -> Migration:
    name = _NAME.search(source.text)
    version = name[2] if name and re.search(r"[0-9]{13}$", name[2]) else class_name
    parts, opaque = literal_calls(source, _CALLS)
    bare = _NO_TRANSACTION.search(code_only(source.text)) is not None
    tx_mode = TxMode.PER_STATEMENT if bare else options.tx_mode or TxMode.ALL_PENDING
    steps = (*source.opaque, *opaque)
    return Migration(Tool.TYPEORM, version, class_name, source.path, parts, tx_mode, opaque=steps)


def _timestamp(version: str) -> int:
    digits = version[-13:]
    return int(digits) if digits.isdecimal() else 0


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by name, whatever the order."""
    return set_difference(migrations, {str(name): None for (name,) in rows.select("name")}, order=_timestamp)


SOURCE = Source(Tool.TYPEORM, read, states, problems=duplicate_versions)
