"""The public API: what the commands do, as functions."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pgaudit.audit.selection import selected
from pgaudit.audit.standards import Standards
from pgaudit.reports.contract import Report
from pgaudit.scanning import LiveTake, judged, picture_from_file
from pgaudit.server.target import SnapshotTarget, resolve_target
from pgaudit.version import NEWEST_MAJOR
from probes.catalog.scope import Scope
from probes.check import built_in_checks
from probes.collect.session import Limits

if TYPE_CHECKING:
    from pgaudit.reports.gate_contract import GateReport
    from pgaudit.server.database_target import Target


def scan(
    target: str | Path,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    profile: str = "default",
    scope: Scope | None = None,
    limits: Limits | None = None,
    connect_timeout_s: int = 10,
) -> Report:
    """The report on a database or on a snapshot of one.

    Args:
        target: URL, key=value string, or path of a `.pgsnapshot` file.
        select: Check ids or areas to run; all by default.
        ignore: Check ids or areas to leave out.
        profile: `default` or `pedantic`.
        scope: Schemas, tables and application roles; user schemas by default.
        limits: Time limits on the server.
        connect_timeout_s: Seconds for each address.

    Raises:
        PgauditError: The subclass says what went wrong and what to do next.
    """
    began, started_at = time.perf_counter(), time.time()
    by = Standards(selected(built_in_checks(), select, ignore, profile), scope=scope or Scope())
    where = _resolved(target)
    if isinstance(where, SnapshotTarget):
        taken = picture_from_file(where.path, by.scope)
    else:
        taken = LiveTake(where, limits or Limits(), connect_timeout_s=connect_timeout_s).take(by.scope)
    return judged(taken, by, started_at=started_at, began=began).report


def gate(
    paths: str | Path | Iterable[str | Path],
    target: str | Path | None = None,
    *,
    profile: str = "default",
    pg_version: int = NEWEST_MAJOR,
    tool: str | None = None,
    git_diff: str | None = None,
    allow_exec: bool = False,
    assume_in_transaction: bool = False,
    connect_timeout_s: int = 10,
) -> GateReport:
    """The report on what pending migrations lock, rewrite, break and leave behind.

    Nothing is written and no lock of a migration tool is taken. A finding fails a deploy by default where its severity
    is `high` or worse: `any(one.severity.at_least(Severity.HIGH) for one in report.open_findings)`.

    Args:
        paths: SQL files, or the folder of a project: of it only what is pending is judged.
        target: URL, key=value string, or path of a `.pgsnapshot` file. None judges without a database, whatever the
            environment names: every table is then taken for a large one, and what is pending is not known.
        profile: `default`, `strict` or `pedantic`: which rules run.
        pg_version: Major version to judge by where there is no target.
        tool: The migration tool, such as `alembic`, where it cannot be told from the files.
        git_diff: Judge only files changed since this revision.
        allow_exec: Let Alembic and Django render SQL, which runs the project's code.
        assume_in_transaction: Whether the runner puts BEGIN and COMMIT around each file, whatever its tool does.
        connect_timeout_s: Seconds for each address.

    Raises:
        PgauditError: The subclass says what went wrong and what to do next.
    """
    from pgaudit.gating import STDIN, GateRequest, gated  # noqa: PLC0415 - a scan needs none of it
    from pgaudit.migrations.sources import SourceOptions  # noqa: PLC0415

    named = tuple(map(str, (paths,) if isinstance(paths, str | Path) else paths))
    request = GateRequest(
        started_at=time.time(),
        began=time.perf_counter(),
        paths=named,
        text=sys.stdin.read() if named == (STDIN,) else None,
        where=None if target is None else _resolved(target),
        tool=tool,
        git_diff=git_diff,
        options=SourceOptions(allow_exec=allow_exec, assume_in_transaction=assume_in_transaction),
        pg_version=pg_version,
        profile=profile,
        connect_timeout_s=connect_timeout_s,
    )
    return gated(request)


def _resolved(target: str | Path) -> Target | SnapshotTarget:
    return resolve_target(str(target), environment=os.environ, configured={}, stdin=sys.stdin)
