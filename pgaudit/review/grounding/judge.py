"""The judge of a model's sentences: each stands on records that were sent, or falls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pgaudit.review.evidence.records import Record
from pgaudit.review.grounding.advice import turned_around, without_backing
from pgaudit.review.grounding.evidence import Cited
from pgaudit.review.grounding.naming import names_in, strangers
from pgaudit.review.grounding.phrases import faults_of_wording
from pgaudit.review.grounding.quantities import quantities, unfounded

MOST_CHARACTERS = 600
MOST_CITES = 12


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence of a model, and the ids that it cites."""

    text: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bench:
    """What the sentences of one exchange are held against."""

    sent: Mapping[str, Record]
    """Records by the ids under which they were sent."""
    relations: frozenset[str]
    """Names of all tables and views of the evidence, sent or not."""


@dataclass(slots=True)
class Judgement:
    """What stands, and why the rest fell."""

    stands: list[Remark] = field(default_factory=list[Remark])
    faults: list[str] = field(default_factory=list[str])


def judged(remarks: Sequence[Remark], bench: Bench) -> Judgement:
    """The remarks that stand, each once, and a fault for each that does not."""
    result = Judgement()
    seen: set[str] = set()
    for number, remark in enumerate(remarks, start=1):
        fault = next(faults(remark, bench), None)
        if fault is None and remark.text.casefold() in seen:
            fault = "it repeats another"
        seen.add(remark.text.casefold())
        if fault is None:
            result.stands.append(remark)
        else:
            result.faults.append(f"statement {number}: {fault}")
    return result


def faults(remark: Remark, bench: Bench) -> Iterator[str]:
    """Every reason why a remark may not stand."""
    text = remark.text
    if not text.strip() or len(text) > MOST_CHARACTERS:
        yield f"it is empty or longer than {MOST_CHARACTERS} characters"
    yield from faults_of_wording(text)
    if not remark.cites or len(remark.cites) > MOST_CITES:
        yield f"it cites no record, or more than {MOST_CITES}"
    if any(one not in bench.sent for one in remark.cites):
        yield "it cites a record that was not sent"
        return
    cited = Cited([bench.sent[one] for one in remark.cites])
    yield from _against(text, cited, bench)


def _against(text: str, cited: Cited, bench: Bench) -> Iterator[str]:
    if any(strangers(text, cited, bench.relations)):
        yield "it names what none of its records is about"
    if any(unfounded(text, cited)):
        yield "it holds a number, or a number of something, that none of its records holds"
    if any(without_backing(text, cited)):
        yield "it advises what none of its records advises"
    if any(turned_around(text, cited)):
        yield "it says the opposite of a record that it cites"
    if not (_speaks_of(text, cited) or any(quantities(text))):
        yield "it holds neither a name nor a number of its records"


def _speaks_of(text: str, cited: Cited) -> bool:
    words = {word.lower() for word in text.replace(".", " ").replace("`", " ").split()}
    return bool(words & cited.names) or any(names_in(text))
