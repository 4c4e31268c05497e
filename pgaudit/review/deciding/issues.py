"""Findings of one check and one severity make one issue: that is what people discuss, estimate and close."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import msgspec

from pgaudit.review.deciding.classes import Category, Dimension, Stage, category_of, dimensions_of, stage_of
from pgaudit.review.deciding.weighing import Weight, Weights
from pgaudit.review.evidence.records import Badge, Pack, Record, RecordKind
from probes.finding import Confidence, Severity


@enum.unique
class Level(enum.Enum):
    """How urgent an issue is, in the words of a review."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"

    @property
    def rank(self) -> int:
        """0 for critical up to 3."""
        return list(Level).index(self)


_LEVELS = {
    Severity.CRITICAL: Level.CRITICAL,
    Severity.HIGH: Level.HIGH,
    Severity.MEDIUM: Level.MEDIUM,
    Severity.LOW: Level.LOW,
    Severity.INFO: Level.LOW,
}


class Issue(msgspec.Struct, frozen=True):
    """What is wrong, in how many places."""

    check: str
    title: str
    level: Level
    category: Category
    stage: Stage
    dimensions: tuple[Dimension, ...]
    records: tuple[Record, ...]
    """Worst and largest first."""
    graded_because: str = ""
    """Why the level is another than the check's own; empty where it is that."""
    graded_by: tuple[str, ...] = ()
    """Ids of the records that the reason rests on, beside its own."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of its records."""
        return tuple(record.id for record in self.records)

    @property
    def has_sql(self) -> bool:
        """Whether SQL mends at least one place of it."""
        return any(record.change for record in self.records)


def level_of(record: Record) -> Level:
    """The level of a finding. What was inferred from names alone is never critical."""
    level = _LEVELS[record.severity or Severity.INFO]
    unsure = record.confidence is Confidence.LOW
    return Level.HIGH if unsure and level is Level.CRITICAL else level


def issues_of(pack: Pack) -> tuple[Issue, ...]:
    """Open issues in the order of the work: by level, by stage, and those of more places first."""
    ids, weights = pack.ids(), Weights(pack)
    open_ones = (record for record in pack.of(RecordKind.FINDING) if record.accepted is None)
    founded = [_founded(record, ids) for record in open_ones if record.severity is not Severity.INFO]
    weighed = {record.id: weight for record in founded if (weight := weights.of(record))}
    return made_of((_weighed(record, weighed.get(record.id)) for record in founded), weighed)


def _weighed(record: Record, weight: Weight | None) -> Record:
    return msgspec.structs.replace(record, severity=weight.severity) if weight else record


def flaws_of(pack: Pack) -> tuple[Issue, ...]:
    """What stands against the proposal: what the gate, or a check of what it would leave behind, holds for grave."""
    grave = {Severity.CRITICAL, Severity.HIGH}
    return made_of(one for one in pack.of(RecordKind.PROPOSAL) if one.accepted is None and one.severity in grave)


def _founded(record: Record, ids: Collection[str]) -> Record:
    """The record without a change that failed its proof, or that was written after evidence which is not there."""
    change = record.change
    if change is None:
        return record
    holds = change.proof.badge is not Badge.REJECTED and all(one in ids for one in change.rests_on)
    return record if holds else msgspec.structs.replace(record, change=None)


def made_of(records: Iterable[Record], weights: Mapping[str, Weight] | None = None) -> tuple[Issue, ...]:
    """The issues that some findings make.

    Args:
        records: The findings, as grave as they are here.
        weights: Why some are not as grave as their checks say, by record id.
    """
    groups: defaultdict[tuple[str, Level], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.topic, level_of(record)].append(record)
    found = [_issue(check, level, members, weights or {}) for (check, level), members in groups.items()]
    return tuple(sorted(found, key=_order))


def _issue(check: str, level: Level, members: list[Record], weights: Mapping[str, Weight]) -> Issue:
    own = [weights[record.id] for record in members if record.id in weights]
    return Issue(
        check=check,
        title=members[0].title,
        level=level,
        category=category_of(check),
        stage=stage_of(check),
        dimensions=tuple(sorted(dimensions_of(check), key=lambda one: one.value)),
        records=tuple(members),
        graded_because="; ".join(dict.fromkeys(one.reason for one in own)),
        graded_by=tuple(dict.fromkeys(identity for one in own for identity in one.cites)),
    )


def _order(issue: Issue) -> tuple[int, int, int, str]:
    return issue.level.rank, issue.stage.rank, -len(issue.records), issue.check
