"""The demo from its server to its report."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec
import psycopg
from psycopg.conninfo import make_conninfo

from pgaudit.audit.run import Outcome, Policy
from pgaudit.audit.standards import Standards, usual_standards
from pgaudit.demo.loading import load, repair, reset_counters
from pgaudit.demo.manifest import manifest
from pgaudit.demo.sessions import hold_open_transaction
from pgaudit.demo.traffic import run_traffic
from pgaudit.scanning import LiveTake, Taken, judge, judged
from pgaudit.server.embedded import EmbeddedServer, find_binaries
from pgaudit.server.url import parse_target
from probes.catalog.scope import Scope
from probes.collect.session import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from pgaudit.reports.contract import Report

_DATABASE = "market"
_HELD_SECONDS = 1.2
_ROUNDS = 4
_SETTINGS = {"shared_buffers": "256MB", "pg_stat_statements.track_planning": "on"}


class DemoServer:
    """A running server with the sample database, its traffic sent and its forgotten transaction held open."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._stack = contextlib.ExitStack()
        self._repaired = False
        self.dsn = ""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._progress("starting PostgreSQL 18")
            server = stack.enter_context(EmbeddedServer(find_binaries(), settings=_SETTINGS))
            with psycopg.connect(server.conninfo, autocommit=True) as connection:
                connection.execute(f"create database {_DATABASE}".encode())
            self.dsn = make_conninfo(server.conninfo, dbname=_DATABASE)
            self._progress("loading the marketplace")
            with self._connect() as connection:
                load(connection)
            self._progress("sending a day's queries")
            run_traffic(self.dsn)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def scan(self) -> Report:
        """The report on the database as it is.

        Until it has been repaired a session is idle in transaction for longer than the demo's limit.
        """
        return self.audited()[1]

    def audited(self) -> tuple[Taken, Report, Standards]:
        """The picture, the report on it, and what it was judged by: what a review is made from."""
        began, started_at = time.perf_counter(), time.time()
        if self._repaired:
            taken = self._take()
        else:
            with hold_open_transaction(self.dsn):
                time.sleep(_HELD_SECONDS)
                taken = self._take()
        by = demo_standards()
        return taken, judged(taken, by, started_at=started_at, began=began, progress=self._progress).report, by

    def outcome(self) -> Outcome:
        """What the checks say, with everything a fix declares; nothing is held open."""
        by = demo_standards()
        return judge(self._take(), by.checks, by.policy)

    def apply_fixes(self) -> None:
        """Repair what only a person can decide, then apply the checks' own fixes until none is offered any more."""
        self._progress("repairing")
        with self._connect() as connection:
            repair(connection)
        for _ in range(_ROUNDS):
            statements = [
                statement for finding in self.outcome().findings if finding.fix for statement in finding.fix.sql
            ]
            if not statements:
                break
            self._apply(statements)
        self._progress("sending another day's queries")
        with self._connect() as connection:
            reset_counters(connection)
        run_traffic(self.dsn)
        self._repaired = True

    def _apply(self, statements: list[str]) -> None:
        with self._connect() as connection:
            for statement in dict.fromkeys(statements):
                self._progress(statement)
                connection.execute(statement.encode())

    def _take(self) -> Taken:
        target = parse_target(self.dsn).renamed("demo")
        scope = Scope(application_roles=manifest().application_roles)
        return LiveTake(target, Limits(), connect_timeout_s=10, progress=self._progress).take(scope, dictionaries=True)

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.dsn, autocommit=True)


def demo_standards() -> Standards:
    """Fit for a database that is a minute old: a transaction idle for a second is a forgotten one here."""
    usual = usual_standards()
    thresholds = {
        check.id: msgspec.structs.replace(check.thresholds(), idle_seconds=1.0)
        for check in usual.checks
        if "idle_seconds" in check.thresholds.__struct_fields__
    }
    return replace(usual, policy=Policy(thresholds=thresholds))
