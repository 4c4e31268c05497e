"""SQL of pending revisions by Alembic's offline mode, which runs the project's env.py and revisions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from pgaudit.migrations.sources.alembic_graph import RevisionFile, read_revision
from pgaudit.migrations.sources.alembic_ops import LiteralSql, OpCall, Unread, upgrade_function
from pgaudit.migrations.sources.alembic_steps import rendered_steps
from pgaudit.migrations.sources.interface import Migration, OpaqueReason, OpaqueStep, Run, SqlPart, TxMode
from pgaudit.migrations.sources.project_code import interpreter, output_of

_RUNNING = re.compile(r"^-- Running upgrade .*?-> (\S+)[^\n]*\n", re.MULTILINE)
_BOUNDARY = re.compile(r"^(BEGIN|COMMIT);\n*", re.MULTILINE)


def offline_migrations(pending: list[Migration], run: Run) -> list[Migration]:
    """The pending revisions with the SQL that the project's own Alembic prints for them.

    Raises:
        ProjectCodeError: when Alembic fails.
    """
    blocks = _blocks(_offline_sql(run))
    table = run.options.state_table or "alembic_version"
    return [_with_sql(migration, blocks.get(migration.version, ""), table) for migration in pending]


def _offline_sql(run: Run) -> str:
    current = [str(version) for (version,) in run.rows.select("version_num")] if run.rows else []
    target = f"{current[0]}:heads" if len(current) == 1 else "heads"
    config = run.location.config
    named = ["-c", str(config)] if config is not None and config.suffix == ".ini" else []
    command = [interpreter(run.location.root, run.options), "-m", "alembic", *named, "upgrade", target, "--sql"]
    return output_of(command, run.location.root, run.options).replace("\r\n", "\n")


def _blocks(printed: str) -> dict[str, str]:
    """What was printed for each revision."""
    marks = list(_RUNNING.finditer(printed))
    ends = [*(match.start() for match in marks[1:]), len(printed)]
    return {match[1].rstrip(","): printed[match.end() : end] for match, end in zip(marks, ends, strict=True)}


def _with_sql(migration: Migration, block: str, version_table: str) -> Migration:
    revision = read_revision(migration.path)
    if revision is None:
        return migration
    parts = tuple(_parts(_without_bookkeeping(block, version_table), revision))
    return replace(migration, parts=parts, opaque=tuple(_still_opaque(revision)))


def _without_bookkeeping(block: str, version_table: str) -> str:
    table = rf"(?:\"?\w+\"?\.)?\"?{re.escape(version_table)}\"?"
    written = rf"^(?:INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE) {table}[\s(][^;]*;\n*"
    return re.sub(written, "", block, flags=re.MULTILINE)


def _parts(block: str, revision: RevisionFile) -> Iterator[SqlPart]:
    """The block cut at transaction boundaries and at operations that are found again in it.

    A COMMIT that a BEGIN follows is an autocommit block; at the end of a block it belongs to the runner.
    """
    outside = False
    offset = 0
    finder = _LineFinder(revision)
    for match in _BOUNDARY.finditer(block):
        yield from finder.parts(block[offset : match.start()], outside=outside)
        outside = match[1] == "COMMIT"
        offset = match.end()
    yield from finder.parts(block[offset:], outside=outside)


class _LineFinder:
    """Gives parts of the printed SQL the line of the operation that they come from, where it can be told."""

    def __init__(self, revision: RevisionFile) -> None:
        function = upgrade_function(revision)
        self._revision = revision
        self._line = function.lineno if function else 1
        steps = rendered_steps(revision)
        self._known = [part for step, part in steps if isinstance(part, SqlPart) and not isinstance(step, Unread)]

    def parts(self, sql: str, *, outside: bool) -> Iterator[SqlPart]:
        """The parts of a piece of SQL, in order."""
        tx_mode = TxMode.PER_STATEMENT if outside else None
        rest = sql
        while (place := self._next_place(rest)) is not None:
            index, start, end = place
            yield from self._unknown(rest[:start], tx_mode)
            yield self._found(self._known[index], rest[start:end], tx_mode)
            # Pieces come in order: an operation that was passed over is not in a later one either.
            del self._known[: index + 1]
            rest = rest[end:]
        yield from self._unknown(rest, tx_mode)

    def _next_place(self, text: str) -> tuple[int, int, int] | None:
        """The first known operation that is in the text: its number, and where it begins and ends."""
        for index, known in enumerate(self._known):
            wanted = known.text.strip().rstrip(";").strip()
            start = text.find(wanted) if wanted else -1
            if start >= 0:
                return index, start, _statement_end(text, start + len(wanted))
        return None

    def _found(self, known: SqlPart, text: str, tx_mode: TxMode | None) -> SqlPart:
        lead = known.text[: len(known.text) - len(known.text.lstrip())].count("\n")
        return SqlPart(text, known.file, known.first_line + lead, tx_mode, generated=known.generated)

    def _unknown(self, text: str, tx_mode: TxMode | None) -> Iterator[SqlPart]:
        if text.strip():
            yield SqlPart(text.strip("\n"), self._revision.path, self._line, tx_mode, generated=True)


def _statement_end(text: str, offset: int) -> int:
    match = re.compile(r"\s*;").match(text, offset)
    return match.end() if match else offset


def _still_opaque(revision: RevisionFile) -> Iterator[OpaqueStep]:
    """Steps that offline mode does not answer either: what the code does depends on the database it meets."""
    for step, _part in rendered_steps(revision):
        match step:
            case Unread(reason=OpaqueReason.PROGRAM_CODE, line=line):
                yield OpaqueStep(OpaqueReason.PROGRAM_CODE, "code that may do otherwise online", revision.path, line)
            case LiteralSql() | OpCall() | Unread():
                pass
