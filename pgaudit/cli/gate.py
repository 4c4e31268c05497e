"""`pgaudit gate`: what pending migrations would lock, rewrite, break and leave behind."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt
from pgaudit.version import NEWEST_MAJOR

if TYPE_CHECKING:
    from pgaudit.reports.gate_contract import GateReport
    from pgaudit.server.database_target import Target
    from pgaudit.server.target import SnapshotTarget
    from probes.finding import Severity


def gate(
    paths: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer resolves annotations at run time
        typer.Argument(metavar="[PATH]...", help="Files or a project's folder, or - for stdin. Default: this folder."),
    ] = None,
    dsn: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--dsn", "-d", help="Database or snapshot to judge by. Default: PGAUDIT_DATABASE_URL if set."),
    ] = None,
    migration_tool: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--migration-tool", envvar="PGAUDIT_MIGRATION_TOOL", help="Tool, where it cannot be told."),
    ] = None,
    git_diff: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--git-diff", envvar="PGAUDIT_GIT_DIFF", help="Only files changed since this revision."),
    ] = None,
    allow_exec: Annotated[
        bool, typer.Option("--allow-exec", help="Let Alembic and Django render SQL: this runs the project's code.")
    ] = False,
    pg_version: Annotated[
        int, typer.Option("--pg-version", envvar="PGAUDIT_PG_VERSION", help="Major version, without a database.")
    ] = NEWEST_MAJOR,
    format_name: opt.FormatOption = "text",
    output: opt.OutputOption = None,
    fail_on: opt.FailOn = None,
    exit_zero: opt.ExitZero = False,
    strict: Annotated[
        bool, typer.Option("--strict", envvar="PGAUDIT_STRICT", help="Exit 4 when something could not be judged.")
    ] = False,
    min_severity: opt.MinSeverity = None,
    profile: Annotated[
        str, typer.Option("--profile", envvar="PGAUDIT_PROFILE", help="default, strict or pedantic: which rules run.")
    ] = "default",
    assume_in_transaction: Annotated[
        bool,
        typer.Option(
            "--assume-in-transaction",
            envvar="PGAUDIT_ASSUME_IN_TRANSACTION",
            help="The runner puts BEGIN and COMMIT around each file, whatever its tool does.",
        ),
    ] = False,
    show_suppressed: opt.ShowSuppressed = False,
    show_all: opt.ShowAll = False,
    connect_timeout: opt.ConnectTimeout = 10,
    color: opt.ColorOption = "auto",
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Judge pending migrations: locks, rewrites, refusals, and what they leave behind.

    With a database, its catalog and sizes decide; without one every table is taken for a large one, and that is said.
    """
    from pgaudit.cli.outputs import deliver_or_raise, delivery, parse_severity
    from pgaudit.cli.terminal import progress_line, set_up_logging
    from pgaudit.gating import STDIN, GateRequest, gated
    from pgaudit.migrations.sources import SourceOptions

    began, started_at = time.perf_counter(), time.time()
    set_up_logging(verbose)
    where = delivery(
        format_name,
        output,
        color=color,
        min_severity=min_severity,
        show_all=show_all,
        show_suppressed=show_suppressed,
        quiet=quiet,
    )
    failing = parse_severity("--fail-on", fail_on or "high")
    request = GateRequest(
        started_at=started_at,
        began=began,
        paths=tuple(paths or ()),
        text=sys.stdin.read() if paths == [STDIN] else None,
        where=_where(dsn),
        tool=migration_tool,
        git_diff=git_diff,
        options=SourceOptions(allow_exec=allow_exec, assume_in_transaction=assume_in_transaction),
        pg_version=pg_version,
        profile=profile,
        connect_timeout_s=connect_timeout,
    )
    with progress_line("off" if quiet else progress) as line:
        line.phase = "reading"
        report = gated(request, line)
    deliver_or_raise(report, where)
    return _exit_code(report, failing, exit_zero=exit_zero, strict=strict)


def _where(dsn: str | None) -> Target | SnapshotTarget | None:
    """What the option or the environment names. Unlike a scan, a gate does without; libpq's variables say nothing."""
    from pgaudit.cli.targets import resolve
    from pgaudit.server.target import URL_VARIABLES

    named = dsn is not None or any(os.environ.get(name) for name in URL_VARIABLES)
    return resolve(None, dsn) if named else None


def _exit_code(report: GateReport, failing: Severity | None, *, exit_zero: bool, strict: bool) -> int:
    from pgaudit.errors import ExitCode

    if failing and not exit_zero and any(finding.severity.at_least(failing) for finding in report.open_findings):
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if strict and report.incomplete else ExitCode.CLEAN
