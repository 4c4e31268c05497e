"""What every document is made of: claims that cite records, issues, changes, tables, sections."""

from __future__ import annotations

import enum

import msgspec

from pgaudit.review.deciding.issues import Level
from pgaudit.review.evidence.records import LockEstimate, Proof


@enum.unique
class Basis(enum.Enum):
    """What a claim rests on."""

    OBSERVED = "observed"
    """Read from the database."""
    DECIDED = "decided"
    """Computed by rules from what was observed."""
    INFERRED = "inferred"
    """Guessed from names and counts, and called so."""
    STATED = "stated"
    """Said by people in the context file."""
    MODEL = "language model"
    """Written by a language model, and held against the records that it cites."""
    NOT_ASSESSABLE = "not assessable"
    """Nothing was seen of it; the claim names the input that it needs."""


class Claim(msgspec.Struct, frozen=True):
    """A statement and the records that it rests on. A claim without records is no claim."""

    text: str
    cites: tuple[str, ...]
    basis: Basis = Basis.OBSERVED

    def __post_init__(self) -> None:
        """Refuse a claim that says nothing, or rests on nothing."""
        if not self.text.strip():
            raise ValueError("a claim says nothing")
        if not self.cites:
            raise ValueError(f"a claim cites no record: {self.text}")


@enum.unique
class Mode(enum.Enum):
    """Who wrote a part."""

    OFFLINE = "offline rules"
    MODEL = "model"
    REPLAY = "replay"


class Reviewer(msgspec.Struct, frozen=True):
    """Who wrote a document or a section, and why it was not who was asked."""

    mode: Mode = Mode.OFFLINE
    model: str | None = None
    reason: str | None = None


class Cell(msgspec.Struct, frozen=True):
    """A cell of a table."""

    text: str
    is_code: bool = False


class Row(msgspec.Struct, frozen=True):
    """A row of a table, and the records behind it."""

    cells: tuple[Cell, ...]
    cites: tuple[str, ...]


class Table(msgspec.Struct, frozen=True):
    """A table; every row cites."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        """Refuse rows of another width."""
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            raise ValueError("a row of a table has another number of cells than the table has columns")


class IssueEntry(msgspec.Struct, frozen=True):
    """An issue as it is printed: what, where, what it leads to, what mends it."""

    name: str
    check: str
    level: Level
    places: tuple[Claim, ...]
    """What was seen, place by place."""
    impact: Claim | None
    """Absent where an earlier issue of the same check has already said it."""
    fix: Claim
    changes: tuple[int, ...] = ()
    """Numbers of the changes that mend it."""
    hours: float = 0.0
    """Of work, by the table of efforts."""


class Change(msgspec.Struct, frozen=True):
    """SQL to run, with its place in the order, what it locks, how to take it back, and how far it was proved."""

    number: int
    level: Level
    stage: str
    title: str
    why: Claim
    sql: tuple[str, ...]
    transactional: bool
    note: str | None
    locks: tuple[LockEstimate, ...]
    locks_known: bool
    rollback: tuple[str, ...]
    proof: Proof
    cites: tuple[str, ...]
    is_harmless: bool = False
    """Whether nothing of it has to be taken back: it proves, renews or widens what is there."""


class Script(msgspec.Struct, frozen=True):
    """A block of code that stands on records."""

    language: str
    text: str
    cites: tuple[str, ...]


class NamedList(msgspec.Struct, frozen=True):
    """A list under a caption."""

    caption: str
    claims: tuple[Claim, ...]
    is_ordered: bool = False
    is_checklist: bool = False


class Part(msgspec.Struct, frozen=True):
    """A part of a section under its own heading."""

    heading: str
    claims: tuple[Claim, ...] = ()
    verdict: str | None = None
    """One of the words that the heading allows."""
    issues: tuple[IssueEntry, ...] = ()
    table: Table | None = None
    changes: tuple[int, ...] = ()
    """Numbers of the changes that are listed here in full."""
    script: Script | None = None
    lists: tuple[NamedList, ...] = ()
    fixed: str | None = None
    """A sentence of the format itself, printed only where the part was really assessed and nothing was found."""
    fixed_cites: tuple[str, ...] = ()

    @property
    def is_assessed(self) -> bool:
        """Whether anything in it rests on evidence, and not on the lack of it."""
        seen = any(claim.basis is not Basis.NOT_ASSESSABLE for claim in self.claims)
        return seen or bool(self.issues or self.table or self.changes or self.script or self.lists or self.fixed)

    def __post_init__(self) -> None:
        """An approval needs evidence of what is approved."""
        if self.fixed is not None and not self.fixed_cites:
            raise ValueError(f"{self.heading}: {self.fixed!r} is printed without evidence")


class Section(msgspec.Struct, frozen=True):
    """A section of a document, in parts."""

    heading: str
    parts: tuple[Part, ...]
    reviewer: Reviewer = Reviewer()

    @property
    def is_assessed(self) -> bool:
        """Whether any part is."""
        return any(part.is_assessed for part in self.parts)
