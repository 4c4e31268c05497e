"""The published shape of a scan's result, version 1. Renderers read this and nothing else."""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from typing import Any

import msgspec

from pgaudit.audit.score import Score
from probes.finding import Confidence, Evidence, Failure, Finding, Fix, ObjectRef, Severity, Skip, Suppression

SCHEMA = "pgaudit-report/1"


class Tool(msgspec.Struct, frozen=True):
    """What wrote the report."""

    name: str
    version: str


class ReportTarget(msgspec.Struct, frozen=True):
    """What was audited."""

    name: str
    database: str
    server_version_num: int
    in_recovery: bool
    role: str
    stats_age_seconds: float
    server_version: str = ""
    provider: str | None = None
    pooled: bool = False
    snapshot_taken_at: str | None = None
    """ISO time; set where a snapshot was read and no server."""


class ReportScope(msgspec.Struct, frozen=True):
    """What was looked at: globs, of which nothing is said where they are the default."""

    schemas: tuple[str, ...] = ()
    """Only these, where there are some."""
    exclude_schemas: tuple[str, ...] = ()
    """Not these, beside the ones that extensions and platforms own."""
    exclude_tables: tuple[str, ...] = ()
    """Not these, as `schema.table`."""


class ReportFix(msgspec.Struct, frozen=True):
    """SQL that makes the finding disappear."""

    sql: tuple[str, ...]
    transactional: bool
    note: str | None


@enum.unique
class BaselineState(enum.Enum):
    """How a finding stands against an earlier report. Spelled as SARIF's baselineState where that has the word."""

    NEW = "new"
    REOPENED = "reopened"
    WORSE = "worse"
    BETTER = "better"
    UNCHANGED = "unchanged"


@enum.unique
class AbsentState(enum.Enum):
    """What became of a finding that was there in the run before and is not reported now."""

    FIXED = "fixed"
    GONE = "gone"
    NOT_CHECKED = "not_checked"


class ReportFinding(msgspec.Struct, frozen=True):
    """A finding as it is published."""

    id: str
    check: str
    severity: Severity
    confidence: Confidence
    object: ObjectRef
    message: str
    evidence: Evidence
    fix: ReportFix | None
    advice: str | None
    suppressed: Suppression | None
    baseline: BaselineState | None = None
    """Set where the report was compared with an earlier one."""


class AbsentFinding(msgspec.Struct, frozen=True):
    """A finding of an earlier run that this one does not report."""

    id: str
    check: str
    severity: Severity
    object: ObjectRef
    state: AbsentState
    reason: str | None
    """Why it could not be checked, or what else is to be said."""


class SinceLast(msgspec.Struct, frozen=True):
    """What changed since the run before, where runs are recorded."""

    target: str
    """The name that history is kept under."""
    previous_run_at: str | None
    """None where this is the first run."""
    absent: tuple[AbsentFinding, ...]
    notes: tuple[str, ...] = ()
    """Why some of it cannot be compared."""


class Report(msgspec.Struct, frozen=True):
    """A scan's result."""

    schema: str
    tool: Tool
    target: ReportTarget
    started_at: str
    duration_ms: int
    findings: tuple[ReportFinding, ...]
    skipped: tuple[Skip, ...]
    failed: tuple[Failure, ...]
    score: Score
    interrupted: str | None = None
    """Why the scan ended before its end; None where it is whole."""
    warnings: tuple[str, ...] = ()
    """Suppressions that expired or cover nothing, a line each."""
    titles: Mapping[str, str] = {}
    """Titles of the checks that are named in the report."""
    checked: tuple[str, ...] = ()
    """Ids of the checks that ran to their end, whatever they found."""
    since: SinceLast | None = None
    """Set where the run was recorded."""
    measures: Mapping[str, float] = {}
    """Numbers of the whole database that are watched day by day, by name with their unit."""
    scope: ReportScope = ReportScope()
    """Beyond it nothing is reported, and nothing of another report is fixed."""

    @property
    def open_findings(self) -> tuple[ReportFinding, ...]:
        """Findings that nobody has accepted."""
        return tuple(finding for finding in self.findings if finding.suppressed is None)


def published(finding: Finding) -> ReportFinding:
    """A finding in its published shape: what a fix changes in the catalog is the test suite's business."""
    return ReportFinding(
        id=finding.id,
        check=finding.check,
        severity=finding.severity,
        confidence=finding.confidence,
        object=finding.object,
        message=finding.message,
        evidence=finding.evidence,
        fix=_published_fix(finding.fix),
        advice=finding.advice,
        suppressed=finding.suppressed,
    )


def _published_fix(fix: Fix | None) -> ReportFix | None:
    return None if fix is None else ReportFix(fix.sql, fix.transactional, fix.note)


def to_json(report: Report) -> str:
    """The report as JSON, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"


def from_json(text: str | bytes) -> Report:
    """A report read back. Raises msgspec.MsgspecError where it is none of ours."""
    return msgspec.json.decode(text, type=Report)


@functools.cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema of a report."""
    return msgspec.json.schema(Report)
