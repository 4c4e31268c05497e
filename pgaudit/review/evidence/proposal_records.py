"""What the gate says of a proposal, as evidence."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.reports.contract import ReportFinding
from pgaudit.reports.gate_contract import GateFinding, GateReport
from pgaudit.review.evidence.inventory.facts import counted
from pgaudit.review.evidence.records import ProposedChange, Record, RecordKind, Trust, record_id
from probes.finding import ObjectRef, Severity

MOST_FINDINGS = 80


def proposal_records(gate: GateReport | None) -> Iterator[Record]:
    """The proposal as a whole, each thing the gate holds against it, and what it would leave behind or mend."""
    if gate is None:
        return
    yield _summary(gate)
    for finding in gate.findings[:MOST_FINDINGS]:
        yield _judged(finding, gate)
    for how, left in (("introduces", gate.introduces), ("resolves", gate.resolves)):
        yield from (_left(one, how) for one in [one for one in left if one.suppressed is None][:MOST_FINDINGS])


def _summary(gate: GateReport) -> Record:
    statements = gate.statements
    strong = [one for one in statements if any(lock.mode == "ACCESS EXCLUSIVE" for lock in one.effects.locks)]
    refused = [one for one in statements if one.effects.error]
    rewrites = [one for one in statements if one.effects.rewrites]
    concurrent = [one for one in statements if one.effects.index_builds and one.effects.requires_no_transaction]
    creates = [one for one in statements if one.sql.lower().lstrip().startswith("create table")]
    drops = [one for one in statements if one.sql.lower().lstrip().startswith("drop ")]
    seeds = [one for one in statements if one.sql.lower().lstrip().startswith(("insert", "copy"))]
    return Record(
        id=record_id(RecordKind.PROPOSAL, "proposal/summary"),
        kind=RecordKind.PROPOSAL,
        topic="proposal/summary",
        title="The proposal",
        says=f"{counted(len(statements), 'statement')} in {counted(len({one.file for one in statements}), 'file')}: "
        f"{len(strong) or 'none'} {'takes' if len(strong) <= 1 else 'take'} ACCESS EXCLUSIVE, "
        f"{len(rewrites) or 'none'} {'rewrites' if len(rewrites) <= 1 else 'rewrite'} a table, the server refuses "
        f"{len(refused) or 'none'}",
        facts={
            "statements": len(statements),
            "access_exclusive": len(strong),
            "rewrites": len(rewrites),
            "refused": len(refused),
            "concurrent_index_builds": len(concurrent),
            "creates_tables": len(creates),
            "drops": len(drops),
            "seed_statements": len(seeds),
            "incomplete": gate.incomplete,
            "files": tuple(dict.fromkeys(one.file for one in statements))[:20],
        },
    )


def _judged(finding: GateFinding, gate: GateReport) -> Record:
    subject = ObjectRef("statement", f"{finding.file}:{finding.line}")
    rewrite = finding.safe_rewrite
    statement = gate.statements[finding.statement] if finding.statement is not None else None
    locked = tuple(dict.fromkeys(lock.relation for lock in statement.effects.locks)) if statement else ()
    return Record(
        id=record_id(RecordKind.PROPOSAL, f"proposal/{finding.rule}", None, (finding.id,)),
        kind=RecordKind.PROPOSAL,
        topic=f"proposal/{finding.rule}",
        title=gate.titles.get(finding.rule, finding.rule),
        says=finding.message,
        facts={
            **finding.evidence,
            "file": finding.file,
            "line": finding.line,
            "statement": statement.sql if statement else None,
            "locked_relations": locked,
        },
        severity=finding.severity,
        object=subject,
        trust=Trust.UNTRUSTED_TEXT,
        change=ProposedChange(rewrite, transactional=False) if rewrite else None,
        accepted=finding.suppressed.reason if finding.suppressed else None,
    )


def _left(finding: ReportFinding, how: str) -> Record:
    return Record(
        id=record_id(RecordKind.PROPOSAL, f"proposal/{how}", finding.object, (finding.id,)),
        kind=RecordKind.PROPOSAL,
        topic=f"proposal/{how}",
        title=finding.check,
        says=finding.message,
        facts={**finding.evidence, "check": finding.check},
        severity=finding.severity if how == "introduces" else Severity.INFO,
        object=finding.object,
        advice=finding.advice,
        change=ProposedChange(finding.fix.sql, finding.fix.transactional)
        if finding.fix and how == "introduces"
        else None,
    )
