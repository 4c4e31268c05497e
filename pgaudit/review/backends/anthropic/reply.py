"""An answer read: our own validation of its shape, then the judgement of every statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from pgaudit.review.backends.anthropic.prompt import MOST_STATEMENTS
from pgaudit.review.grounding.judge import Bench, Remark, judged


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A statement as it arrives."""

    place: str
    statement: str
    evidence_ids: list[str]


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer as it arrives."""

    basis: str
    statements: list[Statement]


@dataclass(slots=True)
class Reading:
    """What of an answer may be printed, by the number of the place, and what was wrong with the rest."""

    remarks: dict[int, list[Remark]] = field(default_factory=dict[int, list[Remark]])
    faults: list[str] = field(default_factory=list[str])

    @property
    def count(self) -> int:
        """How many statements stand."""
        return sum(map(len, self.remarks.values()))


def read(text: str, places: int, bench: Bench, restored: Callable[[str], str]) -> Reading:
    """The answer, judged.

    Args:
        text: As it arrived.
        places: How many places were asked about.
        bench: What statements are held against.
        restored: Turns pseudonyms back into names.
    """
    try:
        bundle = msgspec.json.decode(text, type=Bundle)
    except (msgspec.MsgspecError, UnicodeError):
        return Reading(faults=["the answer is not JSON of the schema"])
    spelled = {identity.casefold(): identity for identity in bench.sent}
    found: defaultdict[int, list[Remark]] = defaultdict(list)
    faults: list[str] = []
    for one in bundle.statements:
        number = _number(one.place, places)
        if number is None:
            faults.append("a statement names a place that was not asked about")
            continue
        cites = tuple(dict.fromkeys(spelled.get(each.casefold(), each) for each in one.evidence_ids))
        found[number].append(Remark(" ".join(restored(one.statement).split(" ")), cites))
    return _judged(found, faults, bench)


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
