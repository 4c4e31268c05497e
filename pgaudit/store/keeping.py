"""Writing a run into the tables, within the transaction of the caller."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, insert, update

from pgaudit.reports.contract import Report, to_json
from pgaudit.store.models import CheckRow, FindingRow, ObservationRow, RunRow, SettingRow, StateRow
from pgaudit.store.observations import Observation, observe, settings_of
from pgaudit.store.states import Followed
from probes.catalog.catalog import Catalog
from probes.catalog.server import Server


def counters_since(server: Server) -> datetime:
    """Since when cumulative counters have been counting."""
    return datetime.fromtimestamp(max(server.started_at, server.stats_reset_at or 0.0), UTC)


def keep_run(connection: Connection, target_id: int, report: Report, server: Server) -> int:
    """Add the run itself; gives its id."""
    values = {
        "target_id": target_id,
        "started_at": datetime.fromisoformat(report.started_at),
        "duration_ms": report.duration_ms,
        "tool_version": report.tool.version,
        "database": server.database,
        "database_oid": server.database_oid,
        "server_version": server.version,
        "in_recovery": server.in_recovery,
        "server_started_at": datetime.fromtimestamp(server.started_at, UTC),
        "counters_since": counters_since(server),
        "score": report.score.value,
        "interrupted": report.interrupted,
        "report": gzip.compress(to_json(report).encode(), mtime=0),
    }
    run_id: int = connection.execute(insert(RunRow).values(values).returning(RunRow.id)).scalar_one()
    return run_id


def keep_findings(
    connection: Connection, target_id: int, run_id: int, followed: Iterable[Followed], ids: Mapping[str, int]
) -> None:
    """Bring every finding up to date, and add its state in this run.

    Args:
        connection: In the transaction of the run.
        target_id: Whose findings they are.
        run_id: This run.
        followed: The findings.
        ids: Ids of known ones, by fingerprint.
    """
    states: list[dict[str, object]] = []
    for one in followed:
        finding_id = ids.get(one.moved_from or one.fingerprint)
        if finding_id is None:
            finding_id = _add_finding(connection, target_id, run_id, one)
        else:
            _update_finding(connection, finding_id, run_id, one)
        states.append(
            {
                "run_id": run_id,
                "finding_id": finding_id,
                "state": one.state.value,
                "severity": one.severity.value,
                "magnitude": one.magnitude,
                "reason": one.reason,
            }
        )
    if states:
        connection.execute(insert(StateRow), states)


def _values(one: Followed) -> dict[str, object]:
    return {
        "fingerprint": one.fingerprint,
        "check_id": one.check,
        "object_kind": one.object.kind,
        "object": msgspec.json.encode(one.object).decode(),
        "object_oid": one.object_oid,
        "severity": one.severity.value,
        "state": one.state.value,
        "magnitude": one.magnitude,
        "absent_runs": one.absent_runs,
    }


def _add_finding(connection: Connection, target_id: int, run_id: int, one: Followed) -> int:
    seen = {"target_id": target_id, "first_seen_run_id": run_id, "last_seen_run_id": run_id, "runs_seen": 1}
    finding_id: int = connection.execute(
        insert(FindingRow).values(_values(one) | seen).returning(FindingRow.id)
    ).scalar_one()
    return finding_id


def _update_finding(connection: Connection, finding_id: int, run_id: int, one: Followed) -> None:
    change = update(FindingRow).where(FindingRow.id == finding_id).values(_values(one))
    if one.is_seen:
        change = change.values(last_seen_run_id=run_id, runs_seen=FindingRow.runs_seen + 1)
    connection.execute(change)


def keep_checks(connection: Connection, run_id: int, report: Report, check_ms: Mapping[str, float]) -> None:
    """Add how each check fared."""
    status: dict[str, tuple[str, str | None]] = dict.fromkeys(report.checked, ("checked", None))
    for skip in report.skipped:
        status[skip.check] = ("partly" if skip.object is not None else "skipped", skip.reason)
    status |= {failure.check: ("failed", failure.error) for failure in report.failed}
    rows = [
        {"run_id": run_id, "check_id": check, "status": word, "reason": why, "duration_ms": check_ms.get(check, 0.0)}
        for check, (word, why) in status.items()
    ]
    if rows:
        connection.execute(insert(CheckRow), rows)


def keep_numbers(connection: Connection, run_id: int, catalog: Catalog) -> None:
    """Add the numbers and settings of the picture."""
    numbers = [_observation(run_id, one) for one in observe(catalog)]
    if numbers:
        connection.execute(insert(ObservationRow), numbers)
    settings = [{"run_id": run_id, "name": name, "value": value} for name, value in settings_of(catalog).items()]
    if settings:
        connection.execute(insert(SettingRow), settings)


def _observation(run_id: int, one: Observation) -> dict[str, object]:
    return {"run_id": run_id, "kind": one.kind, "object": one.object, "metric": one.metric, "value": one.value}
