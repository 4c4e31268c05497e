"""The answer about a migration, written by rules from what the gate and the copy said of it."""

from __future__ import annotations

from collections.abc import Sequence

from pgaudit.reports.words import bytes_in_words, seconds_in_words
from pgaudit.review.asking.answer import Answer
from pgaudit.review.asking.migration import BACK, NO_BACK, SAFE, SCRIPT, STEP, VALIDATION, is_in_words
from pgaudit.review.asking.tables import TABLE
from pgaudit.review.asking.wording import TEMPLATES, Question
from pgaudit.review.asking.writing import requirements, specifications
from pgaudit.review.backends.offline.desk import Desk, joined, not_assessed, number, plural, say, say_if, words
from pgaudit.review.backends.offline.topics import migration, operations
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.parts import Basis, Cell, Claim, NamedList, Part, Row, Script, Section, Table
from pgaudit.review.evidence.records import Badge, Record
from probes.finding import Severity

_NOTICED_SECONDS = 1.0
_LEAST_SECONDS = 0.1
_LETS_WORK = ("ACCESS SHARE ", "ROW SHARE ", "ROW EXCLUSIVE ", "SHARE UPDATE EXCLUSIVE ")
"""Locks that let others read and write."""
_REFUSED = "the server refused it"
_MOST_LOCKS = 3
_STATEMENT_CHARACTERS = 160


class _Found:
    """The records of the question by what they are."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.steps = list(desk.pack.topics(STEP))
        self.script = next(desk.pack.topics(SCRIPT))
        self.safe = next(iter(desk.pack.topics(SAFE)), None)
        self.back = next(iter(desk.pack.topics(BACK)), None)
        self.lost = list(desk.pack.topics(NO_BACK))
        self.validations = list(desk.pack.topics(VALIDATION))
        self.tables = list(desk.pack.topics(TABLE))
        self.held_against = [one for one in migration.judged(desk) if _is_grave(one)]

    @property
    def refusals(self) -> list[Record]:
        """What the gate says that the server refuses."""
        return list(self.desk.pack.topics("proposal/refused-by-server"))

    @property
    def is_refused(self) -> bool:
        """Whether it does not run as it is written: by prediction, or by its trial in the copy."""
        return bool(self.refusals) or self.is_refused_in_the_copy

    @property
    def is_refused_in_the_copy(self) -> bool:
        """Whether the server of the copy refused it."""
        proof = self.script.change.proof if self.script.change else None
        return proof is not None and proof.badge is Badge.REJECTED and proof.reason.startswith(_REFUSED)

    @property
    def data_steps(self) -> list[Record]:
        """Statements that change rows."""
        return [one for one in self.steps if one.facts.get("kind") == "data"]

    @property
    def schema_steps(self) -> list[Record]:
        """Statements that change the structure."""
        return [one for one in self.steps if one.facts.get("kind") == "schema"]

    @property
    def longest(self) -> Record | None:
        """The statement that holds a lock longest."""
        return max(self.steps, key=lambda one: number(one.facts.get("held_seconds")), default=None)


def _is_grave(record: Record) -> bool:
    return record.severity is not None and record.severity.at_least(Severity.MEDIUM)


def migration_answer(desk: Desk) -> Answer:
    """The answer about the migration that the evidence was gathered for."""
    found = _Found(desk)
    include = TEMPLATES[Question.MIGRATION].include
    parts = (_scripts(found), _validation(found), _rollback(found), _testing(found), _checklist(found))
    window = _window(desk)
    return Answer(
        question=Question.MIGRATION,
        subject=joined(words(desk.proposal[0].facts.get("files"))),
        requirements=requirements(
            Question.MIGRATION, (_changes(found), _data(found), [*_waits(found), *window], _ways(found))
        ),
        specifications=specifications(
            Question.MIGRATION,
            (
                (_kind(found), found.steps),
                (_size(found), found.tables or _relations(desk) or found.steps),
                (_given(desk), _cited(desk, window)),
                (_back_in_words(found), [found.script, *found.lost, *([found.back] if found.back else [])]),
            ),
        ),
        sections=tuple(Section(heading, made) for heading, made in zip(include, parts, strict=True)),
        changes=(),
    )


# ---- what was asked


def _changes(found: _Found) -> list[Claim]:
    summary = found.desk.proposal[0]
    refused = say("Run in a copy of the structure, the server refuses it", found.script)
    return [
        say(summary.says, summary),
        *([refused] if found.is_refused_in_the_copy and not found.refusals else []),
        say(f"{_changing(found.schema_steps)} the structure", summary, *found.schema_steps),
    ]


def _data(found: _Found) -> list[Claim]:
    if not found.data_steps:
        return [say("No statement changes rows", *found.steps)]
    told = f"{_changing(found.data_steps)} rows: {_numbers(found.data_steps)}"
    return [say(told, *found.data_steps)]


def _changing(steps: Sequence[Record]) -> str:
    return "1 statement changes" if len(steps) == 1 else f"{len(steps)} statements change"


def _numbers(steps: Sequence[Record]) -> str:
    listed = joined(str(one.facts.get("number")) for one in steps)
    return f"number {listed}" if len(steps) == 1 else f"numbers {listed}"


def _window(desk: Desk) -> list[Claim]:
    given = desk.given(InputName.MIGRATION)
    if given:
        return [say(f"Constraints on migrations, {given.says}", given, basis=Basis.STATED)]
    return not_assessed("how long it may stop the application", desk.lacking(InputName.MIGRATION))


def _waits(found: _Found) -> list[Claim]:
    """For how long others would wait, by estimate, for what the statements do under locks that stop them."""
    blocking = [
        one
        for one in found.steps
        if number(one.facts.get("held_seconds")) >= _LEAST_SECONDS
        and any(not lock.startswith(_LETS_WORK) for lock in _locks(one))
    ]
    seconds = sum(number(one.facts.get("held_seconds")) for one in blocking)
    if found.is_refused or not found.steps:
        return []
    if not blocking:
        return [say("By estimate no statement keeps others waiting for as long as 0.1 s", *found.steps)]
    longest = max(blocking, key=lambda one: number(one.facts.get("held_seconds")))
    held = seconds_in_words(number(longest.facts.get("held_seconds")))
    text = f"By estimate statement {longest.facts.get('number')} keeps others waiting for {held} ({_locks(longest)[0]})"
    if len(blocking) > 1:
        text += f", the {len(blocking)} that do so together for {seconds_in_words(seconds)}"
    return [say(text, *blocking)]


def _locks(step: Record) -> tuple[str, ...]:
    return words(step.facts.get("locks"))


def _given(desk: Desk) -> str:
    given = desk.given(InputName.MIGRATION)
    return str(given.facts.get("value")) if given else "not given"


def _cited(desk: Desk, claims: Sequence[Claim]) -> list[Record]:
    ids = {one for claim in claims for one in claim.cites}
    return [one for one in desk.pack if one.id in ids]


def _kind(found: _Found) -> str:
    if found.schema_steps and found.data_steps:
        return "both"
    return "data" if found.data_steps else "schema"


def _relations(desk: Desk) -> list[Record]:
    return [one for one in [desk.fact("relations")] if one is not None]


def _size(found: _Found) -> str:
    touched = sum(number(one.facts.get("table_bytes")) for one in found.tables)
    whole = sum(number(one.facts.get("table_bytes")) for one in _relations(found.desk))
    tables = f"{plural(len(found.tables), 'existing table')} touched, {bytes_in_words(touched)}"
    return f"{tables}, of {bytes_in_words(whole)}" if whole else tables


def _ways(found: _Found) -> list[Claim]:
    claims = [say(found.back.says, found.back)] if found.back else []
    claims += [say(one.says, one) for one in found.lost]
    return claims or [say(_nothing_back(found), found.script)]


def _nothing_back(found: _Found) -> str:
    if found.is_refused:
        return "It does not run as it is written, so there is no way back to tell"
    return "Nothing of the structure has to be taken back"


def _back_in_words(found: _Found) -> str:
    if found.is_refused and not (found.lost or found.back):
        return "not known: it does not run"
    if found.lost:
        return "a backup: part of it cannot be taken back"
    return "by statements, below" if found.back else "none needed for the structure"


# ---- the answer


def _scripts(found: _Found) -> tuple[Part, ...]:
    proposed = Script("sql", _text(found.script), (found.script.id,))
    parts = [Part("As it is written", table=_step_table(found), script=proposed)]
    against = [
        say(f"{one.severity.name if one.severity else ''}, {one.object}: {one.says}", one) for one in found.held_against
    ]
    if found.is_refused_in_the_copy and not found.refusals:
        reason = found.script.change.proof.reason.removeprefix(f"{_REFUSED}: ") if found.script.change else ""
        against.insert(0, say(f"HIGH: run in a copy of the structure, the server refuses it: {reason}", found.script))
    nothing = say("The gate holds nothing of weight against it", found.desk.proposal[0], found.script)
    parts.append(Part("What stands against it", tuple(against) or (nothing,)))
    if found.safe:
        claim = say(found.safe.says, found.safe)
        parts.append(Part("Safe sequence", (claim,), script=Script("sql", _text(found.safe), (found.safe.id,))))
    conflicts = migration.conflicts(found.desk)
    if conflicts:
        parts.append(Part("What it meets there", tuple(conflicts)))
    return tuple(parts)


def _text(record: Record) -> str:
    return "\n".join(
        one.strip() if is_in_words(one) else f"{one.strip().rstrip(';')};" for one in words(record.facts.get("sql"))
    )


def _step_table(found: _Found) -> Table:
    rows: list[Row] = []
    for one in found.steps:
        locks = words(one.facts.get("locks"))
        seconds = number(one.facts.get("held_seconds"))
        held = "-" if not locks else "under 0.1 s" if seconds < 0.1 else seconds_in_words(seconds)  # noqa: PLR2004
        more = (f"and {len(locks) - _MOST_LOCKS} more",) if len(locks) > _MOST_LOCKS else ()
        cells = (
            Cell(str(one.facts.get("number"))),
            Cell(_in_short(str(one.facts.get("sql"))), is_code=True),
            Cell("; ".join((*locks[:_MOST_LOCKS], *more)) or "none"),
            Cell("; ".join(words(one.facts.get("work"))) or "catalog only"),
            Cell(held),
        )
        rows.append(Row(cells, (one.id,)))
    return Table(("", "Statement", "Locks", "Work", "Held, estimate"), tuple(rows))


def _in_short(sql: str) -> str:
    """The statement on one line; where it is long, its beginning, marked as cut: all of it stands below."""
    text = " ".join(sql.split())
    return text if len(text) <= _STATEMENT_CHARACTERS else f"{text[: _STATEMENT_CHARACTERS - 1]}…"


def _validation(found: _Found) -> tuple[Part, ...]:
    if not found.validations:
        return (Part("Queries", (say("It declares nothing that rows could break", found.script),)),)
    rows = tuple(
        Row(
            (
                Cell(one.says),
                Cell(str(one.facts.get("sql")), is_code=True),
                Cell(str(one.facts.get("expects"))),
                Cell("before and after" if one.facts.get("before") else "after"),
            ),
            (one.id,),
        )
        for one in found.validations
    )
    return (Part("Queries", table=Table(("Shows that", "Query", "Expected", "Run"), rows)),)


def _rollback(found: _Found) -> tuple[Part, ...]:
    parts: list[Part] = []
    if found.back:
        claims = (*_proof(found.back, "The migration and its way back, one after the other"),)
        parts.append(Part("Way back", claims, script=Script("sql", _text(found.back), (found.back.id,))))
    if found.lost:
        told = [say(one.says, one) for one in found.lost]
        parts.append(Part("What is lost", (*told, *operations.backups(found.desk))))
    if found.data_steps:
        text = (
            f"The catalog keeps no old rows: what statement {_numbers(found.data_steps)} changes comes back from a "
            "copy of those rows, made first, or from a backup"
        )
        parts.append(Part("Rows", (say(text, *found.data_steps),)))
    return tuple(parts) or (Part("Way back", (say(_nothing_back(found), found.script),)),)


def _proof(record: Record, what: str) -> list[Claim]:
    """What the copy said of a script."""
    change = record.change
    if change is None:
        return []
    proof = change.proof
    if proof.badge is Badge.REJECTED and not proof.reason.startswith(("the server refused", "it ran")):
        return [say(f"{what}: UNPROVEN, it was not run in the copy, for {proof.reason}", record)]
    return [say(f"{what}: {proof.badge.value}, {proof.reason}", record)]


def _testing(found: _Found) -> tuple[Part, ...]:
    claims = _proof(found.script, "As it is written")
    if found.safe:
        claims += _proof(found.safe, "The safe sequence")
    left = [one for one in found.desk.proposal if one.topic == "proposal/introduces"]
    claims += [say(f"The checks would find afterwards: {one.says}", one) for one in left]
    if not (left or found.is_refused):
        claims.append(
            say("The checks of structure find nothing new in the schema that it leaves", found.desk.proposal[0])
        )
    text = (
        "A copy of the structure proves neither durations nor that old rows keep new rules: run it on a restored backup"
    )
    text += ", time it there, and run the validation queries" if found.validations else " and time it there"
    if found.is_refused:
        text = "Mend what is refused, and ask again: nothing else can be tried before"
    return (Part("What was tried, and what remains to be", (*claims, say(text, found.script))),)


def _refused_checklist(found: _Found) -> tuple[Part, ...]:
    told = [
        say("What the server refuses is mended", *(found.refusals or [found.script])),
        say("This question was asked again about what was mended, and its checklist is followed", found.script),
    ]
    lists = (NamedList("Before anything is deployed", tuple(told), is_checklist=True),)
    return (Part("Checklist", lists=lists),)


def _checklist(found: _Found) -> tuple[Part, ...]:
    desk = found.desk
    if found.is_refused:
        return _refused_checklist(found)
    before = [
        *say_if("A backup from which a restore was tried is at hand", desk.fact("backups")),
        say("The validation queries that are to be run before give what is expected", *found.validations)
        if found.validations
        else say("It was run on a restored backup", found.script),
    ]
    idle = desk.found("sessions/")
    before += [say(f"Gone before it starts: {one.says}", one) for one in idle[:3]]
    longest = found.longest
    during = []
    if longest is not None:
        held = number(longest.facts.get("held_seconds"))
        during.append(
            say(
                "Each transaction sets lock_timeout = '2s' and is tried again where the lock is not had in time",
                longest,
            )
        )
        if held >= _NOTICED_SECONDS:
            text = f"Statement {longest.facts.get('number')} holds its locks for about {seconds_in_words(held)}"
            during.append(say(f"{text}: when traffic is low", longest))
    alone = [one for one in found.steps if one.facts.get("no_transaction")]
    if alone:
        during.append(say(f"Outside of a transaction: statement {_numbers(alone)}", *alone))
    after = [say("The validation queries give what is expected", *found.validations)] if found.validations else []
    after.append(say("Scan again and compare with the scan before", found.script))
    if found.back:
        after.append(say("The way back is at hand until the next release", found.back))
    lists = (
        NamedList("Before", tuple(before), is_checklist=True),
        NamedList("While it runs", tuple(during), is_checklist=True),
        NamedList("Afterwards", tuple(after), is_checklist=True),
    )
    return (Part("Checklist", lists=lists),)
