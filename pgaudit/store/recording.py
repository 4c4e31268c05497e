"""Recording a run: what became of every finding since the run before. One transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from pgaudit.reports.contract import Report, ReportFinding
from pgaudit.store.keeping import counters_since, keep_checks, keep_findings, keep_numbers, keep_run
from pgaudit.store.magnitude import magnitude_of
from pgaudit.store.models import FindingRow, RunRow, TargetRow
from pgaudit.store.objects import Objects
from pgaudit.store.opening import Store
from pgaudit.store.states import Coverage, Followed, Sighting, State, Tracked, follow
from probes.catalog.catalog import Catalog
from probes.catalog.server import Server
from probes.finding import ObjectRef, Severity

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

    def in_state(self, *states: State) -> list[Followed]:
        """Findings in one of these states, worst first."""
        found = [one for one in self.findings if one.state in states]
        return sorted(found, key=lambda one: (-one.severity.rank, one.check, str(one.object)))


class _Before(msgspec.Struct, frozen=True):
    """The run before, as far as it matters."""

    id: int
    started_at: datetime
    tool_version: str
    database_oid: int
    database: str
    counters_since: datetime
    in_recovery: bool


def record(store: Store, run: RunToRecord, beside: Callable[[Connection, Recorded], None] | None = None) -> Recorded:
    """Record a run and say what became of every finding. Raises StoreFailed; then nothing of it is kept.

    Args:
        store: Where to.
        run: The run.
        beside: What else belongs to it: done in the same transaction, so that neither is kept without the other.
    """
    name = run.target or run.report.target.name
    with store.writing() as connection:
        target_id = _target_id(connection, name)
        before = _previous(connection, target_id)
        known, ids = _tracked(connection, target_id)
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
            previous_run_at=before.started_at.isoformat(timespec="seconds").replace("+00:00", "Z") if before else None,
            notes=tuple(_notes(run, before)),
        )
        if beside is not None:
            beside(connection, recorded)
    return recorded


# ---- what was before


def _target_id(connection: Connection, name: str) -> int:
    """The target's id. Its row stays locked, so that two runs of one target follow each other."""
    query = select(TargetRow.id).where(TargetRow.name == name).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        if connection.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert as insert_or  # noqa: PLC0415 - of one engine

            connection.execute(insert_or(TargetRow).values(name=name).on_conflict_do_nothing())
        else:
            connection.execute(insert(TargetRow).values(name=name))
        found = connection.execute(query).scalar_one()
    return found


def _previous(connection: Connection, target_id: int) -> _Before | None:
    query = (
        select(
            RunRow.id,
            RunRow.started_at,
            RunRow.tool_version,
            RunRow.database_oid,
            RunRow.database,
            RunRow.counters_since,
            RunRow.in_recovery,
        )
        .where(RunRow.target_id == target_id)
        .order_by(RunRow.id.desc())  # by when it was recorded: clocks are set back
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _Before(*row)


def _tracked(connection: Connection, target_id: int) -> tuple[list[Tracked], dict[str, int]]:
    rows = connection.execute(select(FindingRow.__table__).where(FindingRow.target_id == target_id)).mappings().all()
    known = [
        Tracked(
            fingerprint=row["fingerprint"],
            check=row["check_id"],
            object=msgspec.json.decode(row["object"], type=ObjectRef),
            severity=Severity(row["severity"]),
            state=State(row["state"]),
            magnitude=row["magnitude"],
            object_oid=row["object_oid"],
            absent_runs=row["absent_runs"],
        )
        for row in rows
    ]
    return known, {row["fingerprint"]: row["id"] for row in rows}


# ---- what is now


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


def _coverage(run: RunToRecord, before: _Before | None) -> Coverage:
    report, server = run.report, run.catalog.server
    return Coverage(
        checked=frozenset(report.checked),
        skips=report.skipped,
        exists=Objects(run.catalog).exists,
        same_tool=before is None or before.tool_version == report.tool.version,
        same_cluster=before is not None and _is_same_cluster(before, server),
        counters_restarted=before is not None and _restarted(before, server),
        usage_checks=run.usage_checks,
    )


def _is_same_cluster(before: _Before, server: Server) -> bool:
    """Oids outlive renames, restarts and failovers, but no dump and restore: the database itself has one too."""
    return (before.database_oid, before.database) == (server.database_oid, server.database)


def _restarted(before: _Before, server: Server) -> bool:
    """Whether counters began anew: reset, the server crashed or started, or another node took over."""
    since = counters_since(server)
    return (
        abs((since - before.counters_since).total_seconds()) > _CLOCK_TOLERANCE_S
        or before.in_recovery != server.in_recovery
    )


def _notes(run: RunToRecord, before: _Before | None) -> Iterable[str]:
    if before is None:
        return
    if datetime.fromisoformat(run.report.started_at) < before.started_at:
        yield "the run before carries a later time: a clock was set back; runs are ordered as they were recorded"
    if _restarted(before, run.catalog.server):
        yield "counters began anew since the run before: what rests on them is not compared"
    if before.tool_version != run.report.tool.version:
        yield f"pgaudit {before.tool_version} made the run before: what only it found is not called fixed"
    if not _is_same_cluster(before, run.catalog.server):
        yield "this is another database than in the run before, under the same name"
