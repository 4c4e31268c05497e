"""Which statements commit together: by BEGIN and COMMIT, by the runner's wrapping, by the server's implicit blocks."""

from __future__ import annotations

from migrations_safety.script.model import ControlNote, Transaction, TransactionMode, Wrapping
from probes.sql.tree.atoms import StatementNode
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Transaction as Control

_OPENING = {TransactionKind.BEGIN, TransactionKind.START}
_CLOSING = {TransactionKind.COMMIT, TransactionKind.ROLLBACK, TransactionKind.PREPARE}


def closes_transaction(tree: StatementNode | None) -> bool:
    """Whether the statement is COMMIT, ROLLBACK or PREPARE TRANSACTION."""
    return isinstance(tree, Control) and tree.kind in _CLOSING


class TransactionTracker:
    """Follows one connection through a sequence of texts."""

    def __init__(self) -> None:
        self._last_id = 0
        self._current: Transaction | None = None
        self._wrapping = Wrapping.PER_STATEMENT
        self._group: str | None = None
        self._is_message_of_many = False

    def enter(self, wrapping: Wrapping, group: str, *, has_many_statements: bool) -> None:
        """Begin a text. ``has_many_statements`` matters only where the text is one message."""
        stays = wrapping is self._wrapping and (wrapping is Wrapping.ALL_PENDING or group == self._group)
        if not stays:
            self._current = None
            if wrapping in (Wrapping.PER_FILE, Wrapping.ALL_PENDING):
                self._current = self._new(TransactionMode.RUNNER)
        elif wrapping is Wrapping.NONE and self._current and self._current.mode is TransactionMode.IMPLICIT:
            self._current = None
        self._wrapping, self._group = wrapping, group
        self._is_message_of_many = wrapping is Wrapping.NONE and has_many_statements

    def place(self, tree: StatementNode | None) -> tuple[Transaction, ControlNote]:
        """The transaction of the next statement, and what is odd about it if it controls one."""
        if isinstance(tree, Control):
            if tree.kind in _OPENING:
                return self._open()
            if tree.kind in _CLOSING:
                return self._close(chain=tree.chain)
        return self._running(), ControlNote.NONE

    def _running(self) -> Transaction:
        if self._current is not None:
            return self._current
        if self._is_message_of_many:
            self._current = self._new(TransactionMode.IMPLICIT)
            return self._current
        return self._new(TransactionMode.AUTOCOMMIT)

    def _open(self) -> tuple[Transaction, ControlNote]:
        current = self._current
        if current is None:
            self._current = self._new(TransactionMode.EXPLICIT)
        elif current.mode is TransactionMode.IMPLICIT:
            self._current = Transaction(current.id, TransactionMode.EXPLICIT)
        else:
            return current, ControlNote.NESTED_BEGIN
        return self._current, ControlNote.NONE

    def _close(self, *, chain: bool) -> tuple[Transaction, ControlNote]:
        ended = self._running()
        self._current = self._new(TransactionMode.EXPLICIT) if chain and ended.is_block else None
        match ended.mode:
            case TransactionMode.EXPLICIT:
                return ended, ControlNote.NONE
            case TransactionMode.RUNNER:
                return ended, ControlNote.ENDS_RUNNER_TRANSACTION
            case _:
                return ended, ControlNote.NOTHING_TO_END

    def _new(self, mode: TransactionMode) -> Transaction:
        self._last_id += 1
        return Transaction(self._last_id, mode)
