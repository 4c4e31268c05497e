"""The steps in which a review's changes are carried out, by level and stage."""

from __future__ import annotations

from pgaudit.review.backends.offline.desk import Desk, joined, say, say_if, within
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.backends.offline.topics import migration
from pgaudit.review.deciding.classes import Stage
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.documents.parts import Claim


def steps(desk: Desk) -> tuple[Claim, ...]:
    """What to do one after the other: what holds locks first; a change is named at the first step that needs it."""
    if not desk.decisions.issues:
        return ()
    backups = desk.fact("backups")
    made = say_if("Have a backup from which a restore was tried, and run every step on that copy first", backups)
    made += migration.combined(desk)
    groups: dict[tuple[Level, Stage | None], list[Issue]] = {}
    for issue in sorted(desk.decisions.issues, key=lambda one: not _comes_first(one)):
        groups.setdefault((issue.level, None if issue.level is Level.LOW else issue.stage), []).append(issue)
    named: set[int] = set()
    for (level, stage), members in groups.items():
        made.append(_one_step(desk, level, stage, members, named))
    records = [record for issue in desk.decisions.issues for record in issue.records]
    return (*made, say("After each step run its validation queries; after the last one scan again", *records))


def _comes_first(issue: Issue) -> bool:
    """Whether it holds locks that every later step would wait for."""
    return issue.stage is Stage.UNBLOCK and issue.level in (Level.CRITICAL, Level.HIGH)


def _one_step(desk: Desk, level: Level, stage: Stage | None, members: list[Issue], named: set[int]) -> Claim:
    records = [record for issue in members for record in issue.records]
    numbers = tuple(one for one in desk.numbers(records) if one not in named)
    named.update(numbers)
    alone = [within(issue.title) for issue in members if not desk.numbers(issue.records)]
    parts = [changes_in_words(numbers).lower()] if numbers else []
    if alone:
        parts.append(f"by hand: {joined(alone)}")
    head = stage.value if stage else "what is left, in the normal course of work"
    told = "; ".join(parts) or "done by the steps before"
    return say(f"{head[0].upper()}{head[1:]} ({level.value}): {told}", *records)
