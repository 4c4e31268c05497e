"""What to do, said in claims: for parts of documents that ask for recommendations."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pgaudit.review.backends.offline.desk import Desk, joined, plural, say, within
from pgaudit.review.backends.offline.entries import changes_in_words
from pgaudit.review.deciding.issues import Issue
from pgaudit.review.documents.parts import Claim
from pgaudit.review.evidence.pages import first_sentences
from pgaudit.review.evidence.records import Record

_NAMES = 4
_ADVICE_CHARACTERS = 260


def actions(desk: Desk, *prefixes: str, most: int = 6) -> list[Claim]:
    """One claim for each issue of these checks: its changes, or what to do by hand; beyond `most` the title."""
    issues = desk.issues(*prefixes)
    rest = issues[most:]
    told = [action(desk, issue) for issue in issues[:most]]
    if rest:
        names = joined(dict.fromkeys(f"{within(one.title)} ({one.level.value})" for one in rest))
        told.append(say(f"Besides: {names}", *(record for one in rest for record in one.records)))
    return told


def action(desk: Desk, issue: Issue, among: tuple[Record, ...] = ()) -> Claim:
    """What to do about one issue, or about some of its findings alone."""
    if among:
        issue = msgspec.structs.replace(issue, records=among)
    names = [str(record.object) for record in issue.records if record.object and record.object.kind != "query"]
    more = [f"and {len(names) - _NAMES} more"] if len(names) > _NAMES else []
    shown = joined([*names[:_NAMES], *more])
    where = f" ({shown})" if shown else ""
    numbers = desk.numbers(issue.records)
    advice = next((record.advice for record in issue.records if record.advice and record.change is None), None)
    how = changes_in_words(numbers) if numbers else first_sentences(advice or "by hand", _ADVICE_CHARACTERS)
    if numbers:
        how += _by_hand(desk, issue)
    return say(f"{issue.level.value}: {issue.title}{where}. {how}", *issue.records)


def _by_hand(desk: Desk, issue: Issue) -> str:
    """The places that no change mends, by name."""
    rest = [str(record.object) for record in issue.records if record.object and not desk.numbers([record])]
    return f"; by hand: {joined(rest[:_NAMES])}" if rest else ""


def distinct(*groups: Iterable[Claim], said: set[str] | None = None, most: int | None = None) -> tuple[Claim, ...]:
    """Claims of several groups, each text once; `said` remembers across calls."""
    seen = said if said is not None else set()
    found: list[Claim] = []
    for group in groups:
        for claim in group:
            if claim.text not in seen and (most is None or len(found) < most):
                seen.add(claim.text)
                found.append(claim)
    return tuple(found)


__all__ = ["action", "actions", "distinct", "plural"]
