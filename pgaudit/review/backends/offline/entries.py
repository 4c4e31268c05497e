"""Issues and changes as documents print them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pgaudit.reports.words import bytes_in_words, seconds_in_words
from pgaudit.review.backends.offline.desk import Desk, joined, plural, say, sentence, within
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.deciding.effort import hours_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.deciding.serving import NOTICED_SHARE, lookup_of, share_of
from pgaudit.review.documents.parts import Change, Claim, IssueEntry
from pgaudit.review.evidence.pages import first_sentences, without_refusals, without_rewrites
from pgaudit.review.evidence.records import LockEstimate, Record, Trust

_IMPACT_CHARACTERS = {Level.CRITICAL: 420, Level.HIGH: 420, Level.MEDIUM: 340, Level.LOW: 260}
_FIX_CHARACTERS = {Level.CRITICAL: 300, Level.HIGH: 300, Level.MEDIUM: 180, Level.LOW: 1}
_ADVICE_CHARACTERS = 420


def entries(desk: Desk, issues: Iterable[Issue]) -> tuple[IssueEntry, ...]:
    """The issues. Why a kind of fault matters is said once, at its first issue."""
    said: set[str] = set()
    found: list[IssueEntry] = []
    for issue in issues:
        found.append(entry(desk, issue, with_impact=issue.check not in said))
        said.add(issue.check)
    return tuple(found)


def entry(desk: Desk, issue: Issue, *, with_impact: bool = True) -> IssueEntry:
    """One issue."""
    return IssueEntry(
        name=issue.title,
        check=issue.check,
        level=issue.level,
        places=tuple(say(_place(record), record) for record in issue.records),
        impact=_impact(issue) if with_impact else say(_said_above(issue), *issue.records),
        fix=_fix(desk, issue, with_remedy=with_impact),
        changes=desk.numbers(issue.records),
        hours=hours_of(issue),
    )


def _said_above(issue: Issue) -> str:
    told = f"{within(issue.title)} is {issue.level.value} here"
    return f"What it leads to is said above, at the graver issue of this name; {told}"


def _place(record: Record) -> str:
    return first_sentences(record.says, 400) if record.trust is not Trust.UNTRUSTED_TEXT else record.says


def _impact(issue: Issue) -> Claim | None:
    head = issue.records[0]
    return say(first_sentences(head.why, _IMPACT_CHARACTERS[issue.level]), *issue.records) if head.why else None


def _fix(desk: Desk, issue: Issue, *, with_remedy: bool) -> Claim:
    """What to do: the numbers of the changes, what to look at first, and what no SQL can do."""
    numbers = desk.numbers(issue.records)
    by_hand = [one for one in issue.records if one.change is None and one.advice and not desk.numbers([one])]
    parts: list[str] = []
    if numbers:
        parts.append(f"{changes_in_words(numbers)}.")
        remedy = next((record.remedy for record in issue.records if record.remedy and record.change), None)
        if remedy and with_remedy and issue.level is not Level.LOW:
            parts.append(first_sentences(without_refusals(remedy) or remedy, _FIX_CHARACTERS[issue.level]))
    advice = list(dict.fromkeys(record.advice for record in by_hand if record.advice))
    if advice:
        lead = f"By hand, {_names(by_hand)}: " if numbers else ""
        parts.append(lead + first_sentences(advice[0], _ADVICE_CHARACTERS))
    serving = _serving(desk, issue)
    if serving:
        parts.append(f"{changes_in_words(serving)} of this review build what its conditions look for")
    if issue.graded_because:
        parts = [f"{one.rstrip('.')}." for one in parts]
        parts.append(f"Graded {issue.level.value} here: {issue.graded_because}")
    claim = say(" ".join(parts) or "To be decided by those who know the data", *issue.records)
    return msgspec.structs.replace(claim, cites=tuple(dict.fromkeys((*claim.cites, *issue.graded_by))))


def _names(records: list[Record]) -> str:
    shown = [str(record.object) for record in records[:3] if record.object]
    return joined(shown) if len(records) <= 3 else f"{joined(shown)} and {len(records) - 3} more"  # noqa: PLR2004


def _serving(desk: Desk, issue: Issue) -> tuple[int, ...]:
    """Numbers of the changes whose indexes serve statements that an issue calls slow."""
    if not issue.check.startswith("workload/slow"):
        return ()
    heavy = [query for query in desk.queries() if share_of(query) >= NOTICED_SHARE]
    found = (one.number for one in desk.decisions.changes for query in heavy if lookup_of(one.change, query))
    return tuple(dict.fromkeys(found))


_LEAST_RUN = 3


def changes_in_words(numbers: tuple[int, ...]) -> str:
    """`Change 4`, `Changes 4 to 7 and 9`."""
    if not numbers:
        return ""
    runs: list[list[int]] = []
    for one in numbers:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    told: list[str] = []
    for run in runs:
        told += map(str, run) if len(run) < _LEAST_RUN else [f"{run[0]} to {run[-1]}"]
    return f"{'Change' if len(numbers) == 1 else 'Changes'} {joined(told)}"


def change_entries(desk: Desk, changes: Iterable[PlannedChange] | None = None) -> tuple[Change, ...]:
    """The changes in the order in which they run."""
    return tuple(_change(one) for one in (desk.decisions.changes if changes is None else changes))


def _change(planned: PlannedChange) -> Change:
    change = planned.change
    return Change(
        number=planned.number,
        level=planned.level,
        stage=planned.stage.value,
        title=planned.title,
        why=Claim(sentence(planned.records[0].says), planned.cites),
        sql=change.sql,
        transactional=change.transactional,
        note=_note(planned),
        locks=change.locks,
        locks_known=change.locks_known,
        rollback=change.rollback,
        proof=change.proof,
        cites=planned.cites,
        is_harmless=is_harmless(planned),
    )


def is_harmless(planned: PlannedChange) -> bool:
    """Whether nothing of a change has to be taken back: it proves what is declared, renews or widens what is there."""
    words = " ".join(planned.change.sql)
    proving = ("validate constraint", "reindex", "setval", "pg_terminate_backend", "vacuum (", 'enable trigger "RI_')
    proves = any(word in words for word in proving)
    widens = any(record.topic.startswith(("sequences/", "indexes/invalid")) for record in planned.records)
    return proves or widens


def _note(planned: PlannedChange) -> str | None:
    """What to see to before, without what does not hold for this change."""
    change = planned.change
    is_spared = change.locks_known and not any(lock.work == "rewrite" for lock in change.locks)
    note = without_rewrites(change.note) if change.note and is_spared else change.note
    return note or None


_STRONG = ("ACCESS EXCLUSIVE", "EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE")
"""Modes that stop readers or writers, strongest first."""
_LEAST_SECONDS = 0.1
"""Nobody notices less."""


def strongest(locks: Iterable[LockEstimate]) -> LockEstimate | None:
    """The lock that matters most: by mode, then by time, then by size; None for none."""
    return min(locks, key=lambda one: (_rank(one.mode), -one.held_seconds, -one.relation_bytes), default=None)


def _rank(mode: str) -> int:
    return _STRONG.index(mode) if mode in _STRONG else len(_STRONG)


def lock_in_words(lock: LockEstimate) -> str:
    """`ACCESS EXCLUSIVE on market.order (56.0 kB), rewrite, about 0.1 s`; no size where nothing is stored."""
    about = "about " if lock.held_seconds >= _LEAST_SECONDS else ""
    return f"{lock.mode} on {sized(lock)}, {lock.work or 'catalog only'}, {about}{held_in_words(lock.held_seconds)}"


def held_in_words(seconds: float) -> str:
    """`under 0.1 s`, `2.5 s`, `3.1 hours`: for how long a lock is held."""
    return seconds_in_words(seconds) if seconds >= _LEAST_SECONDS else f"under {_LEAST_SECONDS} s"


def sized(lock: LockEstimate) -> str:
    """`market.order (56.0 kB)`; the name alone of a view, and of what is empty."""
    return f"{lock.relation} ({bytes_in_words(lock.relation_bytes)})" if lock.relation_bytes else lock.relation


def count_in_words(issues: Iterable[Issue]) -> str:
    """`3 issues in 7 places`."""
    listed = list(issues)
    places = sum(len(issue.records) for issue in listed)
    head = plural(len(listed), "issue")
    return head if places == len(listed) else f"{head} in {plural(places, 'place')}"
