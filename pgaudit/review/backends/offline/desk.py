"""The evidence as a reviewer has it on the desk: looked up by what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from pgaudit.review.context.model import InputName
from pgaudit.review.deciding.decisions import Decisions
from pgaudit.review.deciding.issues import Issue, level_of
from pgaudit.review.documents.parts import Basis, Claim
from pgaudit.review.evidence.context_records import PROPOSAL, RELATED, topic_of
from pgaudit.review.evidence.nothing import anchored
from pgaudit.review.evidence.records import Pack, Record, RecordKind, Trust
from probes.finding import EvidenceValue


class Desk:
    """A pack and the decisions on it."""

    def __init__(self, pack: Pack, decisions: Decisions) -> None:
        self.pack = pack = anchored(pack)
        self.decisions = decisions
        self._numbers = {identity: change.number for change in decisions.changes for identity in change.ids}

    @cached_property
    def _by_topic(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.pack.records:
            found.setdefault(record.topic, []).append(record)
        return found

    # ---- looking up

    def fact(self, topic: str) -> Record | None:
        """What was counted under `inventory/<topic>`."""
        return next(iter(self._by_topic.get(f"inventory/{topic}", ())), None)

    def facts(self, topic: str) -> list[Record]:
        """Everything that was counted under `inventory/<topic>`."""
        return list(self._by_topic.get(f"inventory/{topic}", ()))

    def found(self, *prefixes: str) -> list[Record]:
        """Open findings of checks whose id begins so, gravest first."""
        hits = [
            record
            for record in self.pack.of(RecordKind.FINDING)
            if record.accepted is None and record.topic.startswith(prefixes)
        ]
        return sorted(hits, key=lambda one: level_of(one).rank)

    def clean(self, *checks: str) -> list[Record]:
        """Records that say that these checks ran and found nothing."""
        return [
            record for check in checks for record in self._by_topic.get(check, ()) if record.kind is RecordKind.NEGATIVE
        ]

    def skipped(self, *prefixes: str) -> list[Record]:
        """Checks that could not run, or not over everything."""
        return [record for record in self.pack.of(RecordKind.SKIP) if record.topic.startswith(prefixes)]

    def queries(self) -> list[Record]:
        """The heaviest statements, heaviest first."""
        return list(self.pack.of(RecordKind.QUERY))

    def issues(self, *prefixes: str) -> list[Issue]:
        """Issues of checks whose id begins so."""
        return [issue for issue in self.decisions.issues if issue.check.startswith(prefixes)]

    def numbers(self, records: Iterable[Record]) -> tuple[int, ...]:
        """Numbers of the changes that mend these findings."""
        return tuple(sorted({self._numbers[record.id] for record in records if record.id in self._numbers}))

    # ---- inputs

    def given(self, name: InputName) -> Record | None:
        """What people said of an input."""
        record = next(iter(self._by_topic.get(topic_of(name), ())), None)
        return record if record and record.kind is RecordKind.CONTEXT else None

    def lacking(self, *names: InputName) -> list[Record]:
        """Records of inputs that nobody gave."""
        found = [record for name in names for record in self._by_topic.get(topic_of(name), ())]
        return [record for record in found if record.kind is RecordKind.MISSING]

    @property
    def lacks_proposal(self) -> Record | None:
        """The record that no proposal was given."""
        return next((one for one in self._by_topic.get(PROPOSAL, ()) if one.kind is RecordKind.MISSING), None)

    @property
    def lacks_related(self) -> Record | None:
        """The record that no second database was given."""
        return next((one for one in self._by_topic.get(RELATED, ()) if one.kind is RecordKind.MISSING), None)

    @property
    def proposal(self) -> list[Record]:
        """What the gate said of the proposal, its summary first."""
        return list(self.pack.of(RecordKind.PROPOSAL))

    @property
    def related(self) -> list[Record]:
        """What was seen of the second database, the sum first."""
        return list(self.pack.of(RecordKind.RELATED))


# ---- saying


def say(text: str, *records: Record, basis: Basis | None = None) -> Claim:
    """A claim that rests on records."""
    inferred = any(record.trust is Trust.INFERRED for record in records)
    return Claim(
        sentence(text),
        tuple(dict.fromkeys(record.id for record in records)),
        basis or (Basis.INFERRED if inferred else Basis.OBSERVED),
    )


def say_if(text: str, *records: Record | None, basis: Basis | None = None) -> list[Claim]:
    """The claim where every record that it needs is there; nothing otherwise."""
    there = [record for record in records if record is not None]
    return [say(text, *there, basis=basis)] if there and len(there) == len(records) else []


def not_assessed(what: str, records: Iterable[Record]) -> list[Claim]:
    """That something was not assessed, with the inputs that it needs; nothing where none is recorded as missing."""
    missing = list(records)
    if not missing:
        return []
    needs = "; ".join(f"{one.needs} ({one.says.removeprefix('not given: ')})" for one in missing if one.needs)
    return [say(f"Not assessed: {what}. Needed: {needs}", *missing, basis=Basis.NOT_ASSESSABLE)]


_NAMES = frozenset({"fsync", "ssl", "jit", "json"})
"""Words in lower case that are names: they keep it at the beginning of a sentence."""


def sentence(text: str) -> str:
    """The text with a capital at its beginning, where that is a word of ours, and a stop at its end."""
    stripped = text.strip()
    first = stripped.split(maxsplit=1)[0] if stripped else ""
    if first.isalpha() and first.islower() and first not in _NAMES:
        stripped = stripped[0].upper() + stripped[1:]
    return stripped if stripped.endswith((".", "!", "?", ":", "…")) else f"{stripped}."


def number(value: EvidenceValue) -> float:
    """A fact as a number; 0 for what is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def words(value: EvidenceValue) -> tuple[str, ...]:
    """A fact as names; none for what is none. JSON gives lists back for tuples."""
    return tuple(str(one) for one in value) if isinstance(value, tuple | list) else ()


def within(title: str) -> str:
    """A title as it stands within a sentence: `WAL is not archived` and `NOT NULL` keep their capitals."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def titled(title: str, says: str) -> str:
    """`title: says`, or what is said alone where it begins with the title."""
    return says if says.lower().startswith(title.lower()) else f"{title}: {says}"


def joined(names: Iterable[str]) -> str:
    """`a, b and c`."""
    listed = list(names)
    if len(listed) < 2:  # noqa: PLR2004 - one name or none
        return "".join(listed)
    tail = listed[-1]
    return f"{', '.join(listed[:-1])} {tail}" if tail.startswith("and ") else f"{', '.join(listed[:-1])} and {tail}"


def plural(count: float, noun: str, many: str | None = None) -> str:
    """`1 table`, `3 tables`."""
    return f"{count:,g} {noun}" if count == 1 else f"{count:,g} {many or noun + 's'}"
