"""A script followed statement by statement: what each does, what its transaction holds, what is in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from migrations_safety.effects.model import Effects, Lock
from migrations_safety.script.model import Statement
from migrations_safety.simulate import Simulation
from probes.catalog.catalog import Catalog
from probes.sql.parse import Parsed
from probes.sql.tree.enums import TransactionKind, VariableSetKind
from probes.sql.tree.utility import Set, Transaction

_TIMEOUTS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout")


class Step(msgspec.Struct, frozen=True, gc=False):
    """One statement where it stands."""

    index: int
    statement: Statement
    effects: Effects
    held: tuple[Lock, ...]
    """Locks that earlier statements of the same transaction took and still hold."""
    has_catalog: bool
    """Whether a real catalog stands behind the effects, or only what the script itself made is known."""
    settings: dict[str, str]
    """Timeouts that the script has set and that are in force here, as written."""

    @property
    def in_block(self) -> bool:
        """Whether a transaction block is open."""
        return self.statement.transaction.is_block


class Timeline:
    """Follows a script over a catalog, or over nothing; `catalog()` is the database afterwards."""

    def __init__(self, catalog: Catalog | None, server_major: int) -> None:
        self._simulation = Simulation(catalog, server_major)
        self._has_catalog = catalog is not None
        self._held: list[Lock] = []
        self._session: dict[str, str] = {}
        self._local: dict[str, str] = {}
        self._transaction: int | None = None

    def steps(self, statements: Iterable[Statement]) -> Iterator[Step]:
        """One step for each statement, in order; nothing of the earlier ones is kept."""
        index = -1
        for index, statement in enumerate(statements):
            self._enter(statement)
            yield self._step(index, statement)
        self._leave()

    def catalog(self) -> Catalog:
        """The catalog as the script leaves it."""
        return self._simulation.catalog()

    def _step(self, index: int, statement: Statement) -> Step:
        outcome = statement.outcome
        held, settings = tuple(self._held), {**self._session, **self._local}
        effects = Effects()
        if isinstance(outcome, Parsed):
            if isinstance(outcome.tree, Transaction):
                self._control(outcome.tree)
            else:
                effects = self._simulation.apply(outcome)
                self._set(outcome.tree)
        if statement.transaction.is_block and not effects.is_refused:
            self._held += effects.locks
        return Step(index, statement, effects, held, self._has_catalog, settings)

    # ---- transactions

    def _enter(self, statement: Statement) -> None:
        transaction = statement.transaction
        if transaction.id == self._transaction:
            return
        self._leave()
        self._transaction = transaction.id
        if transaction.is_block:
            self._simulation.begin()

    def _leave(self) -> None:
        if self._simulation.in_transaction:
            self._simulation.commit()
        self._held.clear()
        self._local.clear()

    def _control(self, tree: Transaction) -> None:
        match tree.kind:
            case TransactionKind.ROLLBACK:
                self._simulation.rollback()
                self._held.clear()
                self._local.clear()
            case TransactionKind.SAVEPOINT:
                self._simulation.savepoint(tree.savepoint or "")
            case TransactionKind.RELEASE:
                self._simulation.release(tree.savepoint or "")
            case TransactionKind.ROLLBACK_TO:
                self._simulation.rollback_to(tree.savepoint or "")
            case _:
                pass

    # ---- settings

    def _set(self, tree: object) -> None:
        if not isinstance(tree, Set):
            return
        name = tree.name or ""
        if tree.kind is VariableSetKind.RESET_ALL:
            self._session.clear()
            self._local.clear()
        elif name in _TIMEOUTS:
            values = self._local if tree.is_local else self._session
            if tree.kind is VariableSetKind.SET_VALUE:
                values[name] = _text_of(tree)
            else:
                values.pop(name, None)


def _text_of(tree: Set) -> str:
    """The value as written, without quotes."""
    found = [str(value) for value in tree.args]
    return found[0] if found else ""
