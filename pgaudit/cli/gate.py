"""`pgaudit gate`: what pending migrations would lock, rewrite, break and leave behind."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt
from pgaudit.version import NEWEST_MAJOR

if TYPE_CHECKING:
    from pgaudit.audit.standards import Standards
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
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
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
    judged_by, standards = _judged_by(dsn, config, isolated=isolated)
    request = GateRequest(
        started_at=started_at,
        began=began,
        paths=tuple(paths or ()),
        text=sys.stdin.read() if paths == [STDIN] else None,
        where=judged_by,
        tool=migration_tool,
        git_diff=git_diff,
        options=SourceOptions(allow_exec=allow_exec, assume_in_transaction=assume_in_transaction),
        pg_version=pg_version,
        profile=profile,
        standards=standards,
        connect_timeout_s=connect_timeout,
    )
    with progress_line("off" if quiet else progress) as line:
        line.phase = "reading"
        report = gated(request, line)
    deliver_or_raise(report, where)
    return _exit_code(report, failing, exit_zero=exit_zero, strict=strict)


def _judged_by(
    dsn: str | None, config: Path | None, *, isolated: bool
) -> tuple[Target | SnapshotTarget | None, Standards | None]:
    """What the option or the environment names, and what the project says of it; nothing where none is named.

    Unlike a scan, a gate does without a database, and libpq's variables say nothing.
    """
    from pgaudit.server.target import URL_VARIABLES

    named = dsn is not None or any(os.environ.get(name) for name in URL_VARIABLES)
    if not named and config is None:
        return None, None
    from pgaudit.audit.standards import standards_of
    from pgaudit.cli.targets import resolve, scope_of
    from pgaudit.config import load_configuration

    conf = load_configuration(Path.cwd(), explicit=config, isolated=isolated).configuration
    where = resolve(None, dsn, conf.targets) if named else None
    scope = scope_of(conf, None, None, None, None, getattr(where, "schema", None))
    return where, standards_of(conf, scope)


def _exit_code(report: GateReport, failing: Severity | None, *, exit_zero: bool, strict: bool) -> int:
    from pgaudit.errors import ExitCode

    if failing and not exit_zero and any(finding.severity.at_least(failing) for finding in report.open_findings):
        return ExitCode.FINDINGS
    return ExitCode.INCOMPLETE if strict and report.incomplete else ExitCode.CLEAN
