"""A scan from its target to its report: connect, take the picture, judge it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pgaudit.audit.measures import measures
from pgaudit.audit.run import Outcome, Policy, run_checks
from pgaudit.audit.score import score
from pgaudit.audit.suppression import suppress
from pgaudit.errors import ConnectionLost, SnapshotCorrupt, SnapshotTooNew, SnapshotUnreadable
from pgaudit.reports.contract import SCHEMA, Report, ReportScope, ReportTarget, Tool, published
from pgaudit.utc import utc_text
from pgaudit.version import version
from probes.catalog.catalog import Catalog
from probes.catalog.saving import FORMAT_VERSION, NewerSnapshotError, SnapshotError, load
from probes.catalog.scope import Scope
from probes.check import Check

if TYPE_CHECKING:
    from pgaudit.audit.standards import Standards
    from pgaudit.server.database_target import Target
    from probes.collect.collector import Collector
    from probes.collect.session import Limits

Progress = Callable[[str], None]


class Taken(msgspec.Struct, frozen=True):
    """A picture and how it came about."""

    name: str
    catalog: Catalog
    interrupted: str | None = None
    pooled: bool = False
    from_snapshot: bool = False
    attachments: dict[str, bytes] = {}


def picture_from_file(path: Path, scope: Scope) -> Taken:
    """The picture in a snapshot file. Raises SnapshotUnreadable, SnapshotCorrupt or SnapshotTooNew."""
    try:
        catalog, attachments = load(path)
    except NewerSnapshotError as newer:
        raise SnapshotTooNew(path, found=newer.found, supported=FORMAT_VERSION) from newer
    except SnapshotError as damaged:
        raise SnapshotCorrupt(path, str(damaged)) from damaged
    except OSError as error:
        raise SnapshotUnreadable(path, error.strerror or str(error)) from error
    return Taken(path.stem, catalog.within(scope), from_snapshot=True, attachments=attachments)


class LiveTake:
    """Taking the picture of a live database; `so_far` has what was read when something ends it early."""

    def __init__(
        self, target: Target, limits: Limits, *, connect_timeout_s: int, progress: Progress | None = None
    ) -> None:
        self._target = target
        self._limits = limits
        self._connect_timeout_s = connect_timeout_s
        self._progress = progress
        self._collector: Collector | None = None
        self.pooled = target.looks_pooled

    def take(self, scope: Scope, *, dictionaries: bool = False) -> Taken:
        """The picture, with casts and operator classes where the gate asks for them.

        Raises the errors of `pgaudit.server.connect`, and ConnectionLost where nothing was read.
        """
        from pgaudit.server.connect import connect  # noqa: PLC0415 - the driver is loaded when it is needed
        from probes.collect.collector import Collector  # noqa: PLC0415
        from probes.collect.session import ConnectionLostError, RecoveryConflictError  # noqa: PLC0415

        self._collector = Collector(
            lambda: connect(self._target, connect_timeout_s=self._connect_timeout_s), self._limits, self._progress
        )
        try:
            picture = self._collector.collect(dictionaries=dictionaries)
        except (ConnectionLostError, RecoveryConflictError) as lost:
            raise ConnectionLost(self._target.name, self._target.redact(str(lost))) from lost
        interrupted = self._target.redact(picture.interrupted) if picture.interrupted else None
        return Taken(self._target.name, picture.catalog.within(scope), interrupted, self.pooled)

    def so_far(self, scope: Scope, why: str) -> Taken | None:
        """What was read until now; None where that is nothing."""
        from probes.collect.session import ConnectionLostError  # noqa: PLC0415

        if self._collector is None:
            return None
        try:
            catalog = self._collector.catalog_so_far(why)
        except ConnectionLostError:
            return None
        return Taken(self._target.name, catalog.within(scope), why, self.pooled)


def judge(
    taken: Taken, checks: Sequence[Check], policy: Policy | None = None, progress: Progress | None = None
) -> Outcome:
    """The outcome of the checks on a picture."""
    return run_checks(taken.catalog, checks, policy, progress=progress)


class Judged(msgspec.Struct, frozen=True):
    """What a picture was found to be."""

    report: Report
    check_ms: Mapping[str, float]
    """How long each check took."""


def judged(taken: Taken, by: Standards, *, started_at: float, began: float, progress: Progress | None = None) -> Judged:
    """A picture judged by the standards of a project, what it has accepted marked.

    Args:
        taken: The picture, within their scope.
        by: The standards.
        started_at: Wall clock at the start, seconds since 1970: of its day acceptances may have expired.
        began: `time.perf_counter()` at the start.
        progress: Told each check.
    """
    outcome = judge(taken, by.checks, by.policy, progress)
    marked = suppress(outcome.findings, by.accepted, taken.catalog, datetime.fromtimestamp(started_at, UTC).date())
    outcome = msgspec.structs.replace(outcome, findings=marked.findings)
    report = report_of(taken, outcome, by.checks, started_at=started_at, began=began)
    return Judged(msgspec.structs.replace(report, warnings=marked.warnings), outcome.check_ms)


def report_of(taken: Taken, outcome: Outcome, checks: Sequence[Check], *, started_at: float, began: float) -> Report:
    """The published report.

    Args:
        taken: The picture.
        outcome: What the checks said of it.
        checks: The checks that were asked for.
        started_at: Wall clock at the start, seconds since 1970.
        began: `time.perf_counter()` at the start.
    """
    named = {finding.check for finding in outcome.findings} | {skip.check for skip in outcome.skipped}
    named |= {failure.check for failure in outcome.failed}
    return Report(
        schema=SCHEMA,
        tool=Tool("pgaudit", version()),
        target=report_target(taken),
        started_at=utc_text(started_at),
        duration_ms=round((time.perf_counter() - began) * 1000),
        findings=tuple(published(finding) for finding in outcome.findings),
        skipped=outcome.skipped,
        failed=outcome.failed,
        score=score(outcome.findings, len({skip.check for skip in outcome.skipped})),
        interrupted=taken.interrupted,
        titles={check.id: check.title for check in checks if check.id in named},
        checked=outcome.checked,
        measures=measures(taken.catalog),
        scope=_scope(taken.catalog.scope),
    )


def _scope(scope: Scope) -> ReportScope:
    managed = Scope().exclude_schemas
    return ReportScope(
        schemas=scope.include_schemas,
        exclude_schemas=tuple(one for one in scope.exclude_schemas if one not in managed),
        exclude_tables=scope.exclude_tables,
    )


def report_target(taken: Taken) -> ReportTarget:
    """What was looked at, as reports publish it."""
    server = taken.catalog.server
    return ReportTarget(
        name=taken.name,
        database=server.database,
        server_version_num=server.version_num,
        in_recovery=server.in_recovery,
        role=server.role,
        stats_age_seconds=round(server.counters_age_seconds),
        server_version=server.version,
        provider=server.provider,
        pooled=taken.pooled,
        snapshot_taken_at=utc_text(server.collected_at) if taken.from_snapshot else None,
    )
