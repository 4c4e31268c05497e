"""The backend that has a model add prose to what the rules wrote, part by part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from pgaudit.errors import Interrupted
from pgaudit.review.backends.anthropic.cost import Estimate, estimated, input_tokens, most_usd, price_of
from pgaudit.review.backends.anthropic.exchange import (
    DEFAULT_MODEL,
    Answer,
    AskFailedError,
    Caller,
    Request,
    Usage,
)
from pgaudit.review.backends.anthropic.ledger import Ledger, PartOutcome
from pgaudit.review.backends.anthropic.places import Unit, replaced, units
from pgaudit.review.backends.anthropic.prompt import repair_of, request_for
from pgaudit.review.backends.anthropic.reply import Reading, read
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.deciding.decisions import Decisions
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Basis, Change, Claim, Mode, Reviewer
from pgaudit.review.drafting.court import Court, NoCourt
from pgaudit.review.drafting.entry import change_entry, changes_of, next_number
from pgaudit.review.drafting.grounding import spelled
from pgaudit.review.evidence.records import Badge, Pack, Record
from pgaudit.review.grounding.evidence import relation_names
from pgaudit.review.grounding.judge import Bench, Remark
from pgaudit.review.redaction.wire import Redactor

_ENDED_WELL = frozenset({"end_turn", "stop_sequence"})
_CUT_SHORT = frozenset({"max_tokens", "model_context_window_exceeded"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How the model is asked."""

    model: str = DEFAULT_MODEL
    effort: str = "high"
    max_tokens: int = 16_000
    """Of one answer, thinking included: most of it is thought, and a cut answer is paid for and thrown away."""
    max_records: int = 120
    """Of one request; the rest is left out, and that is said."""
    max_input_tokens: int = 100_000
    """Of one request, by estimate: the mildest records are left out until it fits."""
    max_cost_usd: float | None = None
    seconds: float = 600.0
    """For all requests together."""
    mode: Mode = Mode.MODEL


@dataclass(frozen=True, slots=True)
class Planned:
    """A part of the document and the request for it."""

    unit: Unit
    request: Request
    sent: Mapping[str, Record]
    """By the ids under which they leave."""
    left_out: int


def _silent(_: str) -> None:
    """Tells nobody."""


class ModelBackend:
    """Starts from what the offline backend writes. Nothing that the rules wrote changes or goes.

    Args:
        caller: Carries requests.
        redactor: Everything that leaves passes through it.
        settings: How the model is asked.
        court: Judges the SQL that the model drafts; without one none is printed.
        clock: Seconds that only grow.
        progress: Where it is told which part is being asked about.
    """

    def __init__(
        self,
        caller: Caller,
        redactor: Redactor,
        settings: Settings,
        *,
        court: Court | None = None,
        clock: Callable[[], float] = time.monotonic,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self._progress = progress
        self._court = court or NoCourt()
        self._caller = caller
        self._redactor = redactor
        self._settings = settings
        self._clock = clock
        self._ends = 0.0
        self._stopped: str | None = None
        self.ledger = Ledger(redactor.level.value)
        self.reviewer = Reviewer()

    def write(self, pack: Pack, decisions: Decisions, wanted: Format) -> Document:
        """The document of a format, with prose and changes in the parts where they stood the tests."""
        document = OfflineBackend().write(pack, decisions, wanted)
        self._ends = self._clock() + self._settings.seconds
        self._stopped = None
        self.ledger = Ledger(self._redactor.level.value)
        everything = planned_for(pack, document, self._redactor, self._settings)
        for number, planned in enumerate(everything, start=1):
            self._progress(f"part {number} of {len(everything)}, {planned.unit.title}")
            document = self._with_part(document, planned, pack)
        notes = [f"{one.part}: {one.problem}" for one in self.ledger.parts if one.problem]
        added = any(one.statements or one.changes for one in self.ledger.parts)
        self.reviewer = Reviewer(
            self._settings.mode if added else Mode.OFFLINE, self._settings.model, "; ".join(notes) or None
        )
        return document

    def _with_part(self, document: Document, planned: Planned, pack: Pack) -> Document:
        """The document with what the model added to one part, and that entered in the ledger."""
        reading, problem = self._asked(planned, pack)
        made, dropped = self._tried(reading, planned, document)
        problem = "; ".join(filter(None, (problem, *dropped))) or None
        self.ledger.parts.append(PartOutcome(planned.unit.title, reading.count, len(made), problem))
        by_model = bool(reading.count or made)
        reviewer = (
            Reviewer(self._settings.mode, self._settings.model, problem)
            if by_model
            else Reviewer(Mode.OFFLINE, None, problem)
        )
        document = replaced(document, planned.unit.path, _writer(planned, reading, reviewer))
        return replaced(document, ("changes",), partial(_longer, made)) if made else document

    def _tried(self, reading: Reading, planned: Planned, document: Document) -> tuple[tuple[Change, ...], list[str]]:
        """The drafts that stood the court, as changes of the document, and why others did not."""
        made: list[Change] = []
        dropped: list[str] = []
        held = {spelled(one.sql) for one in changes_of(document)}
        for draft in reading.drafts:
            if spelled(draft.sql) in held:
                continue  # another part has it
            held.add(spelled(draft.sql))
            records = [planned.sent[one] for one in draft.cites]
            try:
                judged = self._court.judged(draft.sql, records)
            except (KeyboardInterrupt, Interrupted) as stop:
                dropped.append(f"changes of the model not tried, because {self._interrupted(stop).reason}")
                break
            if judged.proof.badge is Badge.REJECTED:
                dropped.append(f"1 change of the model rejected ({judged.proof.reason})")
            else:
                made.append(change_entry(next_number(document) + len(made), draft, judged, records))
        return tuple(made), dropped

    def _asked(self, planned: Planned, pack: Pack) -> tuple[Reading, str | None]:
        """What of the answer stands, and why that is not all."""
        if not planned.sent:
            return Reading(), f"no language model, because no record fits {self._settings.max_input_tokens:,} tokens"
        bench = Bench(planned.sent, relation_names(pack.records))
        try:
            reading = self._read_twice(planned, bench)
        except AskFailedError as error:
            return Reading(), f"no language model, because {error.reason}"
        return reading, _reason(reading, planned.left_out)

    def _read_twice(self, planned: Planned, bench: Bench) -> Reading:
        """The reading of the answer, or of its repair where that has more that stands."""
        answer = self._ask(planned.request)
        first = read(answer.text, planned.unit, bench, self._redactor)
        if not first.faults:
            return first
        try:
            again = self._ask(repair_of(planned.request, answer.text or "(nothing)", first.faults))
        except AskFailedError:
            return first
        second = read(again.text, planned.unit, bench, self._redactor)
        return second if second.worth >= first.worth else first

    def _ask(self, request: Request) -> Answer:
        if self._stopped:
            raise AskFailedError(self._stopped, ends_all=True)
        too_dear = self._too_dear(request)
        if too_dear is not None:
            raise AskFailedError(too_dear)
        answer = self._answered(request)
        self.ledger.enter(answer, price_of(self._settings.model))
        if answer.stop_reason == "refusal":
            raise AskFailedError("it refused to write about this part")
        if answer.stop_reason in _CUT_SHORT:
            raise AskFailedError("its answer was cut off at the limit of its length")
        if answer.stop_reason not in _ENDED_WELL or not answer.text.strip():
            raise AskFailedError("its answer was empty")
        return answer

    def _answered(self, request: Request) -> Answer:
        """What the caller brings. Raises AskFailedError; what would end other requests as well is remembered."""

        def lost(most: Usage) -> bool:
            self.ledger.enter_lost(most, price_of(self._settings.model))
            return self._too_dear(request) is None

        try:
            return self._caller.ask(request, seconds_left=max(0.0, self._ends - self._clock()), lost=lost)
        except AskFailedError as error:
            if error.ends_all:
                self._stopped = error.reason
            raise
        except (KeyboardInterrupt, Interrupted) as stop:
            raise self._interrupted(stop) from stop

    def _interrupted(self, stop: BaseException) -> AskFailedError:
        """Nothing is asked from here on; what was paid for stays, and the interruption is raised once it is out."""
        self._stopped, self.ledger.interruption = "it was interrupted", stop
        return AskFailedError(self._stopped, ends_all=True)

    def _too_dear(self, request: Request) -> str | None:
        """Why a request may not be sent for what it could cost; None where it may."""
        limit, price = self._settings.max_cost_usd, price_of(self._settings.model)
        if limit is None:
            return None
        if price is None:
            return f"the price of {self._settings.model} is unknown"
        if price.of(self.ledger.usage) + most_usd(request, price) > limit:
            return f"the limit of {limit:g} US dollars would be passed"
        return None


def planned_for(pack: Pack, document: Document, redactor: Redactor, settings: Settings) -> list[Planned]:
    """Every request that a document leads to. Nothing is sent."""
    by_id = {record.id: record for record in pack.records}
    return [_planned(unit, by_id, redactor, settings) for unit in units(document)]


def estimate_of(planned: Sequence[Planned], settings: Settings) -> Estimate:
    """What they will take."""
    return estimated([one.request for one in planned], price_of(settings.model))


def _planned(unit: Unit, by_id: dict[str, Record], redactor: Redactor, settings: Settings) -> Planned:
    records = sorted((by_id[one] for one in unit.cites), key=_weight)
    sent = records[: settings.max_records]
    request = _request(sent, unit, redactor, settings)
    while input_tokens(request) > settings.max_input_tokens and sent:
        sent = sent[: len(sent) * 3 // 4]
        request = _request(sent, unit, redactor, settings)
    by_wire = {redactor.identity(record.id): record for record in sent}
    return Planned(unit, request, by_wire, len(records) - len(sent))


def _request(sent: Sequence[Record], unit: Unit, redactor: Redactor, settings: Settings) -> Request:
    return request_for(
        [redactor.record(record) for record in sent],
        unit,
        model=settings.model,
        effort=settings.effort,
        max_tokens=settings.max_tokens,
    )


def _weight(record: Record) -> int:
    return -record.severity.rank if record.severity else 0


def _reason(reading: Reading, left_out: int) -> str | None:
    return "; ".join(_reasons(reading, left_out)) or None


def _reasons(reading: Reading, left_out: int) -> Iterator[str]:
    for what in ("change", "statement"):
        faults = [one for one in reading.faults if one.startswith("change ") is (what == "change")]
        if faults:
            kinds = sorted({fault.rpartition(": ")[2] for fault in faults})
            number = len(faults)
            yield f"{number} {what if number == 1 else f'{what}s'} of the model left out ({'; '.join(kinds)})"
    if left_out:
        yield f"{left_out} records were not shown to the model, for length"
    if not reading.worth and not reading.faults:
        yield "the model had nothing to add"


def _writer(planned: Planned, reading: Reading, reviewer: Reviewer) -> Callable[[msgspec.Struct], msgspec.Struct]:
    """Adds the statements behind what stands at their places, and says who reviewed."""

    def write(node: msgspec.Struct) -> msgspec.Struct:
        for number, remarks in reading.remarks.items():
            claims = tuple(_claim(one, planned) for one in remarks)
            node = replaced(node, planned.unit.places[number - 1].path, partial(_longer, claims))
        return msgspec.structs.replace(node, reviewer=reviewer)

    return write


def _longer(new: tuple[msgspec.Struct, ...], old: tuple[msgspec.Struct, ...]) -> tuple[msgspec.Struct, ...]:
    return (*old, *new)


def _claim(remark: Remark, planned: Planned) -> Claim:
    # backticks made names plain to the judge; documents set names as the rules do, without
    return Claim(remark.text.replace("`", ""), tuple(planned.sent[one].id for one in remark.cites), Basis.MODEL)
