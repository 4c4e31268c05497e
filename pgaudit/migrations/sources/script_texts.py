"""Migrations as the texts that the script layer reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrations_safety.script.model import ScriptText, Wrapping
from pgaudit.migrations.sources.interface import Migration, SqlPart
from probes.sql.splitter import split


def script_texts(migrations: Iterable[Migration]) -> Iterator[ScriptText]:
    """The SQL of the migrations in running order, each migration a transaction group of its own.

    A generated part becomes one text a statement: each is reported on the line of the operation that it comes from.
    """
    for migration in migrations:
        for part in migration.parts:
            yield from _texts(part, migration)


def _texts(part: SqlPart, migration: Migration) -> Iterator[ScriptText]:
    content = part.text.encode("utf-8", "replace")
    for piece in _statements(content) if part.generated else (content,):
        yield ScriptText(
            file=str(part.file),
            content=piece,
            wrapping=Wrapping((part.tx_mode or migration.tx_mode).value),
            group=f"{migration.path}#{migration.version}",
            first_line=part.first_line,
        )


def _statements(content: bytes) -> Iterator[bytes]:
    for piece in split(content):
        yield content[piece.start : piece.stop]
