"""What a script is made of."""

from __future__ import annotations

from datetime import date
from enum import Enum, StrEnum
from typing import TypeAlias

import msgspec

from probes.sql.parse import Parsed, ParseFailure
from probes.sql.tree.atoms import StatementNode


class Wrapping(StrEnum):
    """Where the runner puts transactions."""

    NONE = "none"
    """The whole text is one message: PostgreSQL wraps it implicitly when it holds two statements or more."""
    PER_STATEMENT = "per_statement"
    """Each statement is sent, and commits, by itself unless the text says BEGIN."""
    PER_FILE = "per_file"
    """The runner puts BEGIN and COMMIT around each group."""
    ALL_PENDING = "all_pending"
    """One BEGIN and COMMIT around neighbouring groups."""


class ScriptText(msgspec.Struct, frozen=True, kw_only=True):
    """SQL that reaches the server together, and where it was written."""

    file: str
    content: bytes
    wrapping: Wrapping = Wrapping.PER_STATEMENT
    group: str | None = None
    """Texts of one group share a transaction under ``PER_FILE``; the file's name by default."""
    first_line: int = 1


class TransactionMode(Enum):
    """Who opened the transaction a statement runs in."""

    AUTOCOMMIT = "autocommit"
    """Nobody: the statement commits by itself and may be one that refuses to run in a transaction block."""
    EXPLICIT = "explicit"
    """A BEGIN in the script."""
    RUNNER = "runner"
    """The migration tool."""
    IMPLICIT = "implicit"
    """The server, around a message of several statements."""


class Transaction(msgspec.Struct, frozen=True, gc=False):
    """The transaction a statement runs in; equal for statements that commit together."""

    id: int
    mode: TransactionMode

    @property
    def is_block(self) -> bool:
        """Whether statements that refuse transaction blocks (VACUUM, CREATE INDEX CONCURRENTLY) are refused here."""
        return self.mode is not TransactionMode.AUTOCOMMIT


class ControlNote(Enum):
    """What is odd about a BEGIN, COMMIT or ROLLBACK where it stands."""

    NONE = "none"
    NESTED_BEGIN = "nested_begin"
    """BEGIN inside a transaction: a warning, and no new transaction."""
    NOTHING_TO_END = "nothing_to_end"
    """COMMIT or ROLLBACK outside a transaction block: a warning (implicit transactions do end)."""
    ENDS_RUNNER_TRANSACTION = "ends_runner_transaction"
    """COMMIT or ROLLBACK of the transaction that the runner opened; what follows commits by itself."""


class OpaqueReason(StrEnum):
    """Why a piece of a script cannot be judged."""

    META_COMMAND = "meta_command"
    TEMPLATE = "template"
    TOO_LARGE = "too_large"
    BINARY = "binary"
    NOT_UTF8 = "not_utf8"


class Opaque(msgspec.Struct, frozen=True, gc=False):
    """Something in a script that is not a statement we can read."""

    reason: OpaqueReason
    detail: str
    """The psql command, the leading words of a statement, the decoding error."""


class SuppressionScope(Enum):
    """How far a suppression reaches."""

    STATEMENT = "statement"
    FILE = "file"


class Suppression(msgspec.Struct, frozen=True, gc=False):
    """A comment that silences rules."""

    scope: SuppressionScope
    tool: str
    """``pgaudit`` or ``squawk``: whose rule names these are."""
    rules: tuple[str, ...]
    """Empty means every rule."""
    reason: str
    line: int
    expires: date | None = None


Outcome: TypeAlias = Parsed | ParseFailure | Opaque


class Statement(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One statement of a script, or one thing in its place that is none."""

    file: str
    line: int
    """Line of its first word, from 1."""
    column: int
    """Column in characters, from 1."""
    start: int
    """Byte offset of its first word in ``text``."""
    end: int
    text: bytes
    """The whole text it stands in, as UTF-8; shared by all its statements."""
    outcome: Outcome
    transaction: Transaction
    note: ControlNote = ControlNote.NONE
    suppressions: tuple[Suppression, ...] = ()
    is_templated: bool = False
    """Placeholders were replaced by made-up names before it could be parsed."""
    is_abridged: bool = False
    """It is too large to be parsed whole: the tree holds its head, long literals emptied, one row of VALUES."""

    @property
    def sql(self) -> str:
        """The statement as written, without its semicolon."""
        return self.text[self.start : self.end].decode("utf-8", "replace")

    @property
    def tree(self) -> StatementNode | None:
        """The typed statement, or None when it could not be parsed."""
        return self.outcome.tree if isinstance(self.outcome, Parsed) else None

    def position(self, location: int) -> tuple[int, int]:
        """Line and column in the file of a location of the tree."""
        if not isinstance(self.outcome, Parsed) or location < 0 or self.is_abridged:
            return self.line, self.column
        return self.position_of(self.outcome.origin + location)

    @property
    def failure_position(self) -> tuple[int, int]:
        """Line and column in the file of what does not parse; the statement's own when it does."""
        if isinstance(self.outcome, ParseFailure):
            return self.position_of(self.start + self.outcome.offset)
        return self.line, self.column

    def position_of(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of an offset into the text."""
        before = self.text[self.start : max(offset, self.start)]
        lines = before.count(b"\n")
        if not lines:
            return self.line, self.column + len(before.decode("utf-8", "replace"))
        return self.line + lines, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
