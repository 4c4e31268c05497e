"""The one shape behind every renderer: scans and gates are laid out as a page of items.

Every text of a page is printable already: no renderer can forget it. Only `sql`, `path` and `object` are raw, because
SQL must run as it is written and paths and names are escaped differently by each format.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from pgaudit.audit.score import Score
from pgaudit.reports.contract import BaselineState, Tool
from probes.finding import Confidence, ObjectRef, Severity, Suppression


@enum.unique
class Kind(enum.Enum):
    """What was asked of the database."""

    SCAN = "scan"
    GATE = "gate"


class Place(msgspec.Struct, frozen=True):
    """Where a finding is shown: a line of a migration, or a path made up of the object's names."""

    path: str
    line: int
    column: int
    is_file: bool
    """Whether the path names a file that exists."""


class Frame(msgspec.Struct, frozen=True):
    """The statement that a finding is about, and what it does."""

    sql: str
    line: int
    column: int
    effects: tuple[str, ...]
    """What it locks, rewrites, scans and builds, a line each."""
    waits: str | None
    """Who waits for it."""
    estimate: str | None = None
    """How long it holds its locks and how many statements queue, with the numbers that was made from."""
    in_the_way: str | None = None
    """What it would have waited for when the database was looked at."""

    @property
    def told(self) -> tuple[str, ...]:
        """What becomes of others: who waits, how long, and what it waits for itself."""
        return tuple(
            f"{label}: {said}"
            for label, said in (
                ("waits meanwhile", self.waits),
                ("estimate", self.estimate),
                ("in its way", self.in_the_way),
            )
            if said
        )


class Item(msgspec.Struct, frozen=True):
    """A finding, whatever found it."""

    id: str
    rule: str
    title: str
    area: str
    severity: Severity
    confidence: Confidence
    subject: str
    """The object in words, or `file:line`."""
    object: ObjectRef | None
    place: Place
    message: str
    evidence: tuple[tuple[str, str], ...]
    """Labels and values in words."""
    weight_bytes: int
    """The largest size among the evidence: the worst of a kind is the largest."""
    sql: tuple[str, ...]
    """The fix or the safe rewrite."""
    sql_label: str
    """`fix` or `safe rewrite`."""
    transactional: bool
    note: str | None
    advice: str | None
    suppressed: Suppression | None
    state: BaselineState | None = None
    introduced: bool = False
    """A finding of a check that the migration brings about."""
    frame: Frame | None = None


class Absent(msgspec.Struct, frozen=True):
    """A finding of the run before that is not reported any more."""

    word: str
    """`fixed`, `gone` or `not checked`."""
    rule: str
    severity: Severity
    subject: str
    reason: str | None
    id: str
    title: str
    object: ObjectRef
    place: Place


class Unchecked(msgspec.Struct, frozen=True):
    """Checks that did not run, or not for every object, and why."""

    reason: str
    checks: tuple[str, ...]


class Page(msgspec.Struct, frozen=True):
    """A report, laid out."""

    kind: Kind
    tool: Tool
    name: str
    """Of the target; `migrations` where a gate had no database."""
    heading: str
    facts: tuple[str, ...]
    alerts: tuple[str, ...]
    """What the reader must know before reading on."""
    items: tuple[Item, ...]
    """Worst first."""
    resolved: tuple[Item, ...]
    unchecked: tuple[Unchecked, ...]
    broken: tuple[str, ...]
    """Checks that broke, a line each."""
    notes: tuple[str, ...]
    score: Score | None
    started_at: str | None
    cost: str
    """How long it took, for the summary."""
    where: str
    incomplete: bool
    since: str | None = None
    """When the run before was, where runs are recorded."""
    absent: tuple[Absent, ...] = ()
    """What that run reported and this one does not."""

    @property
    def open_items(self) -> tuple[Item, ...]:
        """Items that nobody has accepted."""
        return tuple(item for item in self.items if item.suppressed is None)

    @property
    def suppressed_items(self) -> tuple[Item, ...]:
        """Items that somebody has accepted."""
        return tuple(item for item in self.items if item.suppressed is not None)

    def shown(self, min_severity: Severity) -> tuple[Item, ...]:
        """Open items of that severity or worse."""
        return tuple(item for item in self.open_items if item.severity.at_least(min_severity))


class Group(msgspec.Struct, frozen=True):
    """Items of one rule, worst first."""

    rule: str
    title: str
    severity: Severity
    """Of the worst."""
    items: tuple[Item, ...]


def groups(items: Iterable[Item]) -> tuple[Group, ...]:
    """Items by rule, worst rule first; within a rule the worst and largest first."""
    by_rule: dict[str, list[Item]] = {}
    for item in items:
        by_rule.setdefault(item.rule, []).append(item)
    found = [_group(rule, members) for rule, members in by_rule.items()]
    return tuple(sorted(found, key=lambda group: (-group.severity.rank, group.rule)))


def _group(rule: str, members: list[Item]) -> Group:
    worst = sorted(members, key=lambda item: (-item.severity.rank, -item.weight_bytes))
    return Group(rule, worst[0].title, worst[0].severity, tuple(worst))


def counts(items: Iterable[Item]) -> dict[Severity, int]:
    """How many of each severity, worst first; severities without any are there with 0."""
    found = dict.fromkeys(Severity, 0)
    for item in items:
        found[item.severity] += 1
    return found
