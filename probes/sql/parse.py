"""Statements to typed trees by PostgreSQL's own parser; whatever does not parse becomes a value, never an exception."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from probes.sql import lexis, pgparser
from probes.sql.tree.atoms import NOTHING, StatementNode
from probes.sql.tree.decode import Other, decode_result, decode_statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from probes.sql.splitter import Piece

_BATCH_BYTES = 1 << 18
_MAX_MESSAGE = 200
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_KIND = re.compile(r'[\[,]\{"stmt":\{"(\w+)":')
_QUOTED_NEIGHBOUR = re.compile(r' at or near ".*', re.DOTALL)


class ParseFailure(msgspec.Struct, frozen=True, gc=False):
    """Why a text is not a statement of PostgreSQL."""

    message: str
    """The server's words; for an unterminated quote without the text that follows it."""
    offset: int
    """Byte offset of the error in the text given."""
    line: int
    """Line of the error in the text given, from 1."""
    column: int
    """Column in characters, from 1."""


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """A statement and where its locations count from."""

    tree: StatementNode
    origin: int
    """Add it to a location in the tree to get a byte offset in the whole text."""
    kind: str
    """The grammar's name of the statement, such as ``AlterTableStmt``."""
    source: msgspec.Raw = NOTHING
    """The statement as the parser's JSON: what ``probes.sql.queries.reach`` reads."""


Outcome: TypeAlias = Parsed | ParseFailure


def parse_statement(sql: str) -> Outcome:
    """The one statement in a text."""
    found = parse_text(sql)
    if isinstance(found, ParseFailure):
        return found
    if len(found) != 1:
        return ParseFailure(f"expected one statement, found {len(found)}", 0, 1, 1)
    return found[0]


def parse_text(sql: str) -> tuple[Parsed, ...] | ParseFailure:
    """All statements of a text, or why one of them does not parse."""
    if "\0" in sql:
        return _failure(sql, "invalid byte 0x00", sql.index("\0"))
    try:
        json = pgparser.parse_sql_json(sql)
    except pgparser.ParseError as error:
        return _failure(sql, str(error.args[0]), _error_index(sql, error))
    except UnicodeEncodeError as error:
        return _failure(sql.encode("utf-8", "replace").decode(), "invalid Unicode surrogate", error.start)
    try:
        return tuple([_parsed(raw.stmt, 0) for raw in decode_result(json).stmts])
    except RecursionError:  # a valid statement, hundreds of operators deep
        return tuple([Parsed(Other(kind=kind), 0, kind) for kind in _KIND.findall(json)])


def parse_pieces(data: bytes, pieces: Sequence[Piece]) -> Iterator[Outcome]:
    """One outcome for each piece, which must be statements of ``data`` in order; offsets are into ``data``.

    Neighbours are parsed together while that works, which costs a fraction of parsing them one by one.
    """
    for batch in _batches(pieces):
        together = _parse_batch(data, batch) if len(batch) > 1 else None
        if together is not None:
            yield from together
        else:
            for piece in batch:
                yield parse_piece(data, piece)


def parse_piece(data: bytes, piece: Piece) -> Outcome:
    """The statement in one piece of ``data``."""
    text = data[piece.start : piece.end]
    if piece.backslash_escapes:
        text = _without_escapes(text)
    found = parse_statement(text.decode("utf-8", "replace"))
    return found if isinstance(found, ParseFailure) else msgspec.structs.replace(found, origin=piece.start)


def _batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    for piece in pieces:
        alone = piece.has_meta_command or piece.is_unterminated or piece.backslash_escapes
        follows = batch and batch[-1].stop == piece.begin and piece.end - batch[0].start <= _BATCH_BYTES
        if batch and (alone or not follows):
            yield batch
            batch = []
        batch.append(piece)
        if alone:
            yield batch
            batch = []
    if batch:
        yield batch


def _parse_batch(data: bytes, batch: list[Piece]) -> list[Parsed] | None:
    origin = batch[0].start
    try:
        text = data[origin : batch[-1].stop].decode()
        if "\0" in text:
            return None
        statements = decode_result(pgparser.parse_sql_json(text)).stmts
    except (pgparser.ParseError, RecursionError, UnicodeDecodeError):
        return None
    if len(statements) != len(batch):
        return None
    for piece, raw in zip(batch, statements, strict=True):
        if not piece.begin <= max(raw.stmt_location + origin, piece.begin) <= piece.start:
            return None
    return [_parsed(_apart(raw.stmt), origin) for raw in statements]


def _apart(held: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """A copy: one statement that is kept must not keep the JSON of its whole batch."""
    return {kind: source.copy() for kind, source in held.items()}


def _parsed(held: dict[str, msgspec.Raw], origin: int) -> Parsed:
    ((kind, source),) = held.items()
    return Parsed(decode_statement(kind, source), origin, kind, source)


def _failure(sql: str, message: str, index: int) -> ParseFailure:
    before = sql[:index]
    if message.startswith("unterminated"):
        message = _QUOTED_NEIGHBOUR.sub("", message)
    return ParseFailure(
        message=message[:_MAX_MESSAGE],
        offset=len(before.encode()),
        line=before.count("\n") + 1,
        column=index - before.rfind("\n"),
    )


def _error_index(sql: str, error: Exception) -> int:
    """The index of the character at fault.

    The server counts characters and the binding takes its number for a byte offset, so a text with other than ASCII
    characters is parsed again with each of them replaced by a letter: the scanner treats both alike.
    """
    found: object = error.args[1] if len(error.args) > 1 else None
    if not sql.isascii():
        try:
            pgparser.parse_sql_json(_NON_ASCII.sub("x", sql))
        except pgparser.ParseError as again:
            found = again.args[1] if len(again.args) > 1 else None
    return found if isinstance(found, int) else len(sql.rstrip())


def _without_escapes(text: bytes) -> bytes:
    """The text of a time when backslashes escaped in plain strings, of equal length and readable without them."""
    return _OLD_STRING.sub(lambda found: _ESCAPE.sub(b"xx", found.group()), text)


_OLD_STRING = re.compile(rb"'" + lexis.repeated(rb"[^'\\]|\\.|''") + rb"'", re.DOTALL)
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
