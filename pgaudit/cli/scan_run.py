"""A scan in steps, so that what was gathered survives an interruption."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pgaudit.audit.baseline import compared, read_baseline
from pgaudit.audit.standards import Standards
from pgaudit.cli.recording import Recording
from pgaudit.cli.terminal import Progress, remark
from pgaudit.errors import BadConfiguration, ConnectionLost, ExitCode, Interrupted, PgauditError
from pgaudit.reports.contract import BaselineState, Report, ReportFinding
from pgaudit.scanning import LiveTake, Taken, judged, picture_from_file
from pgaudit.server.target import SnapshotTarget
from probes.catalog.catalog import NotCollectedError
from probes.catalog.merging import ForeignNodeError, merge_usage
from probes.collect.session import Limits
from probes.finding import Severity

if TYPE_CHECKING:
    from pgaudit.server.database_target import Target

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What was asked for.

    Attributes:
        target: Database or snapshot.
        others: Replicas of it whose usage counts too.
        standards: By what it is judged, and within which scope.
        limits: Time limits on the server.
        connect_timeout_s: Seconds for each address.
        fail_on: Findings of this severity and worse fail; None for none.
        baseline: A saved report to compare with.
        new_only: Only what is new or worse fails.
        recording: Where the run is kept; None where it is not.
        exit_zero: Findings never fail.
        strict: What could not be checked fails.
        started_at: Wall clock at the start, seconds since 1970.
        began: `time.perf_counter()` at the start.
    """

    target: Target | SnapshotTarget
    others: tuple[Target | SnapshotTarget, ...]
    standards: Standards
    limits: Limits
    connect_timeout_s: int
    fail_on: Severity | None
    baseline: Path | None
    new_only: bool
    recording: Recording | None
    exit_zero: bool
    strict: bool
    started_at: float
    began: float


class ScanRun:
    """What has come of a scan so far."""

    def __init__(self, request: ScanRequest) -> None:
        """Read what is compared with before any work is done. Raises BadConfiguration."""
        if request.new_only and request.baseline is None and request.recording is None:
            raise BadConfiguration("--new-only", "nothing to compare with", "give --baseline PATH or --record")
        self.request = request
        self.interrupted: BaseException | None = None
        self.unrecorded: PgauditError | None = None
        self._earlier = read_baseline(request.baseline) if request.baseline else None
        self._taken: Taken | None = None
        self._report: Report | None = None
        self._check_ms: dict[str, float] = {}

    def take(self, progress: Progress) -> None:
        """Take or load the picture. An interruption is kept for later where something was read before it."""
        request, where = self.request, self.request.target
        if isinstance(where, SnapshotTarget):
            self._taken = picture_from_file(where.path, request.standards.scope)
            return
        progress.phase = "reading"
        take = LiveTake(where, request.limits, connect_timeout_s=request.connect_timeout_s, progress=progress)
        try:
            self._taken = take.take(request.standards.scope)
        except BaseException as interruption:
            by_user = isinstance(interruption, KeyboardInterrupt | Interrupted)
            self._taken = take.so_far(request.standards.scope, "by the user" if by_user else "by an error")
            self.interrupted = interruption  # raised again once the report of what was read is out
            if self._taken is None:
                raise
        if self._taken.interrupted and self.interrupted is None:
            self.interrupted = ConnectionLost(where.name, self._taken.interrupted)

    def merge(self) -> None:
        """Add the usage that replicas counted. Raises BadConfiguration where one is no copy of the database."""
        if not self.request.others:
            return
        assert self._taken is not None  # noqa: S101 - taken before
        others = [self._picture_of(node) for node in self.request.others]
        try:
            merged = merge_usage(self._taken.catalog, [other.catalog for other in others])
        except (ForeignNodeError, NotCollectedError) as error:
            raise BadConfiguration("--merge-nodes", str(error), "name replicas of the same cluster") from error
        self._taken = msgspec.structs.replace(self._taken, catalog=merged)

    def _picture_of(self, node: Target | SnapshotTarget) -> Taken:
        request = self.request
        if isinstance(node, SnapshotTarget):
            return picture_from_file(node.path, request.standards.scope)
        take = LiveTake(node, request.limits, connect_timeout_s=request.connect_timeout_s)
        return take.take(request.standards.scope)

    def judge(self, progress: Progress) -> None:
        """Judge the picture and make the report."""
        request = self.request
        assert self._taken is not None  # noqa: S101 - taken before
        progress.phase = "checking"
        done = judged(
            self._taken, request.standards, started_at=request.started_at, began=request.began, progress=progress
        )
        self._check_ms = dict(done.check_ms)
        self._report = compared(done.report, self._earlier) if self._earlier else done.report
        progress.clear()
        for warning in done.report.warnings:
            remark(warning)

    def record(self, progress: Progress) -> None:
        """Record the run where that was asked for. A store that fails costs neither the report nor its files."""
        request = self.request
        if request.recording is None:
            return
        from pgaudit.cli.recording import recorded

        assert self._taken is not None  # noqa: S101 - taken before
        progress.phase = "recording"
        usage = frozenset(check.id for check in request.standards.checks if check.needs.counters_days)
        try:
            self._report = recorded(self.finished_report, self._taken, usage, self._check_ms, request.recording)
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
        if failing and not self.request.exit_zero:
            return ExitCode.FINDINGS
        if self.request.strict and (report.skipped or report.failed or report.interrupted):
            return ExitCode.INCOMPLETE
        return ExitCode.CLEAN

    def _fails(self, finding: ReportFinding) -> bool:
        fail_on = self.request.fail_on
        if fail_on is None or not finding.severity.at_least(fail_on):
            return False
        return not self.request.new_only or finding.baseline is not BaselineState.UNCHANGED
