"""The public API: what the commands do, as functions."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from pgaudit.audit.selection import selected
from pgaudit.reports.contract import Report
from pgaudit.scanning import LiveTake, judge, picture_from_file, report_of
from pgaudit.server.target import SnapshotTarget, resolve_target
from probes.catalog.scope import Scope
from probes.check import built_in_checks
from probes.collect.session import Limits


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
    checks = selected(built_in_checks(), select, ignore, profile)
    where = resolve_target(str(target), environment=os.environ, configured={}, stdin=sys.stdin)
    if isinstance(where, SnapshotTarget):
        taken = picture_from_file(where.path, scope or Scope())
    else:
        taken = LiveTake(where, limits or Limits(), connect_timeout_s=connect_timeout_s).take(scope or Scope())
    return report_of(taken, judge(taken, checks), checks, started_at=started_at, began=began)
