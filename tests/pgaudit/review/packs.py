"""Packs made by hand, and reviews of real databases without the command line."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from pgaudit.audit.standards import usual_standards
from pgaudit.reports.contract import ReportTarget, Tool
from pgaudit.review.backends.offline.backend import OfflineBackend
from pgaudit.review.context.model import Context
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.documents.envelope import Document, Review, reviewed
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Reviewer
from pgaudit.review.evidence.build import Sources, build_pack
from pgaudit.review.evidence.records import (
    SCHEMA,
    Pack,
    ProposedChange,
    Record,
    RecordKind,
    record_id,
)
from pgaudit.review.proposal.judging import judge_proposal
from pgaudit.scanning import LiveTake, Taken, judged, report_target
from pgaudit.server.url import parse_target
from probes.catalog.scope import Scope
from probes.collect.session import Limits
from probes.finding import Confidence, Evidence, ObjectRef, Severity

WRITTEN_AT = "2026-01-01T00:00:00Z"


def finding(
    check: str,
    severity: Severity,
    *,
    name: str = "orders",
    sql: tuple[str, ...] = (),
    confidence: Confidence = Confidence.HIGH,
    accepted: str | None = None,
    facts: Evidence | None = None,
) -> Record:
    """A finding on a table of the schema app."""
    subject = ObjectRef("table", name, "app")
    return Record(
        id=record_id(RecordKind.FINDING, check, subject),
        kind=RecordKind.FINDING,
        topic=check,
        title=check.partition("/")[2].replace("_", " "),
        says=f"app.{name} has the fault of {check}",
        severity=severity,
        confidence=confidence,
        object=subject,
        facts=facts or {},
        accepted=accepted,
        change=ProposedChange(sql, locks_known=True) if sql else None,
        why="It hurts.",
    )


def skip(check: str, *objects: str) -> Record:
    """A check that could not run, or not on some objects."""
    return Record(
        id=record_id(RecordKind.SKIP, check),
        kind=RecordKind.SKIP,
        topic=check,
        title=check,
        says="not verified: permission denied",
        facts={"objects": objects, "whole_check": not objects},
        needs="pg_monitor",
    )


def negative(check: str) -> Record:
    """A check that found nothing."""
    return Record(record_id(RecordKind.NEGATIVE, check), RecordKind.NEGATIVE, check, check, "nothing found")


def coverage(area: str, *, dark: int = 0) -> Record:
    """How far an area was checked."""
    topic = f"coverage/{area}"
    facts = {"checks": 10, "with_findings": 0, "clean": 10 - dark, "not_verified": dark}
    return Record(record_id(RecordKind.INVENTORY, topic), RecordKind.INVENTORY, topic, topic, "covered", facts)


def pack(*records: Record, database: str = "shop") -> Pack:
    """A pack of these records."""
    target = ReportTarget("somewhere", database, 180000, False, "auditor", 0.0, "18.0")  # noqa: FBT003 - a primary
    return Pack(SCHEMA, Tool("pgaudit", "test"), target, WRITTEN_AT, records)


def document(of: Pack, wanted: Format) -> Document:
    """What the offline backend writes."""
    return OfflineBackend().write(of, decide(of), wanted)


def review(of: Pack, wanted: Format) -> Review:
    """The finished review."""
    return reviewed(of, wanted, document(of, wanted), Reviewer(), WRITTEN_AT)


def take(dsn: str) -> Taken:
    """The picture of a database."""
    target = parse_target(dsn).renamed("test")
    return LiveTake(target, Limits(), connect_timeout_s=10).take(Scope(), dictionaries=True)


def pack_of(
    dsn: str, *, context: Context | None = None, proposal: Path | None = None, related: str | None = None
) -> Pack:
    """The evidence from a real database."""
    by = usual_standards()
    taken = take(dsn)
    report = judged(taken, by, started_at=time.time(), began=time.perf_counter()).report
    gate = judge_proposal(proposal, taken.catalog, report_target(taken), by, _DAY).report if proposal else None
    other = ("other", take(related).catalog) if related else None
    return build_pack(Sources(report, taken.catalog, by.checks, context, gate, other))


_DAY = date(2026, 1, 1)
