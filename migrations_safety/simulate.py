"""The catalog after statements: created, renamed and dropped objects are known to what follows, and can be taken back.

An expression that a statement wrote is `Written`; it agrees with the server once the server, given it on the table,
deparses it to the text collected afterwards. What cannot be worked out from the statement is `Unread` or of type 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrations_safety.effects.model import Effects
from migrations_safety.effects.predict import Context, apply, world_of

if TYPE_CHECKING:
    from migrations_safety.effects.world import World
    from probes.catalog.catalog import Catalog
    from probes.sql.parse import Parsed
    from probes.sql.tree.atoms import StatementNode


def simulate(
    catalog: Catalog | None,
    statement: Parsed | StatementNode,
    server_major: int,
    context: Context | None = None,
) -> Catalog:
    """The catalog after the statement; as it was where the server refuses it."""
    world = world_of(catalog, server_major, context or Context())
    apply(world, statement)
    return world.catalog()


class Simulation:
    """A script being followed: statement after statement, with transactions and savepoints.

    Without a catalog it starts from an empty one in which whatever a statement names is assumed to exist.
    """

    __slots__ = ("_in_transaction", "_savepoints", "_start", "world")

    def __init__(self, catalog: Catalog | None, server_major: int, context: Context | None = None) -> None:
        self.world: World = world_of(catalog, server_major, context or Context())
        self._savepoints: list[tuple[str, int, dict[str, str]]] = []
        self._start: tuple[int, dict[str, str]] | None = None
        self._in_transaction = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction block is open."""
        return self._in_transaction

    def apply(self, statement: Parsed | StatementNode) -> Effects:
        """What the statement does; the world is afterwards as it leaves it."""
        if not self._in_transaction:
            self.world.begin_transaction()
        return apply(self.world, statement, in_transaction=self._in_transaction)

    def begin(self) -> None:
        """Open a transaction block; nothing happens where one is open."""
        if self._in_transaction:
            return
        self._in_transaction = True
        self._start = (self.world.mark(), dict(self.world.settings))
        self.world.begin_transaction()

    def commit(self) -> None:
        """End the transaction block: what it made is visible to others from now on."""
        self._in_transaction = False
        self._savepoints.clear()
        self._start = None
        self.world.begin_transaction()

    def rollback(self) -> None:
        """End the transaction block and take back what it did."""
        if self._start is not None:
            self._restore(*self._start)
        self.commit()

    def savepoint(self, name: str) -> None:
        """Remember this state."""
        self._savepoints.append((name, self.world.mark(), dict(self.world.settings)))

    def release(self, name: str) -> None:
        """Forget a state and those remembered after it."""
        position = self._position(name)
        if position is not None:
            del self._savepoints[position:]

    def rollback_to(self, name: str) -> None:
        """Go back to a remembered state, which stays remembered. Unknown names change nothing."""
        position = self._position(name)
        if position is not None:
            _, mark, settings = self._savepoints[position]
            self._restore(mark, settings)
            del self._savepoints[position + 1 :]

    def catalog(self) -> Catalog:
        """The catalog as it is now."""
        return self.world.catalog()

    def _restore(self, mark: int, settings: dict[str, str]) -> None:
        self.world.undo(mark)
        self.world.settings.clear()
        self.world.settings.update(settings)

    def _position(self, name: str) -> int | None:
        found = [position for position, held in enumerate(self._savepoints) if held[0] == name]
        return found[-1] if found else None
