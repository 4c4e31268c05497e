"""The diagnosis, written by rules: what was found, what to do first, how, and how to see that it helped."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.backends.offline.actions import distinct
from pgaudit.review.backends.offline.assessment import still_open
from pgaudit.review.backends.offline.desk import Desk, joined, number, say, say_if
from pgaudit.review.backends.offline.entries import (
    change_entries,
    changes_in_words,
    entries,
    lock_in_words,
    strongest,
)
from pgaudit.review.backends.offline.red_flags import red_flags
from pgaudit.review.backends.offline.solutions import effect_of, solution_of
from pgaudit.review.backends.offline.steps import steps
from pgaudit.review.backends.offline.topics import indexes, migration, performance
from pgaudit.review.backends.offline.validation import query_table, validation_queries
from pgaudit.review.deciding.classes import Stage
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.deciding.serving import NOTICED_SHARE, lookup_of, share_of
from pgaudit.review.documents.others import Diagnosis, Recommended
from pgaudit.review.documents.parts import Change, Claim, Part
from pgaudit.review.evidence.pages import first_sentences
from pgaudit.review.evidence.records import Record, RecordKind

_MOST = 12
_WHY_CHARACTERS = 300
_LEAVE_CHARACTERS = 220


def diagnosis(desk: Desk) -> Diagnosis:
    """Analysis, issues, recommendations, steps, testing, red flags."""
    changes = change_entries(desk)
    return Diagnosis(
        analysis=_analysis(desk),
        issues=entries(desk, desk.decisions.issues),
        recommendations=tuple(_recommendations(desk, {one.number: one for one in changes})),
        steps=steps(desk),
        testing=_testing(desk),
        queries=_queries(desk),
        red_flags=red_flags(desk),
        changes=changes,
        workload=performance.top_queries(desk),
    )


# ---- analysis


def _analysis(desk: Desk) -> tuple[Claim, ...]:
    server, relations = desk.fact("server"), desk.fact("relations")
    return distinct(
        still_open(desk),
        say_if(server.says if server else "", server),
        say_if(relations.says if relations else "", relations),
        performance.workload(desk),
        indexes.unverified(list(desk.pack.of(RecordKind.SKIP))),
    )


# ---- recommendations


def _recommendations(desk: Desk, changes: dict[int, Change]) -> Iterator[Recommended]:
    """What to do about the gravest, in the order in which it is done; each change is shown once."""
    shown: set[int] = set()
    for issue in sorted(desk.decisions.issues, key=lambda one: _urgency(desk, one))[:_MOST]:
        if issue.level is not Level.LOW:
            numbers = desk.numbers(issue.records)
            yield _recommended(desk, issue, tuple(one for one in numbers if one not in shown), changes)
            shown.update(numbers)


def _urgency(desk: Desk, issue: Issue) -> int:
    """What holds locks, what is critical, what most of the time goes into; then as issues are ordered."""
    if issue.stage is Stage.UNBLOCK and issue.level in (Level.CRITICAL, Level.HIGH):
        return 0
    if issue.level is Level.CRITICAL:
        return 1
    return 2 if _served(desk, issue) else 3 + issue.level.rank


def _recommended(desk: Desk, issue: Issue, numbers: tuple[int, ...], changes: dict[int, Change]) -> Recommended:
    head = issue.records[0]
    everything = desk.numbers(issue.records)
    text = head.advice if not everything else f"{changes_in_words(everything)}, above" if not numbers else None
    advice = say(text, *issue.records) if text else None
    why = say(first_sentences(head.why or head.says, _WHY_CHARACTERS), *issue.records)
    notes = [note for one in numbers if one in changes and (note := changes[one].note)]
    return Recommended(solution_of(issue), numbers, advice, why, _expected(desk, issue), _costs(issue, notes))


def _expected(desk: Desk, issue: Issue) -> Claim:
    """What gets better. Times are never promised: nothing was run on this data."""
    places = "" if len(issue.records) == 1 else f" ({len(issue.records)} places)"
    if not issue.check.startswith(("indexes/", "workload/slow", "queries/")):
        return say(f"{effect_of(issue)}{places}", *issue.records)
    size = _size(issue)
    concerned = f", {bytes_in_words(size)} concerned" if size else ""
    served = _served(desk, issue)
    text = f"{effect_of(issue)}{places}{concerned}; gain in time not measured"
    if served:
        share = sum(share_of(one) for one in served)
        asks = joined(f"`pgaudit ask query --queryid={one.facts.get('query_id')}`" for one in served)
        shows = "shows" if len(served) == 1 else "show"
        text += f". {share:.0%} of all execution time goes through it: {asks} {shows} the plans with and without it"
    return say(text, *issue.records, *served)


def _size(issue: Issue) -> float:
    """Bytes of the tables it is about, each once, or of the indexes where only they are told."""
    sizes: dict[object, float] = {}
    for one in issue.records:
        heap, index = number(one.facts.get("table_bytes")), number(one.facts.get("index_bytes"))
        table = (one.object.schema, one.object.table or one.object.name) if one.object else None
        sizes[table if heap else one.id] = heap or index
    return sum(sizes.values())


def _served(desk: Desk, issue: Issue) -> list[Record]:
    """Heavy statements for which the issue's changes build an index."""
    changes = [record.change for record in issue.records if record.change]
    return [
        query
        for query in desk.queries()
        if share_of(query) >= NOTICED_SHARE and any(lookup_of(change, query) for change in changes)
    ]


def _costs(issue: Issue, notes: list[str]) -> Claim:
    """What it costs: locks, what to see to before, and when the state is meant."""
    locks = [lock for record in issue.records if record.change for lock in record.change.locks]
    parts: list[str] = []
    lock = strongest(locks)
    if lock:
        parts.append(f"{'Lock' if len(locks) == 1 else 'Strongest lock'}: {lock_in_words(lock)}.")
    elif any(record.change for record in issue.records):
        parts.append("No lock on a table.")
    parts += [one if one.endswith(".") else f"{one}." for one in dict.fromkeys(notes)]
    harmless = issue.records[0].harmless
    if harmless:
        told = first_sentences(harmless, _LEAVE_CHARACTERS)
        never = told.startswith("Never")
        parts.append("There is no case in which it may be left as it is." if never else f"May be left where: {told}")
    return say(" ".join(parts) or "It costs the time of those who decide", *issue.records)


# ---- testing


def _testing(desk: Desk) -> tuple[Claim, ...]:
    records = [record for one in desk.decisions.changes for record in one.records]
    if not records:
        return ()
    return (
        say(
            "Scan again and compare: every finding that a change names is gone. What the changes bring along comes up "
            "then: an index that a new key makes redundant, a key enforced again that wants an index",
            *records,
        ),
        *migration.proofs(desk),
    )


def _queries(desk: Desk) -> tuple[Part, ...]:
    table = query_table(validation_queries(desk, desk.decisions.changes))
    return (Part("Validation queries", table=table),) if table else ()
