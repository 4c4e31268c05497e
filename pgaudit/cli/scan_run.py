"""A scan in steps, so that what was gathered survives an interruption."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pgaudit.audit.baseline import compared, read_baseline
from pgaudit.audit.run import Policy
from pgaudit.audit.suppression import suppress
from pgaudit.cli.recording import Recording
from pgaudit.cli.terminal import Progress, remark
from pgaudit.config import Suppress
from pgaudit.errors import BadConfiguration, ConnectionLost, ExitCode, Interrupted, PgauditError
from pgaudit.reports.contract import BaselineState, Report, ReportFinding
from pgaudit.scanning import LiveTake, Taken, judge, picture_from_file, report_of
from pgaudit.server.target import SnapshotTarget
from probes.catalog.catalog import NotCollectedError
from probes.catalog.merging import ForeignNodeError, merge_usage
from probes.catalog.scope import Scope
from probes.check import Check
from probes.collect.session import Limits
from probes.finding import Severity

if TYPE_CHECKING:
    from pgaudit.server.database_target import Target

log = logging.getLogger(__name__)


@dataclass
class ScanRun:
    """One scan: what was asked for, and what has come of it so far."""

    checks: tuple[Check, ...]
    policy: Policy
    scope: Scope
    limits: Limits
    connect_timeout_s: int
    accepted: tuple[Suppress, ...] = ()
    fail_on: Severity | None = Severity.HIGH
    baseline: Path | None = None
    new_only: bool = False
    exit_zero: bool = False
    strict: bool = False
    recording: Recording | None = None
    interrupted: BaseException | None = None
    unrecorded: PgauditError | None = None
    _earlier: Report | None = None
    _taken: Taken | None = None
    _report: Report | None = field(default=None, repr=False)
    _check_ms: dict[str, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Read what is compared with before any work is done."""
        if self.new_only and self.baseline is None and self.recording is None:
            raise BadConfiguration("--new-only", "nothing to compare with", "give --baseline PATH or --record")
        self._earlier = read_baseline(self.baseline) if self.baseline else None

    def take(self, where: Target | SnapshotTarget, progress: Progress) -> None:
        """Take or load the picture. An interruption is kept for later where something was read before it."""
        if isinstance(where, SnapshotTarget):
            self._taken = picture_from_file(where.path, self.scope)
            return
        progress.phase = "reading"
        take = LiveTake(where, self.limits, connect_timeout_s=self.connect_timeout_s, progress=progress)
        try:
            self._taken = take.take(self.scope)
        except BaseException as interruption:
            by_user = isinstance(interruption, KeyboardInterrupt | Interrupted)
            self._taken = take.so_far(self.scope, "by the user" if by_user else "by an error")
            self.interrupted = interruption  # raised again once the report of what was read is out
            if self._taken is None:
                raise
        if self._taken.interrupted and self.interrupted is None:
            self.interrupted = ConnectionLost(where.name, self._taken.interrupted)

    def merge(self, nodes: Sequence[Target | SnapshotTarget]) -> None:
        """Add the usage that replicas counted. Raises BadConfiguration where one is no copy of the database."""
        if not nodes:
            return
        assert self._taken is not None  # noqa: S101 - taken before
        others = [self._picture_of(node) for node in nodes]
        try:
            merged = merge_usage(self._taken.catalog, [other.catalog for other in others])
        except (ForeignNodeError, NotCollectedError) as error:
            raise BadConfiguration("--merge-nodes", str(error), "name replicas of the same cluster") from error
        self._taken = msgspec.structs.replace(self._taken, catalog=merged)

    def _picture_of(self, node: Target | SnapshotTarget) -> Taken:
        if isinstance(node, SnapshotTarget):
            return picture_from_file(node.path, self.scope)
        return LiveTake(node, self.limits, connect_timeout_s=self.connect_timeout_s).take(self.scope)

    def judge(self, progress: Progress, started_at: float, began: float) -> None:
        """Judge the picture and make the report.

        Args:
            progress: Told of each check.
            started_at: Wall clock at the start, seconds since 1970.
            began: `time.perf_counter()` at the start.
        """
        assert self._taken is not None  # noqa: S101 - taken before
        progress.phase = "checking"
        outcome = judge(self._taken, self.checks, self.policy, progress)
        self._check_ms = dict(outcome.check_ms)
        today = datetime.fromtimestamp(started_at, UTC).date()
        marked = suppress(outcome.findings, self.accepted, self._taken.catalog, today)
        outcome = msgspec.structs.replace(outcome, findings=marked.findings)
        report = report_of(self._taken, outcome, self.checks, started_at=started_at, began=began)
        report = msgspec.structs.replace(report, warnings=marked.warnings)
        self._report = compared(report, self._earlier) if self._earlier else report
        progress.clear()
        for warning in marked.warnings:
            remark(warning)

    def record(self, progress: Progress) -> None:
        """Record the run where that was asked for. A store that fails costs neither the report nor its files."""
        if self.recording is None:
            return
        from pgaudit.cli.recording import recorded

        assert self._taken is not None  # noqa: S101 - taken before
        progress.phase = "recording"
        usage = frozenset(check.id for check in self.checks if check.needs.counters_days)
        try:
            self._report = recorded(self.finished_report, self._taken, usage, self._check_ms, self.recording)
        except PgauditError as error:
            self.unrecorded = error
        progress.clear()

    @property
    def finished_report(self) -> Report:
        """The report. Only after `judge`."""
        assert self._report is not None  # noqa: S101 - judged before
        return self._report

    def exit_code(self) -> ExitCode:
        """The documented exit code."""
        report = self.finished_report
        failing = any(self._fails(finding) for finding in report.open_findings)
        if failing and not self.exit_zero:
            return ExitCode.FINDINGS
        if self.strict and (report.skipped or report.failed or report.interrupted):
            return ExitCode.INCOMPLETE
        return ExitCode.CLEAN

    def _fails(self, finding: ReportFinding) -> bool:
        if self.fail_on is None or not finding.severity.at_least(self.fail_on):
            return False
        return not self.new_only or finding.baseline is not BaselineState.UNCHANGED
