"""Recording a run: what became of every finding since the run before. One transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial

import msgspec
from sqlalchemy import Connection

from pgaudit.reports.contract import Report, ReportFinding
from pgaudit.store.earlier import Before, failing_since, namesake, previous_run, target_id_of, tracked
from pgaudit.store.keeping import counters_since, keep_checks, keep_findings, keep_numbers, keep_run
from pgaudit.store.magnitude import magnitude_of
from pgaudit.store.objects import Objects, is_in_scope
from pgaudit.store.opening import Store
from pgaudit.store.states import Coverage, Followed, Sighting, State, follow
from pgaudit.utc import utc_text
from probes.catalog.catalog import Catalog
from probes.catalog.server import Server

_CLOCK_TOLERANCE_S = 5.0
"""Between our clock and the server's, and in the server's own rounding."""


class RunToRecord(msgspec.Struct, frozen=True):
    """What a scan leaves for the store."""

    report: Report
    catalog: Catalog
    usage_checks: frozenset[str]
    """Checks that judge cumulative counters."""
    check_ms: Mapping[str, float] = {}
    target: str | None = None
    """The name under which history is kept; the report's by default."""


class Recorded(msgspec.Struct, frozen=True):
    """A run as it was recorded."""

    run_id: int
    target: str
    findings: tuple[Followed, ...]
    previous_run_id: int | None
    """None where this was the target's first."""
    previous_run_at: str | None = None
    """ISO time."""
    notes: tuple[str, ...] = ()
    failing_since: str | None = None
    """ISO time since when it could not be audited, until this run."""
    was_interrupted: bool = False
    """Whether the run before did not come to its end."""

    def in_state(self, *states: State) -> list[Followed]:
        """Findings in one of these states, worst first."""
        found = [one for one in self.findings if one.state in states]
        return sorted(found, key=lambda one: (-one.severity.rank, one.check, str(one.object)))


def record(store: Store, run: RunToRecord, beside: Callable[[Connection, Recorded], None] | None = None) -> Recorded:
    """Record a run and say what became of every finding. Raises StoreFailed; then nothing of it is kept.

    Args:
        store: Where to.
        run: The run.
        beside: What else belongs to it: done in the same transaction, so that neither is kept without the other.
    """
    name = run.target or run.report.target.name
    with store.writing() as connection:
        target_id = target_id_of(connection, name)
        before, failed_at = previous_run(connection, target_id), failing_since(connection, target_id)
        namesakes = None if before else namesake(connection, target_id, run.catalog.server)
        known, ids = tracked(connection, target_id)
        followed = follow(known, _sightings(run), _coverage(run, before))
        run_id = keep_run(connection, target_id, run.report, run.catalog.server)
        keep_findings(connection, target_id, run_id, followed, ids)
        keep_checks(connection, run_id, run.report, run.check_ms)
        keep_numbers(connection, run_id, run.catalog)
        recorded = Recorded(
            run_id,
            name,
            tuple(followed),
            previous_run_id=before.id if before else None,
            previous_run_at=utc_text(before.started_at) if before else None,
            notes=tuple(_notes(run, before) if before else _notes_on_a_first(namesakes)),
            failing_since=utc_text(failed_at) if failed_at else None,
            was_interrupted=bool(before and before.interrupted),
        )
        if beside is not None:
            beside(connection, recorded)
    return recorded


def _sightings(run: RunToRecord) -> list[Sighting]:
    objects = Objects(run.catalog)
    return [_sighting(finding, objects) for finding in run.report.findings]


def _sighting(finding: ReportFinding, objects: Objects) -> Sighting:
    magnitude, unit = magnitude_of(finding.evidence)
    return Sighting(
        fingerprint=finding.id,
        check=finding.check,
        object=finding.object,
        severity=finding.severity,
        magnitude=magnitude,
        unit=unit,
        suppressed=finding.suppressed is not None,
        object_oid=objects.oid_of(finding.object),
    )


def _coverage(run: RunToRecord, before: Before | None) -> Coverage:
    report, server = run.report, run.catalog.server
    return Coverage(
        checked=frozenset(report.checked),
        skips=report.skipped,
        in_scope=partial(is_in_scope, run.catalog.scope),
        exists=Objects(run.catalog).exists,
        same_tool=before is None or before.tool_version == report.tool.version,
        same_cluster=before is not None and _is_same_cluster(before, server),
        counters_restarted=before is not None and _restarted(before, server),
        usage_checks=run.usage_checks,
    )


def _is_same_cluster(before: Before, server: Server) -> bool:
    """Oids outlive renames, restarts and failovers, but no dump and restore: the database itself has one too."""
    return (before.database_oid, before.database) == (server.database_oid, server.database)


def _restarted(before: Before, server: Server) -> bool:
    """Whether counters began anew: reset, the server crashed or started, or another node took over."""
    since = counters_since(server)
    return (
        abs((since - before.counters_since).total_seconds()) > _CLOCK_TOLERANCE_S
        or before.in_recovery != server.in_recovery
    )


def _notes_on_a_first(known_as: str | None) -> Iterator[str]:
    if known_as is not None:
        yield (
            f"this database was recorded as {known_as!r} before, and has no history under this name:"
            f" --record-as {known_as!r} goes on with it"
        )


def _notes(run: RunToRecord, before: Before) -> Iterator[str]:
    if datetime.fromisoformat(run.report.started_at) < before.started_at:
        yield "the run before carries a later time: a clock was set back; runs are ordered as they were recorded"
    if _restarted(before, run.catalog.server):
        yield "counters began anew since the run before: what rests on them is not compared"
    if before.tool_version != run.report.tool.version:
        yield f"pgaudit {before.tool_version} made the run before: what only it found is not called fixed"
    if not _is_same_cluster(before, run.catalog.server):
        yield "this is another database than in the run before, under the same name"
