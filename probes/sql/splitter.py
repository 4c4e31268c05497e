"""SQL text cut into statements without parsing it, so that one broken statement does not hide its neighbours.

Works on UTF-8 bytes and yields offsets, never copies: a 50 MB statement costs its 50 MB. The pieces are contiguous;
joined they give the text back.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec

from probes.sql import lexis

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
_TERMINATING_COMMANDS = frozenset({"g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch"})
_MAX_UNCLOSED_BODIES = 8


class PieceKind(Enum):
    """What a piece of a script is."""

    STATEMENT = "statement"
    EMPTY = "empty"
    META_COMMAND = "meta_command"
    COPY_DATA = "copy_data"
    TAIL = "tail"


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A part of a script. Offsets are bytes; lines and columns start at 1, columns count characters."""

    kind: PieceKind
    begin: int
    """Where the comments and white space before it start."""
    start: int
    end: int
    """Behind the last byte of the statement itself."""
    stop: int
    """Behind the semicolon: where the next piece begins."""
    line: int
    column: int
    command: str | None = None
    """The psql command without its backslash."""
    has_meta_command: bool = False
    """A psql command stands inside the statement."""
    is_unterminated: bool = False
    """A quote or comment is open at the end of the text."""
    backslash_escapes: bool = False
    """``standard_conforming_strings`` was off here."""


def split(data: bytes, *, first_line: int = 1) -> Iterator[Piece]:
    """The pieces of a script, in order and without gaps."""
    return _Splitter(data, first_line).pieces()


class _Splitter:
    """One pass over one text."""

    def __init__(self, data: bytes, first_line: int) -> None:
        self._data = data
        self._newline = b"\n" if b"\n" in data else b"\r"
        self._line = first_line
        self._column = 1
        self._counted = len(_BOM) if data.startswith(_BOM) else 0
        self._tracks_strings = lexis.STRINGS_SETTING.search(data) is not None
        self._backslash_escapes = False
        self._unclosed_bodies = 0
        self._has_meta_command = False
        self._is_unterminated = False

    def pieces(self) -> Iterator[Piece]:
        data = self._data
        position = 0
        while position < len(data):
            start = self._skip_blank(self._counted if position == 0 else position)
            if start >= len(data):
                yield self._piece(PieceKind.TAIL, position, start, start, start)
                return
            if data[start] == ord("\\"):
                piece = self._meta_command(position, start)
            else:
                piece = self._statement(position, start)
            yield piece
            position = piece.stop
            if piece.kind is PieceKind.STATEMENT:
                copied = self._copy_data(piece)
                if copied is not None:
                    yield copied
                    position = copied.stop

    def _piece(self, kind: PieceKind, begin: int, start: int, end: int, stop: int, command: str | None = None) -> Piece:
        self._count_to(start)
        return Piece(
            kind, begin, start, end, stop, self._line, self._column, command,
            self._has_meta_command, self._is_unterminated, self._backslash_escapes,
        )  # fmt: skip

    def _count_to(self, offset: int) -> None:
        passed = self._data.count(self._newline, self._counted, offset)
        since = self._counted
        if passed:
            self._line += passed
            self._column = 1
            since = self._data.rfind(self._newline, self._counted, offset) + 1
        self._column += _characters(self._data, since, offset)
        self._counted = offset

    def _skip_blank(self, position: int) -> int:
        data = self._data
        while True:
            matched = lexis.BLANK.match(data, position)
            position = matched.end() if matched else position
            if data[position : position + 2] != b"/*":
                return position
            position = self._comment_end(position)

    def _comment_end(self, position: int) -> int:
        depth = 0
        for edge in lexis.COMMENT_EDGE.finditer(self._data, position):
            if edge.start() < position:
                continue
            depth += 1 if edge.group() == b"/*" else -1
            if depth == 0:
                return edge.end()
        self._is_unterminated = True
        return len(self._data)

    def _meta_command(self, begin: int, start: int) -> Piece:
        named = lexis.META_COMMAND.match(self._data, start)
        name = named.group(1) if named else None
        rest = lexis.LINE_REST.match(self._data, start)
        stop = rest.end() if rest else len(self._data)
        end = start + len(self._data[start:stop].rstrip())
        return self._piece(PieceKind.META_COMMAND, begin, start, end, stop, (name or b"").decode())

    def _statement(self, begin: int, start: int) -> Piece:
        self._has_meta_command = self._is_unterminated = False
        end, stop = self._statement_end(start)
        end = start + len(self._data[start:end].rstrip()) if end - start < 1 << 16 else end
        piece = self._piece(PieceKind.STATEMENT if end > start else PieceKind.EMPTY, begin, start, end, stop)
        if self._tracks_strings and end - start < 1 << 10:
            setting = lexis.STRINGS_SETTING.match(self._data, start, end)
            if setting:
                self._backslash_escapes = setting.group(1).lower() in (b"off", b"false", b"0")
        self._has_meta_command = self._is_unterminated = False
        return piece

    def _statement_end(self, start: int) -> tuple[int, int]:
        data = self._data
        size = len(data)
        skip = lexis.SKIP_BACKSLASH_ESCAPES if self._backslash_escapes else lexis.SKIP
        body: _Body | None = None
        first_semicolon = -1
        position = start
        while True:
            matched = skip.match(data, position)
            position = matched.end() if matched else position
            if position >= size:
                break
            match data[position]:
                case 0x3B:  # ;
                    if first_semicolon < 0:
                        first_semicolon = position
                        body = self._body(start, position)
                    if body is None or body.is_closed_at(position):
                        return position, position + 1
                    position += 1
                case 0x5C:  # \
                    named = lexis.META_COMMAND.match(data, position)
                    name = (named.group(1) or b"").decode() if named else ""
                    if name == ";":
                        return position, position + 2
                    if name in _TERMINATING_COMMANDS:
                        return position, position
                    self._has_meta_command = True
                    rest = lexis.LINE_REST.match(data, position)
                    position = rest.end() if rest else size
                case _:
                    position = self._past(position)
        if body is not None and not body.is_closed_at(size):
            self._unclosed_bodies += 1
            self._is_unterminated = False
            return first_semicolon, first_semicolon + 1
        return size, size

    def _past(self, position: int) -> int:
        """The offset behind the quote, comment or template that starts here."""
        data = self._data
        match data[position]:
            case 0x27:  # '
                return self._string_end(position)
            case 0x22:  # "
                closing = data.find(b'"', position + 1)
            case 0x24:  # $
                return self._dollar_end(position)
            case 0x7B:  # {
                template = lexis.TEMPLATE_TOKEN.match(data, position)
                return template.end() if template else position + 1
            case 0x2F:  # /
                return self._comment_end(position)
            case _:
                return position + 1
        return self._closed(closing, 1)

    def _closed(self, closing: int, width: int) -> int:
        if closing < 0:
            self._is_unterminated = True
            return len(self._data)
        return closing + width

    def _string_end(self, position: int) -> int:
        data = self._data
        if self._backslash_escapes or _starts_escape_string(data, position):
            matched = lexis.ESCAPE_STRING.match(data, position)
            return self._closed(matched.end() if matched else -1, 0)
        return self._closed(data.find(b"'", position + 1), 1)

    def _dollar_end(self, position: int) -> int:
        data = self._data
        if position and lexis.IDENTIFIER_BYTE.match(data, position - 1):
            return position + 1
        tag = lexis.DOLLAR_TAG.match(data, position)
        if tag is None:
            return position + 1
        return self._closed(data.find(tag.group(), tag.end()), len(tag.group()))

    def _body(self, start: int, semicolon: int) -> _Body | None:
        """Whether semicolons may belong to the statement: SQL-standard function bodies and rules with many actions."""
        data = self._data
        if self._unclosed_bodies >= _MAX_UNCLOSED_BODIES:
            return None
        if lexis.RULE_HEAD.match(data, start):
            return _Body(data, start, lexis.PARENTHESIS, frozenset({b"("}))
        if lexis.ROUTINE_HEAD.match(data, start) and lexis.ATOMIC_WORD.search(data, start, semicolon):
            return _Body(data, start, lexis.BLOCK_WORD, frozenset({b"begin", b"case"}))
        return None

    def _copy_data(self, piece: Piece) -> Piece | None:
        data = self._data
        if not lexis.COPY_HEAD.match(data, piece.start) or not lexis.COPY_FROM_STDIN.search(
            data, piece.start, piece.end
        ):
            return None
        rest = lexis.LINE_REST.match(data, piece.stop)
        start = rest.end() if rest else piece.stop
        last = lexis.COPY_END.search(data, start)
        stop = len(data)
        if last:
            after = lexis.LINE_REST.match(data, last.start())
            stop = after.end() if after else stop
        return self._piece(PieceKind.COPY_DATA, piece.stop, start, stop, stop) if stop > piece.stop else None


class _Body:
    """Counts what is open inside a statement, looking at every byte once."""

    def __init__(self, data: bytes, start: int, pattern: lexis.Pattern, opening: frozenset[bytes]) -> None:
        self._data = data
        self._pattern = pattern
        self._opening = opening
        self._counted = start
        self._depth = 0

    def is_closed_at(self, position: int) -> bool:
        for found in self._pattern.finditer(self._data, self._counted, position):
            word = found.group(1)
            if word is not None:
                self._depth += 1 if word.lower() in self._opening else -1
        self._counted = position
        return self._depth <= 0


def _starts_escape_string(data: bytes, quote: int) -> bool:
    if quote == 0 or data[quote - 1] not in b"eE":
        return False
    return quote == 1 or lexis.IDENTIFIER_BYTE.match(data, quote - 2) is None


def _characters(data: bytes, start: int, end: int) -> int:
    text = data[start:end]
    return len(text) if text.isascii() else len(text.decode("utf-8", "replace"))
