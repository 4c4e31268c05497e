"""What a case is, and what was measured for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

MAJORS = (13, 14, 15, 16, 17, 18)

MODES = {
    "AS": "ACCESS SHARE",
    "RS": "ROW SHARE",
    "RE": "ROW EXCLUSIVE",
    "SUE": "SHARE UPDATE EXCLUSIVE",
    "S": "SHARE",
    "SRE": "SHARE ROW EXCLUSIVE",
    "E": "EXCLUSIVE",
    "AE": "ACCESS EXCLUSIVE",
}
"""Lock modes, weakest first: the name in the measured files and the manual's name."""

STRENGTH = {mode: rank for rank, mode in enumerate(MODES.values())}

READS_BLOCKED = frozenset({"ACCESS EXCLUSIVE"})
WRITES_BLOCKED = frozenset({"SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"})


class Where(Enum):
    """Where the statements of a case are executed."""

    EITHER = "either"
    """In a transaction block; by themselves where the server refuses that."""
    INSIDE = "inside"
    """In a transaction block only: the refusal is what is measured."""
    OUTSIDE = "outside"
    """One statement, by itself."""


@dataclass(frozen=True, slots=True)
class World:
    """A database state. `situations` says what is special about it; `groups` are sets that forms are tried in."""

    name: str
    sql: str
    situations: frozenset[str]
    groups: frozenset[str] = frozenset()
    since: int = 13


@dataclass(frozen=True, slots=True)
class Case:
    """Statements to be measured in a world, on the majors where their syntax exists."""

    name: str
    world: World
    statements: tuple[str, ...]
    since: int = 13
    until: int = 18
    where: Where = Where.EITHER
    undo: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()

    @property
    def area(self) -> str:
        """Return the file that holds its measurements."""
        return self.name.split("/", 1)[0]

    @property
    def majors(self) -> tuple[int, ...]:
        """Return the majors on which it is measured."""
        return tuple(major for major in MAJORS if self.since <= major <= self.until)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one server did. Relations are `schema.name` as they were called before.

    Only relations that existed before are listed, except in `builds`, where a new index on one of them has its new
    name. TOAST relations and catalogs are left out. `locks` holds every mode seen. Of refused statements only the
    refusal is known. `scans` are reads the server counts as sequential: it does not count what VACUUM and ANALYZE
    read. `index_scans` are tables read through an index and not otherwise: lookups, as far as a measurement can tell.
    """

    locks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rewrites: frozenset[str] = frozenset()
    scans: frozenset[str] = frozenset()
    index_scans: frozenset[str] = frozenset()
    builds: frozenset[str] = frozenset()
    refused: str | None = None
    refused_at: int = 0
    requires_no_transaction: bool = False

    def strongest(self) -> dict[str, str]:
        """Return the strongest mode for each locked relation."""
        return {name: max(modes, key=STRENGTH.__getitem__) for name, modes in self.locks.items()}

    def with_locks(self, more: Mapping[str, frozenset[str]]) -> "Measurement":
        """Return the same with more locks."""
        names = [*self.locks, *(name for name in more if name not in self.locks)]
        none = frozenset[str]()
        return replace(self, locks={name: self.locks.get(name, none) | more.get(name, none) for name in names})
