"""Evidence for the question about a migration: its steps, what the gate says, how to check it and take it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from pgaudit.audit.standards import Standards
from pgaudit.errors import BadConfiguration
from pgaudit.migrations.gate import GateRun, gate_scripts
from pgaudit.reports.contract import ReportTarget
from pgaudit.reports.gate_contract import GateFinding, GateReport, GateStatement
from pgaudit.review.asking.about import concerns, evidence_about
from pgaudit.review.asking.differences import Validation, validations, way_back
from pgaudit.review.asking.tables import table_record
from pgaudit.review.evidence.effects import with_effects
from pgaudit.review.evidence.records import Badge, Pack, Proof, ProposedChange, Record, RecordKind, Trust, record_id
from pgaudit.review.proposal.judging import judge_proposal
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.finding import ObjectRef, Severity
from probes.sql.parse import Parsed, parse_statement

STEP = "asked/step"
SCRIPT = "asked/script"
SAFE = "asked/safe_script"
BACK = "asked/way_back"
NO_BACK = "asked/no_way_back"
VALIDATION = "asked/validation"
MOST_STEPS = 60
_SQL_CHARACTERS = 2_000
_INDEXES_NAMED = 2
_SLOTS = ("pg_class",)
"""A dropped column leaves its place behind, which pg_class counts."""
_TRANSACTION_KIND = "TransactionStmt"


class Judged(msgspec.Struct, frozen=True):
    """A migration as the gate judged it."""

    path: Path
    report: GateReport
    run: GateRun


def judged_migration(path: Path, catalog: Catalog, target: ReportTarget, by: Standards, today: date) -> Judged:
    """The migration through the gate. Raises BadConfiguration where it is not there, is empty or does not parse."""
    if not path.exists():
        raise BadConfiguration("FILE", f"{path} is not there", "name a SQL file or a folder of migrations")
    done = judge_proposal(path, catalog, target, by, today)
    report = done.report
    broken = next((one for one in report.findings if one.rule == "unparsable"), None)
    if broken is not None:
        where = f"{broken.file}:{broken.line}"
        raise BadConfiguration("FILE", f"{where} cannot be parsed ({_said(broken, report)})", "correct that statement")
    if not report.statements:
        raise BadConfiguration("FILE", f"{path} holds no statement", "name a file with SQL")
    return Judged(path, report, done.run)


def _said(broken: GateFinding, report: GateReport) -> str:
    statement = report.statements[broken.statement] if broken.statement is not None else None
    said = (statement.effects.error if statement else None) or broken.message
    return said.removeprefix("PostgreSQL cannot parse this: ")


def migration_evidence(catalog: Catalog, pack: Pack, judged: Judged, today: date) -> Pack:
    """The evidence about a migration; `pack` holds what the gate said of it."""
    statements = judged.report.statements
    tables = _touched(catalog, statements)
    about = concerns(tables)
    after = judged.run.after

    def wanted(record: Record) -> bool:
        if record.kind is RecordKind.FINDING:
            grave = record.severity is not None and record.severity.at_least(Severity.HIGH)
            return record.topic.startswith("sessions/") or (grave and about(record.object))
        return record.kind is RecordKind.PROPOSAL or record.topic in ("inventory/relations", "inventory/backups")

    added = (
        *(table_record(catalog, table) for table in tables),
        *(_step(one, number, catalog) for number, one in enumerate(statements[:MOST_STEPS], start=1)),
        *_scripts(judged, catalog, today),
        *(_validation(one) for one in (validations(catalog, after) if after is not None else ())),
    )
    return _without_changes(evidence_about(pack, wanted, added))


def _without_changes(pack: Pack) -> Pack:
    """Only the scripts as wholes are tried: a single statement may need those before it."""
    own = (SCRIPT, SAFE, BACK)
    return msgspec.structs.replace(
        pack,
        records=tuple(
            one if one.topic in own or one.topic.startswith("proposal/") else msgspec.structs.replace(one, change=None)
            for one in pack.records
        ),
    )


def is_tried(record: Record) -> bool:
    """Whether a record's SQL is run in the copy."""
    return record.topic in (SCRIPT, SAFE, BACK)


def with_trials_told(pack: Pack) -> Pack:
    """The pack, the scripts' proofs saying what the trial of a whole script shows: that it runs, and no more."""
    return msgspec.structs.replace(pack, records=tuple(map(_told, pack.records)))


def is_in_words(statement: str) -> bool:
    """Whether a step of a script is told in a comment alone."""
    lines = [line for line in statement.splitlines() if line.strip()]
    return bool(lines) and all(line.lstrip().startswith("--") for line in lines)


def _told(record: Record) -> Record:
    change = record.change
    if change is not None and record.topic == SAFE and any(map(is_in_words, change.sql)):
        proof = Proof(Badge.UNPROVEN, "steps of it are told in words, and have to be written as statements first")
        return msgspec.structs.replace(record, change=msgspec.structs.replace(change, proof=proof))
    if not is_tried(record) or change is None or change.proof.badge is not Badge.APPLIES:
        return record
    reason = "it ran in a copy of the structure"
    if record.topic == BACK:
        reason = "in a copy of the structure they ran and left everything as it was before"
    proof = msgspec.structs.replace(change.proof, reason=reason)
    return msgspec.structs.replace(record, change=msgspec.structs.replace(change, proof=proof))


def _touched(catalog: Catalog, statements: Sequence[GateStatement]) -> tuple[Relation, ...]:
    """Existing tables that the statements lock or work on."""
    names = [name for one in statements for name in (*_locked(one), *one.effects.rewrites)]
    found = (catalog.relation_named(*name.split(".", 1)) for name in dict.fromkeys(names) if "." in name)
    return tuple(one for one in found if one is not None and one.row.kind in ("r", "p", "m"))


def _step(one: GateStatement, number: int, catalog: Catalog) -> Record:
    change = with_effects(ProposedChange((one.sql,)), catalog)
    locked = _locks_on_tables(one, catalog)
    locks = "; ".join(locked[:4])
    work = _work(one)
    held = [lock.held_seconds for lock in change.locks if lock.relation in _locked(one)]
    seconds = max(held or [lock.held_seconds for lock in change.locks], default=0.0)
    said = "; ".join(part for part in (locks or "no lock on a table", *work, one.effects.error or "") if part)
    return Record(
        id=record_id(RecordKind.PROPOSAL, STEP, None, (str(number), one.sql)),
        kind=RecordKind.PROPOSAL,
        topic=STEP,
        title=f"Statement {number}",
        says=f"statement {number} ({one.file}:{one.line}): {said}",
        facts={
            "number": number,
            "sql": one.sql[:_SQL_CHARACTERS],
            "locks": locked,
            "work": tuple(work),
            "held_seconds": seconds,
            "no_transaction": one.effects.requires_no_transaction,
            "kind": kind_of(one.sql),
        },
        object=ObjectRef("statement", f"{one.file}:{one.line}"),
        trust=Trust.UNTRUSTED_TEXT,
    )


def _work(one: GateStatement) -> tuple[str, ...]:
    """What it does to rows; a rewrite reads its table anyhow, and many indexes are counted."""
    built = one.effects.index_builds
    listed = f"builds {', '.join(built)}" if len(built) <= _INDEXES_NAMED else f"builds {len(built)} indexes"
    return (
        *(f"rewrites {name}" for name in one.effects.rewrites),
        *(f"scans {name}" for name in one.effects.scans if name in _locked(one) and name not in one.effects.rewrites),
        *((listed,) if built else ()),
    )


def _locked(one: GateStatement) -> tuple[str, ...]:
    """What it locks; what it might look up by a foreign key only where it writes nothing."""
    strong = [lock.relation for lock in one.effects.locks if lock.mode not in _READING]
    return tuple(dict.fromkeys(strong or [lock.relation for lock in one.effects.locks]))


def _locks_on_tables(one: GateStatement, catalog: Catalog) -> tuple[str, ...]:
    """The locks on tables that are there already, those for reading left out where something is written."""
    tables = {one.qualified_name for one in _touched(catalog, [one])}
    locks = [lock for lock in one.effects.locks if lock.relation in tables]
    strong = [lock for lock in locks if lock.mode not in _READING]
    return tuple(f"{lock.mode} on {lock.relation}" for lock in strong or locks)


_READING = frozenset({"ACCESS SHARE", "ROW SHARE"})
_DATA = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CopyStmt", "TruncateStmt"})
_NEITHER = frozenset({_TRANSACTION_KIND, "VariableSetStmt", "SelectStmt", "VacuumStmt"})


def kind_of(sql: str) -> str:
    """`schema`, `data`, or empty for what changes neither."""
    parsed = parse_statement(sql)
    if not isinstance(parsed, Parsed) or parsed.kind in _NEITHER:
        return ""
    return "data" if parsed.kind in _DATA else "schema"


# ---- scripts


def _scripts(judged: Judged, catalog: Catalog, today: date) -> Iterator[Record]:
    """The migration as a whole, its safe sequence, and the way back: each is run in the copy."""
    statements = [one.sql for one in judged.report.statements]
    yield _script(SCRIPT, "The migration as it is written", "the migration as it is written", statements, catalog)
    safe = safe_sequence(judged.report)
    if safe != statements:
        left = _left(safe, catalog, today)
        told = (
            f"; of it the gate still says: {'; '.join(left)}" if left else "; the gate holds nothing grave against it"
        )
        if any(map(is_in_words, safe)):
            told += "; the steps that stand in comments are written by hand, and were neither judged nor tried"
        yield _script(SAFE, "The safe sequence", f"the safe sequence{told}", safe, catalog)
    back = way_back(catalog, judged.run.after) if judged.run.after is not None else None
    if back is not None and back.sql:
        take = "statement takes" if len(back.sql) == 1 else "statements take"
        told = f"{len(back.sql)} {take} back what it does to the structure"
        both = [*statements, *back.sql]
        there_and_back = _script(BACK, "The way back", told, both, catalog, shown=back.sql)
        yield _declaring(there_and_back, _SLOTS)
    for lost in back.lost if back is not None else ():
        yield _record(NO_BACK, "No way back", f"{lost} cannot be brought back by a statement", (lost,))


def safe_sequence(report: GateReport) -> list[str]:
    """The statements, those that the gate has a safe rewrite for in that form."""
    worst: dict[int, GateFinding] = {}
    for finding in report.findings:
        if finding.statement is not None and finding.safe_rewrite and finding.suppressed is None:
            known = worst.get(finding.statement)
            if known is None or finding.severity.rank > known.severity.rank:
                worst[finding.statement] = finding
    sequence: list[str] = []
    for number, one in enumerate(report.statements):
        sequence += worst[number].safe_rewrite or () if number in worst else [one.sql]
    return [one.strip().rstrip(";") for one in sequence]


def _left(statements: Sequence[str], catalog: Catalog, today: date) -> list[str]:
    """What the gate still holds against the safe sequence."""
    from migrations_safety.script.model import ScriptText  # noqa: PLC0415 - loaded when it is needed

    text = "".join(f"{one};\n" for one in statements).encode()
    run = gate_scripts([ScriptText(file="safe.sql", content=text)], catalog, catalog.server.major, today=today)
    grave = [one for one in run.findings if one.suppressed is None and one.severity.at_least(Severity.HIGH)]
    return list(dict.fromkeys(one.message for one in grave))[:5]


def _declaring(record: Record, areas: tuple[str, ...]) -> Record:
    """The record, nothing but these areas allowed to differ after its trial."""
    change = record.change
    if change is None:
        return record
    return msgspec.structs.replace(record, change=msgspec.structs.replace(change, also_changes=areas))


def _script(
    topic: str, title: str, says: str, statements: Sequence[str], catalog: Catalog, shown: Sequence[str] | None = None
) -> Record:
    """A script with its statements as a change, but for BEGIN and COMMIT: the copy is thrown away anyhow."""
    tried = tuple(one for one in statements if not _is_transaction(one))
    change = with_effects(ProposedChange(tried, transactional=False), catalog)
    record = _record(topic, title, says, tuple(shown or statements))
    return msgspec.structs.replace(record, change=msgspec.structs.replace(change, rollback=()))


def _is_transaction(sql: str) -> bool:
    parsed = parse_statement(sql)
    return isinstance(parsed, Parsed) and parsed.kind == _TRANSACTION_KIND


def _record(topic: str, title: str, says: str, sql: tuple[str, ...]) -> Record:
    return Record(
        id=record_id(RecordKind.PROPOSAL, topic, None, sql),
        kind=RecordKind.PROPOSAL,
        topic=topic,
        title=title,
        says=says,
        facts={"sql": sql},
        trust=Trust.UNTRUSTED_TEXT,
    )


def _validation(one: Validation) -> Record:
    return Record(
        id=record_id(RecordKind.PROPOSAL, VALIDATION, None, (one.sql,)),
        kind=RecordKind.PROPOSAL,
        topic=VALIDATION,
        title="Validation query",
        says=one.shows,
        facts={"sql": one.sql, "expects": one.expects, "before": one.before},
        trust=Trust.UNTRUSTED_TEXT,
    )
