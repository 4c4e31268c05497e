"""The readiness score out of ten, term by term."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.evidence.nothing import was_looked_at
from pgaudit.review.evidence.records import Pack, RecordKind

FULL = 10.0
PASS = 8.0
"""From here on a panel lets implementation proceed."""
_POINTS = {Level.CRITICAL: 3.0, Level.HIGH: 1.0, Level.MEDIUM: 0.25, Level.LOW: 0.0}
_MOST = {Level.CRITICAL: FULL, Level.HIGH: 4.0, Level.MEDIUM: 2.0, Level.LOW: 0.0}
_CAP_WITH_CRITICAL = 3.0
_CAP_UNSEEN = 7.0
_BACKUP_INPUTS = ("input/rpo", "input/rto", "input/restore_test")


class ScoreTerm(msgspec.Struct, frozen=True):
    """What the issues of one level cost."""

    level: Level
    issues: int
    points: float
    """Taken off, after the limit for the level."""
    limited: bool


class Readiness(msgspec.Struct, frozen=True):
    """The score and how it came about."""

    value: float
    terms: tuple[ScoreTerm, ...]
    caps: tuple[str, ...]
    cites: tuple[str, ...]
    """Records of the issues that cost points, and of what capped the score."""
    arithmetic: str


def readiness_of(pack: Pack, issues: Sequence[Issue]) -> Readiness:
    """10, less what open issues cost, under the caps that hold."""
    terms = tuple(_term(issues, level) for level in Level if any(issue.level is level for issue in issues))
    value = max(0.0, FULL - sum(term.points for term in terms))
    caps: list[str] = []
    cites = [identity for issue in issues if issue.level is not Level.LOW for identity in issue.ids]
    if any(issue.level is Level.CRITICAL for issue in issues) and value > _CAP_WITH_CRITICAL:
        caps.append(f"no more than {_CAP_WITH_CRITICAL:g} while a critical issue is open")
        value = _CAP_WITH_CRITICAL
    unseen = _unseen(pack)
    if unseen and value > _CAP_UNSEEN:
        caps.append(f"no more than {_CAP_UNSEEN:g} while backups and recovery are not evidenced")
        value = _CAP_UNSEEN
        cites += unseen
    if not was_looked_at(pack):
        caps.append("0 while no check has looked at the database")
        value = 0.0
    arithmetic = _arithmetic(terms, caps, value) + _of_proposal(issues)
    return Readiness(value, terms, tuple(caps), tuple(dict.fromkeys(cites)), arithmetic)


def readiness_without(pack: Pack, issues: Iterable[Issue], closed: frozenset[Level]) -> Readiness:
    """The score once every issue of some levels is closed and nothing else has changed."""
    return readiness_of(pack, [issue for issue in issues if issue.level not in closed])


def _term(issues: Sequence[Issue], level: Level) -> ScoreTerm:
    count = sum(1 for issue in issues if issue.level is level)
    lost = count * _POINTS[level]
    return ScoreTerm(level, count, min(lost, _MOST[level]), limited=lost > _MOST[level])


def _of_proposal(issues: Sequence[Issue]) -> str:
    count = sum(1 for issue in issues if issue.check.startswith("proposal/"))
    return f"; {count} of these {'is' if count == 1 else 'are'} the proposal's" if count else ""


def _unseen(pack: Pack) -> list[str]:
    return [record.id for record in pack.of(RecordKind.MISSING) if record.topic in _BACKUP_INPUTS]


def _arithmetic(terms: Sequence[ScoreTerm], caps: Sequence[str], value: float) -> str:
    parts = [f"{FULL:g}"]
    for term in terms:
        if term.points:
            limit = f" (at most {_MOST[term.level]:g})" if term.limited and term.level is not Level.CRITICAL else ""
            parts.append(f"- {term.issues} {term.level.value} x {_POINTS[term.level]:g}{limit}")
    below = ", not below 0" if sum(term.points for term in terms) > FULL else ""
    if caps:
        return f"{' '.join(parts)}, {'; '.join(caps)}: {value:g}"
    return f"{' '.join(parts)} = {value:g}{below}"
