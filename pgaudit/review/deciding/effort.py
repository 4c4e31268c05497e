"""How long the work takes: hours for each kind of change, added up, and the locks on the way."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from pgaudit.review.deciding.classes import Stage, area_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.evidence.records import Record

HOURS_A_DAY = 6.0
"""Hours of an engineer's day that go into the work itself."""
DAYS_A_WEEK = 5.0


@enum.unique
class Work(enum.Enum):
    """Kinds of work, each with the hours that one place of it takes, review and test included."""

    SETTING = "change a setting"
    CATALOG = "change the catalog only"
    VALIDATION = "validate rows that may break the rule"
    INDEX = "build or drop an index"
    ACCESS = "change who sees which rows, and test it as the application"
    REWRITE = "rewrite a table"
    DECISION = "decide, then change by hand"
    FILE = "change a line of a configuration file, and log in again by it"
    ARCHIVE = "set up backups and archiving, and try a restore"


HOURS: Mapping[Work, float] = {
    Work.SETTING: 0.5,
    Work.CATALOG: 0.5,
    Work.VALIDATION: 1.0,
    Work.INDEX: 0.5,
    Work.ACCESS: 1.5,
    Work.REWRITE: 2.0,
    Work.DECISION: 2.0,
    Work.FILE: 1.0,
    Work.ARCHIVE: 16.0,
}


class Effort(msgspec.Struct, frozen=True):
    """Hours of work, by kind, for the issues of some levels."""

    places: Mapping[str, int]
    """How many places of each kind of work."""
    hours: float
    cites: tuple[str, ...]

    @property
    def days(self) -> float:
        """Working days of one engineer, in halves, rounded up."""
        return math.ceil(self.hours / HOURS_A_DAY * 2) / 2

    @property
    def weeks(self) -> float:
        """Working weeks of one engineer, in halves, rounded up."""
        return math.ceil(self.hours / (HOURS_A_DAY * DAYS_A_WEEK) * 2) / 2

    @property
    def arithmetic(self) -> str:
        """`4 x 0.5 h + 2 x 2 h = 6 h`, with the kind of work named."""
        parts = [f"{count} x {HOURS[Work(kind)]:g} h ({kind})" for kind, count in self.places.items()]
        return f"{' + '.join(parts)} = {self.hours:g} h" if parts else "0 h"


class Downtime(msgspec.Struct, frozen=True):
    """What the changes lock: the sum of exclusive locks, each estimated from a size."""

    exclusive_seconds: float
    longest_seconds: float
    longest_relation: str
    changes_with_unknown_locks: int
    cites: tuple[str, ...]


def effort_of(issues: Iterable[Issue], levels: Sequence[Level]) -> Effort:
    """The hours for all issues of these levels."""
    places: dict[str, int] = {}
    hours = 0.0
    cites: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for issue in issues:
        if issue.level not in levels:
            continue
        for record in issue.records:
            cites.append(record.id)
            if record.change and record.change.sql in seen:
                continue  # one statement mends what two checks saw
            if record.change:
                seen.add(record.change.sql)
            kind = work_of(record)
            places[kind.value] = places.get(kind.value, 0) + 1
            hours += HOURS[kind]
    return Effort(dict(sorted(places.items(), key=lambda one: -one[1])), hours, tuple(cites))


def hours_of(issue: Issue) -> float:
    """The hours for one issue."""
    return effort_of([issue], list(Level)).hours


def work_of(record: Record) -> Work:
    """The kind of work that mending a finding is."""
    change = record.change
    if change is None:
        return _by_hand(record.topic)
    words = " ".join(change.sql).lower()
    if any(lock.work == "rewrite" for lock in change.locks):
        return Work.REWRITE
    return next((kind for kind, found in _BY_WORDS if any(word in words for word in found)), Work.CATALOG)


def _by_hand(check: str) -> Work:
    if check.startswith("durability/archiv"):
        return Work.ARCHIVE
    if check.startswith("security/hba_"):
        return Work.FILE
    return Work.SETTING if area_of(check) == "config" else Work.DECISION


_BY_WORDS: tuple[tuple[Work, tuple[str, ...]], ...] = (
    (Work.VALIDATION, ("validate constraint", " enforced")),
    (Work.ACCESS, ("policy", "row level security", "revoke", "grant ", "alter role", "alter view")),
    (Work.INDEX, ("index concurrently", "create index", "drop index", "reindex")),
    (Work.SETTING, ("alter system", "alter database", "select pg_catalog.")),
)


def downtime_of(records: Iterable[Record]) -> Downtime:
    """The exclusive locks of the changes of some findings; waiting for a lock is not in it."""
    total, longest, relation, unknown = 0.0, (0.0, 0), "", 0
    cites: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for record in records:
        change = record.change
        if change is None or change.sql in seen:
            continue
        seen.add(change.sql)
        if not change.locks_known:
            unknown += 1
            cites.append(record.id)
        for lock in change.locks:
            if lock.mode == "ACCESS EXCLUSIVE":
                total += lock.held_seconds
                cites.append(record.id)
                if (lock.held_seconds, lock.relation_bytes) > longest:
                    longest, relation = (lock.held_seconds, lock.relation_bytes), lock.relation
    return Downtime(round(total, 2), longest[0], relation, unknown, tuple(dict.fromkeys(cites)))


__all__ = ["Downtime", "Effort", "Stage", "Work", "downtime_of", "effort_of", "hours_of", "work_of"]
