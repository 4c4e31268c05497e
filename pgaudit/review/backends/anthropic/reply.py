"""An answer read: our own validation of its shape, then the judgement of every statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from pgaudit.review.backends.anthropic.places import Unit
from pgaudit.review.backends.anthropic.prompt import MOST_CHANGES, MOST_STATEMENTS
from pgaudit.review.drafting.draft import Draft
from pgaudit.review.drafting.grounding import faults_of_draft
from pgaudit.review.grounding.judge import Bench, Remark, judged
from pgaudit.review.redaction.wire import Redactor


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement as it arrives."""

    place: str
    statement: str
    evidence_ids: list[str]


class WrittenChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A draft as it arrives."""

    sql: list[str]
    why: str
    evidence_ids: list[str]


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as it arrives."""

    basis: str
    statements: list[Statement]
    changes: list[WrittenChange] = msgspec.field(default_factory=list[WrittenChange])


@dataclass(slots=True)
class Reading:
    """What of an answer may be printed, by the number of the place, and what was wrong with the rest."""

    remarks: dict[int, list[Remark]] = field(default_factory=dict[int, list[Remark]])
    drafts: list[Draft] = field(default_factory=list[Draft])
    """Worth being tried: none of them has run yet."""
    faults: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        """How many statements stand."""
        return sum(map(len, self.remarks.values()))

    @property
    def worth(self) -> int:
        """How many statements and drafts stand."""
        return self.count + len(self.drafts)


def read(text: str, unit: Unit, bench: Bench, redactor: Redactor) -> Reading:
    """The answer, judged.

    Args:
        text: As it arrived.
        unit: The part that was asked about.
        bench: What statements are held against.
        redactor: Turns pseudonyms back into names.
    """
    try:
        bundle = msgspec.json.decode(text, type=Bundle)
    except (msgspec.MsgspecError, UnicodeError):
        return Reading(faults=["the answer is not JSON of the schema"])
    result = _read_statements(bundle.statements, len(unit.places), bench, redactor)
    if bundle.changes and not unit.takes_changes:
        result.faults.append("change 1: none was asked for")
    elif bundle.changes:
        _read_changes(bundle.changes, result, bench, redactor)
    return result


def _read_statements(statements: Sequence[Statement], places: int, bench: Bench, redactor: Redactor) -> Reading:
    found: defaultdict[int, list[Remark]] = defaultdict(list)
    faults: list[str] = []
    for one in statements:
        number = _number(one.place, places)
        if number is None:
            faults.append("a statement names a place that was not asked about")
            continue
        text = " ".join(redactor.restored(one.statement).split(" "))
        found[number].append(Remark(text, _cites(one.evidence_ids, bench)))
    return _judged(found, faults, bench)


def _read_changes(written: Sequence[WrittenChange], result: Reading, bench: Bench, redactor: Redactor) -> None:
    for number, one in enumerate(written, start=1):
        draft = Draft(
            tuple(redactor.restored_sql(sql).strip().rstrip(";").rstrip() for sql in one.sql),
            redactor.restored(one.why),
            _cites(one.evidence_ids, bench),
        )
        fault = next(faults_of_draft(draft, bench), None)
        if number > MOST_CHANGES:
            fault = f"there are more than {MOST_CHANGES}"
        if fault is None:
            result.drafts.append(draft)
        else:
            result.faults.append(f"change {number}: {fault}")


def _cites(written: Sequence[str], bench: Bench) -> tuple[str, ...]:
    """The ids as they were sent: letter case is not kept by every model."""
    spelled = {identity.casefold(): identity for identity in bench.sent}
    return tuple(dict.fromkeys(spelled.get(each.casefold(), each) for each in written))


def _judged(found: Mapping[int, list[Remark]], faults: list[str], bench: Bench) -> Reading:
    result = Reading(faults=faults)
    for number, remarks in sorted(found.items()):
        judgement = judged(remarks, bench)
        result.faults += [f"place P{number}, {fault}" for fault in judgement.faults]
        if judgement.stands:
            result.remarks[number] = judgement.stands[:MOST_STATEMENTS]
    return result


def _number(place: str, places: int) -> int | None:
    digits = place.strip().casefold().removeprefix("p")
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < len("1000") else 0
    return number if 1 <= number <= places else None
