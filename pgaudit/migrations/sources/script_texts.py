"""Migrations as the texts that the script layer reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from migrations_safety.script.model import ScriptText, Wrapping
from pgaudit.migrations.sources.interface import Migration, SqlPart
from probes.sql.splitter import split


def shown_path(path: Path, here: Path | None) -> str:
    """The path as reports show it: from the working folder where it is below that, else as it was given."""
    if here is not None:
        with contextlib.suppress(ValueError):  # it is elsewhere
            return str(path.relative_to(here))
    return str(path)


def script_texts(migrations: Iterable[Migration], here: Path | None = None) -> Iterator[ScriptText]:
    """The SQL of the migrations in running order, each migration a transaction group of its own.

    A generated part becomes one text a statement: each is reported on the line of the operation that it comes from.

    Args:
        migrations: What runs.
        here: The working folder, from which files are named; as given without one.
    """
    for migration in migrations:
        for part in migration.parts:
            yield from _texts(part, migration, here)


def _texts(part: SqlPart, migration: Migration, here: Path | None) -> Iterator[ScriptText]:
    content = part.text.encode("utf-8", "replace")
    for piece in _statements(content) if part.generated else (content,):
        yield ScriptText(
            file=shown_path(part.file, here),
            content=piece,
            wrapping=Wrapping((part.tx_mode or migration.tx_mode).value),
            group=f"{migration.path}#{migration.version}",
            first_line=part.first_line,
        )


def _statements(content: bytes) -> Iterator[bytes]:
    for piece in split(content):
        yield content[piece.start : piece.stop]
