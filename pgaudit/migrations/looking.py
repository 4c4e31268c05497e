"""What a gate sees of its database: the picture, what has run, and what of both is published.

A gate without a database starts sooner because it does not load this.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from pgaudit.audit.standards import Standards
from pgaudit.migrations.gate import GateRun
from pgaudit.migrations.leaves import introduced_and_resolved
from pgaudit.migrations.saved_state import saved_state
from pgaudit.migrations.sources.plan import Project
from pgaudit.migrations.sources.state_reader import StateReport, read_state
from pgaudit.migrations.told import published_moment, published_relations
from pgaudit.reports.gate_contract import GateReport
from pgaudit.scanning import LiveTake, Progress, Taken, picture_from_file, report_target
from pgaudit.server.connect import connect
from pgaudit.server.database_target import Target
from pgaudit.server.target import SnapshotTarget
from probes.catalog.scope import Scope
from probes.collect.session import Limits


class Look(msgspec.Struct, frozen=True):
    """The picture of a database, and what its migration tools say has run; None where a snapshot does not hold that."""

    taken: Taken
    state: StateReport | None


def look_at(
    where: Target | SnapshotTarget, project: Project, scope: Scope, *, connect_timeout_s: int, progress: Progress | None
) -> Look:
    """The database as it is now. Raises the errors of snapshots and of connecting."""
    if isinstance(where, SnapshotTarget):
        taken = picture_from_file(where.path, scope)
        return Look(taken, saved_state(taken.attachments))
    take = LiveTake(where, Limits(), connect_timeout_s=connect_timeout_s, progress=progress)
    taken = take.take(scope, dictionaries=True)
    with connect(where, connect_timeout_s=connect_timeout_s) as connection:
        return Look(taken, read_state(connection, project.options, project.location.tool))


def told_of_database(report: GateReport, taken: Taken, run: GateRun, by: Standards, *, now: float) -> GateReport:
    """The report with what is known of the database, and what the migrations leave behind in it.

    Args:
        report: What was said without one.
        taken: The database before.
        run: What was found.
        by: What a scan of the project judges by.
        now: Seconds since 1970, by the clock of the gate.
    """
    assert run.after is not None  # noqa: S101 - there was one before
    today = datetime.fromtimestamp(now, UTC).date()
    introduces, resolves = introduced_and_resolved(taken.catalog, run.after, by, today)
    return msgspec.structs.replace(
        report,
        target=report_target(taken),
        server_version_num=taken.catalog.server.version_num,
        introduces=introduces,
        resolves=resolves,
        relations=published_relations(run.touched),
        moment=published_moment(taken.catalog, now),
    )
