"""A script followed statement by statement: what each does, what its transaction holds, what is in force."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar, cast

import msgspec

from migrations_safety.effects.model import Effects, Lock, RelationRef
from migrations_safety.effects.predict import apply
from migrations_safety.look import Look
from migrations_safety.placeholders import schemas_behind
from migrations_safety.script.model import Statement, TransactionMode
from migrations_safety.settings import Saved, SettingsInForce, changes_settings
from migrations_safety.simulate import Simulation
from probes.catalog.catalog import Catalog
from probes.catalog.locks import LockMode
from probes.sql.parse import Parsed
from probes.sql.tree.atoms import StatementNode
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")

_NOT_MADE = object()
_NOTHING = Effects()
_WORD = re.compile(r"\w+")
_WEAKEST_HELD = LockMode.SHARE_UPDATE_EXCLUSIVE.strength
_ENDS = {TransactionKind.COMMIT, TransactionKind.ROLLBACK, TransactionKind.PREPARE}


class Held(msgspec.Struct, frozen=True, gc=False):
    """A lock that an earlier statement of the same transaction took."""

    lock: Lock
    line: int
    """Line of that statement."""


class InBody(msgspec.Struct, frozen=True, gc=False):
    """Where in a DO block a statement stands."""

    is_conditional: bool
    """In a branch, a loop or an exception handler: it may run never, or many times."""


class Memo:
    """What rules have worked out about one statement, of all those that share it: the one that was asked about last."""

    __slots__ = ("_made", "_step")

    def __init__(self) -> None:
        self._step: Step | None = None
        self._made: dict[object, object] = {}

    def once(self, make: Callable[[Step], T], step: Step) -> T:
        """What a function makes of the step, worked out anew only after another one was asked about."""
        if self._step is not step:
            self._step, self._made = step, {}
        found = self._made.get(make, _NOT_MADE)
        if found is _NOT_MADE:
            found = self._made[make] = make(step)
        return cast("T", found)

    def forget(self) -> None:
        """Let go of everything: the database is about to change."""
        self._step = None
        self._made.clear()


class Step(msgspec.Struct, frozen=True):
    """One statement where it stands."""

    index: int
    """Of the statement in the script; that of the DO block for a statement in one."""
    statement: Statement
    tree: StatementNode | None
    """The typed statement."""
    effects: Effects
    held: tuple[Held, ...]
    """Locks of earlier statements of the same transaction on relations that others use."""
    settings: dict[str, str]
    """Settings that are known, with the values in force before the statement, as written."""
    look: Look
    made_below: int = 0
    """Relations of the script with oids below this one were made by this file: nobody uses them yet."""
    embedded: tuple[Step, ...] = ()
    """The statements in a DO block, each with its own effects."""
    in_body: InBody | None = None
    perhaps: frozenset[str] = frozenset()
    """Words of what DO blocks may have done in branches or by EXECUTE: what they name may be there by now, or gone."""
    memo: Memo = msgspec.field(default_factory=Memo)
    """Shared by the steps of a timeline: whole scripts are kept, and what rules made of their statements is not."""

    def once(self, make: Callable[[Step], T]) -> T:
        """What a function makes of the step, worked out once for all rules that ask while it is judged."""
        return self.memo.once(make, self)

    @property
    def in_block(self) -> bool:
        """Whether a transaction block is open."""
        return self.in_body is not None or self.statement.transaction.is_block

    @property
    def has_catalog(self) -> bool:
        """Whether a real catalog stands behind the effects, or only what the script itself made is known."""
        return self.look.has_catalog

    def is_used_by_others(self, relation: RelationRef) -> bool:
        """Whether other sessions may wait for it: not temporary, and not made by this file."""
        return not (relation.is_new or relation.schema == "pg_temp" or relation.oid < self.made_below)


class Timeline:
    """Follows a script over a catalog, or over nothing; `catalog()` is the database afterwards."""

    def __init__(
        self,
        catalog: Catalog | None,
        server_major: int,
        *,
        settings: dict[str, str] | None = None,
        placeholders: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """Prepare to follow.

        Args:
            catalog: The database before the script; without one, what it depends on is said.
            server_major: 13 to 18.
            settings: What is in force for the session that will run the script, as far as it is known.
            placeholders: Names that migrations write behind each placeholder, which tell the schema it stands for.
        """
        self._simulation = Simulation(catalog, server_major)
        self._world = self._simulation.world
        self._world.placeholders.update(schemas_behind(self._world, placeholders or {}))
        self._look = Look(self._world)
        self._settings = SettingsInForce(settings or {})
        self._made_below = self._world.fresh_mark()
        self._file: str | None = None
        self._held: dict[RelationRef, Held] = {}
        self._held_now: tuple[Held, ...] | None = ()
        self._savepoints: list[tuple[str, dict[RelationRef, Held], Saved]] = []
        self._transaction: int | None = None
        self._mode = TransactionMode.AUTOCOMMIT
        self._mark = 0
        self._perhaps: frozenset[str] = frozenset()
        self._memo = Memo()

    def steps(self, statements: Iterable[Statement]) -> Iterator[Step]:
        """One step for each statement, in order; nothing of the earlier ones is kept."""
        for index, statement in enumerate(statements):
            self._enter(statement)
            yield self._step(index, statement)
        self._leave()

    def before(self) -> AbstractContextManager[None]:
        """The world as it was before the step that was given last, for as long as the block runs."""
        return self._look.before(self._mark)

    def catalog(self) -> Catalog:
        """The catalog as the script leaves it."""
        return self._look.world.catalog()

    # ---- one statement

    def _step(self, index: int, statement: Statement) -> Step:
        if not self._simulation.in_transaction:
            self._world.forget()
        self._mark = self._world.mark()
        outcome = statement.outcome
        step = Step(
            index=index,
            statement=statement,
            tree=outcome.tree if isinstance(outcome, Parsed) else None,
            effects=_NOTHING,
            held=self._holding(),
            settings=self._settings.current(),
            look=self._look,
            made_below=self._made_below,
            perhaps=self._perhaps,
            memo=self._memo,
        )
        if not isinstance(outcome, Parsed):
            return step
        embedded: tuple[Step, ...] = ()
        if type(outcome.tree).__name__ == "DoBlock":
            embedded = self._embedded(step, outcome)
            self._perhaps = self._perhaps.union(*self._words_of_open(step, outcome, embedded))
        effects = self._apply(outcome)
        if isinstance(outcome.tree, Transaction):
            self._control(outcome.tree)
        else:
            self._take_settings(statement, outcome)
            if statement.transaction.is_block and not effects.is_refused:
                self._hold(effects, step)
        return msgspec.structs.replace(step, effects=effects, embedded=embedded)

    def _apply(self, outcome: Parsed) -> Effects:
        try:
            return self._simulation.apply(outcome)
        except Exception as error:  # a fault of ours in one statement must not end the gate
            log.debug("kind=%s failed", outcome.kind, exc_info=True)
            return Effects(opaque=f"pgaudit broke on it ({type(error).__name__}), please report this")

    def _words_of_open(self, step: Step, outcome: Parsed, embedded: tuple[Step, ...]) -> Iterator[list[str]]:
        """The words of what a DO block may have done: its branches, and all of it where EXECUTE builds statements."""
        from migrations_safety.embedded import told_in_the_dark  # noqa: PLC0415 - as below

        for one in embedded:
            if one.in_body and one.in_body.is_conditional:
                yield _WORD.findall(one.statement.sql.lower())
        yield _WORD.findall(told_in_the_dark(step.statement, outcome).lower())

    def _embedded(self, step: Step, outcome: Parsed) -> tuple[Step, ...]:
        from migrations_safety.embedded import embedded_statements  # noqa: PLC0415 - few scripts have DO blocks

        found: list[Step] = []
        mark, settings = self._world.mark(), dict(self._world.settings)
        for statement, is_conditional in embedded_statements(step.statement, outcome):
            inner = statement.outcome
            if isinstance(inner, Parsed):
                try:
                    effects = apply(self._world, inner, in_transaction=True, is_body=True)
                except Exception:  # as above; the block as a whole says so
                    log.debug("kind=%s failed", inner.kind, exc_info=True)
                    continue
                in_body = InBody(is_conditional=is_conditional)
                one = msgspec.structs.replace(
                    step, statement=statement, tree=inner.tree, effects=effects, in_body=in_body
                )
                found.append(one)
        self._world.undo(mark)
        self._world.settings.clear()
        self._world.settings.update(settings)
        return tuple(found)

    # ---- locks

    def _holding(self) -> tuple[Held, ...]:
        if self._held_now is None:
            self._held_now = tuple(self._held.values())
        return self._held_now

    def _hold(self, effects: Effects, step: Step) -> None:
        for lock in effects.locks:
            if lock.mode.strength < _WEAKEST_HELD or lock.is_short or not step.is_used_by_others(lock.relation):
                continue
            earlier = self._held.get(lock.relation)
            if earlier is None or earlier.lock.mode.strength < lock.mode.strength:
                self._held[lock.relation] = Held(lock, step.statement.line)
                self._held_now = None

    def _release(self) -> None:
        self._held, self._held_now = {}, ()
        self._savepoints.clear()

    # ---- transactions

    def _enter(self, statement: Statement) -> None:
        if statement.file != self._file:  # files may be deployed one by one: what an earlier one made is in use
            self._made_below = self._world.fresh_mark()
        self._file = statement.file
        transaction = statement.transaction
        if transaction.id != self._transaction:
            self._leave()
            self._transaction = transaction.id
            if transaction.is_block:
                self._simulation.begin()
                self._settings.begin()
        self._mode = transaction.mode

    def _leave(self) -> None:
        """End what the next statement is no part of: a BEGIN of the script that nothing ends is rolled back."""
        if self._simulation.in_transaction:
            is_lost = self._mode is TransactionMode.EXPLICIT
            if is_lost:
                self._simulation.rollback()
            else:
                self._simulation.commit()
            self._end_settings(rolled_back=is_lost)
        self._release()

    def _control(self, tree: Transaction) -> None:
        match tree.kind:
            case TransactionKind.COMMIT | TransactionKind.PREPARE:
                self._simulation.commit()
            case TransactionKind.ROLLBACK:
                self._simulation.rollback()
            case TransactionKind.SAVEPOINT:
                self._simulation.savepoint(tree.savepoint or "")
                self._savepoints.append((tree.savepoint or "", dict(self._held), self._settings.saved()))
            case TransactionKind.RELEASE:
                self._simulation.release(tree.savepoint or "")
            case TransactionKind.ROLLBACK_TO:
                self._simulation.rollback_to(tree.savepoint or "")
                self._back_to(tree.savepoint or "")
            case _:
                pass
        if tree.kind in _ENDS:
            self._end_settings(rolled_back=tree.kind is TransactionKind.ROLLBACK)
            self._release()

    def _back_to(self, name: str) -> None:
        for savepoint, held, settings in reversed(self._savepoints):
            if savepoint == name:
                self._held, self._held_now = dict(held), None
                self._settings.restore(settings)
                return

    # ---- settings

    def _take_settings(self, statement: Statement, outcome: Parsed) -> None:
        sql = statement.text[statement.start : min(statement.end, statement.start + 4096)]
        if not changes_settings(outcome.tree, sql):
            return
        self._settings.apply(outcome.tree, sql.decode("utf-8", "replace"))
        if b"set_config" in sql:
            self._tell_effects()

    def _end_settings(self, *, rolled_back: bool) -> None:
        before = self._settings.current()
        self._settings.end(rolled_back=rolled_back)
        if before != self._settings.current():
            self._tell_effects()

    def _tell_effects(self) -> None:
        """Give effects the settings that they follow."""
        current, usual = self._settings.current(), self._world.usual_settings()
        self._world.settings.update({name: current.get(name, value) for name, value in usual.items()})
