"""Scripts read statement by statement: nothing raises, and what cannot be read is a statement that says so.

Statements come as a stream, a batch of them in memory at a time; a consumer that keeps none can read any size of file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrations_safety.script import abridge, templates
from migrations_safety.script.encoding import to_utf8
from migrations_safety.script.model import (
    ControlNote,
    Opaque,
    OpaqueReason,
    Outcome,
    ScriptText,
    Statement,
    Suppression,
    TransactionMode,
    Wrapping,
)
from migrations_safety.script.suppressions import file_suppressions, statement_suppressions
from migrations_safety.script.transactions import TransactionTracker, closes_transaction
from probes.sql.parse import Parsed, ParseFailure, parse_pieces, parse_statement
from probes.sql.splitter import Piece, PieceKind, split
from probes.sql.tree.tables import AlterTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BATCH_PIECES = 256
_BATCH_BYTES = 1 << 18
_TRAILING_COMMENT = re.compile(rb"[ \t]*(?:--[^\n\r]*|/\*[^\n\r*]*\*/)")
# What follows depends on files, servers or results we do not have. The other commands change nothing in a database.
_OPAQUE_COMMANDS = frozenset(
    {"i", "ir", "include", "include_relative", "gexec", "c", "connect", "!", "if", "elif", "else", "endif", "lo_import"}
)


def read_script(texts: Iterable[ScriptText]) -> Iterator[Statement]:
    """The statements of scripts that one runner executes in this order, on one connection."""
    tracker = TransactionTracker()
    for text in texts:
        yield from _Reader(text, tracker).statements()


def unclosed_begins(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The BEGIN statements whose transaction nothing ends: it is rolled back when the connection closes."""
    begins: dict[int, Statement] = {}
    for statement in statements:
        if statement.transaction.mode is TransactionMode.EXPLICIT:
            if closes_transaction(statement.tree):
                begins.pop(statement.transaction.id, None)
            else:
                begins.setdefault(statement.transaction.id, statement)
    return tuple(begins.values())


class _Reader:
    """One text of a script."""

    def __init__(self, text: ScriptText, tracker: TransactionTracker) -> None:
        self._text = text
        self._tracker = tracker
        self._data, self._problem = to_utf8(text.content)
        self._for_file: tuple[Suppression, ...] = ()
        self._has_suppressions = b"ignore" in self._data
        self._has_braces = b"{" in self._data

    def statements(self) -> Iterator[Statement]:
        text = self._text
        self._tracker.enter(
            text.wrapping,
            text.file if text.group is None else text.group,
            has_many_statements=text.wrapping is Wrapping.NONE and self._has_many(),
        )
        self._for_file = file_suppressions(self._data, text.first_line)
        if self._problem is not None:
            yield self._unreadable(self._problem)
        waiting: list[Piece] = []
        for piece in split(self._data, first_line=text.first_line):
            is_small = piece.kind is PieceKind.STATEMENT and piece.end - piece.start < _BATCH_BYTES
            if is_small:
                waiting.append(piece)
            if not is_small or len(waiting) == _BATCH_PIECES or piece.end - waiting[0].start > _BATCH_BYTES:
                yield from self._batch(waiting)
                waiting = []
            if not is_small:
                yield from self._single(piece)
        yield from self._batch(waiting)

    def _has_many(self) -> bool:
        count = 0
        for piece in split(self._data):
            count += piece.kind is PieceKind.STATEMENT
            if count > 1:
                return True
        return False

    def _batch(self, pieces: list[Piece]) -> Iterator[Statement]:
        start = 0
        for index, piece in enumerate(pieces):
            if self._has_braces and b"{" in self._data[piece.start : piece.end]:
                yield from self._parsed(pieces[start:index])
                yield from self._parsed([piece])
                start = index + 1
        yield from self._parsed(pieces[start:])

    def _parsed(self, pieces: list[Piece]) -> Iterator[Statement]:
        for piece, outcome in zip(pieces, parse_pieces(self._data, pieces), strict=True):
            if isinstance(outcome, ParseFailure):
                yield self._failed(piece, outcome)
            elif self._has_braces and templates.has_quoted_placeholder(self._data[piece.start : piece.end]):
                found = templates.parse_templated(self._data[piece.start : piece.end])
                moved = Parsed(found.tree, piece.start, found.kind, found.source) if found else outcome
                yield self._statement(piece, moved, is_templated=found is not None)
            else:
                yield self._statement(piece, outcome)

    def _failed(self, piece: Piece, failure: ParseFailure) -> Statement:
        sql = self._data[piece.start : piece.end]
        found = templates.parse_templated(sql)
        if found is not None:
            moved = Parsed(found.tree, piece.start, found.kind, found.source)
            return self._statement(piece, moved, is_templated=True)
        if _is_only_placeholders(sql):
            opaque = Opaque(OpaqueReason.TEMPLATE, sql[:80].decode("utf-8", "replace"))
            return self._statement(piece, opaque, is_templated=True)
        return self._statement(piece, failure)

    def _single(self, piece: Piece) -> Iterator[Statement]:
        """A large statement, or something between the statements."""
        match piece.kind:
            case PieceKind.META_COMMAND:
                yield from self._meta_command(piece)
            case PieceKind.STATEMENT if piece.end - piece.start <= abridge.LARGE_BYTES:
                yield from self._parsed([piece])
            case PieceKind.STATEMENT:
                head = abridge.parse_head(self._data, piece.start, piece.end)
                if head is not None:
                    moved = Parsed(head.tree, piece.start, head.kind, head.source)
                    yield self._statement(piece, moved, is_abridged=True)
                else:
                    words = abridge.first_words(self._data, piece.start)
                    yield self._statement(piece, Opaque(OpaqueReason.TOO_LARGE, words), is_abridged=True)
            case PieceKind.EMPTY | PieceKind.COPY_DATA | PieceKind.TAIL:
                pass

    def _meta_command(self, piece: Piece) -> Iterator[Statement]:
        if piece.command == "copy":
            found = parse_statement(self._data[piece.start + 1 : piece.end].decode("utf-8", "replace"))
            outcome: Outcome = Opaque(OpaqueReason.META_COMMAND, "copy")
            if isinstance(found, Parsed):
                outcome = Parsed(found.tree, piece.start + 1, found.kind, found.source)
            yield self._statement(piece, outcome)
        elif piece.command in _OPAQUE_COMMANDS:
            yield self._statement(piece, Opaque(OpaqueReason.META_COMMAND, piece.command or ""))

    def _statement(
        self, piece: Piece, outcome: Outcome, *, is_templated: bool = False, is_abridged: bool = False
    ) -> Statement:
        transaction, note = self._tracker.place(outcome.tree if isinstance(outcome, Parsed) else None)
        return Statement(
            file=self._text.file,
            line=piece.line,
            column=piece.column,
            start=piece.start,
            end=piece.end,
            text=self._data,
            outcome=outcome,
            transaction=transaction,
            note=note,
            suppressions=self._suppressions(piece, outcome),
            is_templated=is_templated,
            is_abridged=is_abridged,
        )

    def _suppressions(self, piece: Piece, outcome: Outcome) -> tuple[Suppression, ...]:
        """Those on the lines above the statement, those among its subcommands, and one behind it on its last line."""
        if not self._has_suppressions:
            return ()
        data = self._data
        begin = piece.begin
        if begin:  # the rest of the previous statement's last line is its own
            trailing = _TRAILING_COMMENT.match(data, begin, piece.start)
            begin = trailing.end() if trailing else begin
        above = statement_suppressions(data, begin, piece.start, piece.line - data.count(b"\n", begin, piece.start))
        if isinstance(outcome, Parsed) and isinstance(outcome.tree, AlterTable):
            above += statement_suppressions(data, piece.start, piece.end, piece.line)
        behind: tuple[Suppression, ...] = ()
        trailing = _TRAILING_COMMENT.match(data, piece.stop)
        if trailing:
            last_line = piece.line + data.count(b"\n", piece.start, piece.stop)
            behind = statement_suppressions(data, piece.stop, trailing.end(), last_line)
        return above + behind + self._for_file

    def _unreadable(self, problem: Opaque) -> Statement:
        transaction, _ = self._tracker.place(None)
        return Statement(
            file=self._text.file,
            line=self._text.first_line,
            column=1,
            start=0,
            end=0,
            text=self._data,
            outcome=problem,
            transaction=transaction,
            note=ControlNote.NONE,
        )


def _is_only_placeholders(sql: bytes) -> bool:
    return templates.without_placeholders(sql).strip() == b""
