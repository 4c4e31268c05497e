"""`pgaudit scan`: take the picture, judge it, report."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.cli.terminal import Progress
    from pgaudit.reports.contract import Report
    from pgaudit.scanning import Taken
    from pgaudit.server.database_target import Target
    from pgaudit.server.target import SnapshotTarget
    from probes.catalog.scope import Scope
    from probes.check import Check
    from probes.collect.session import Limits


def scan(
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    format_name: Annotated[
        str, typer.Option("--format", "-f", envvar="PGAUDIT_FORMAT", help="Format on stdout: text or json.")
    ] = "text",
    output: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer resolves annotations at run time
        typer.Option("--output", "-o", envvar="PGAUDIT_OUTPUT", help="[FORMAT=]PATH, repeatable."),
    ] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", envvar="PGAUDIT_FAIL_ON", help="none, info, low, medium, high or critical.")
    ] = "high",
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", "-e", envvar="PGAUDIT_EXIT_ZERO", help="Never exit 1.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", envvar="PGAUDIT_STRICT", help="Exit 4 when something could not be checked.")
    ] = False,
    min_severity: Annotated[
        str, typer.Option("--min-severity", envvar="PGAUDIT_MIN_SEVERITY", help="Show only these and worse.")
    ] = "info",
    select: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--select", envvar="PGAUDIT_SELECT", help="Run only these checks or areas; repeatable."),
    ] = None,
    ignore: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--ignore", envvar="PGAUDIT_IGNORE", help="Leave out these checks or areas; repeatable."),
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", envvar="PGAUDIT_PROFILE", help="default, or pedantic for matters of taste too.")
    ] = "default",
    schema: opt.SchemaGlobs = None,
    exclude_schema: opt.ExcludeSchemaGlobs = None,
    exclude_table: opt.ExcludeTableGlobs = None,
    show_all: Annotated[bool, typer.Option("--show-all", help="Print every finding of a kind.")] = False,
    statement_timeout: opt.StatementTimeout = 30,
    lock_timeout: opt.LockTimeout = 200,
    connect_timeout: opt.ConnectTimeout = 10,
    color: opt.ColorOption = "auto",
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Audit a live database, or a snapshot of one.

    Only reads, in short transactions; never a table of yours, never a function of yours.
    """
    from pgaudit.audit.selection import selected
    from pgaudit.cli.outputs import deliver, exit_code, make_view, parse_outputs, parse_severity
    from pgaudit.cli.targets import resolve, scope_of
    from pgaudit.cli.terminal import progress_line, set_up_logging
    from pgaudit.errors import OutputNotWritable
    from pgaudit.reports.registry import renderer
    from pgaudit.server.target import SnapshotTarget
    from probes.check import built_in_checks
    from probes.collect.session import Limits

    began, started_at = time.perf_counter(), time.time()
    set_up_logging(verbose)
    renderer(format_name)
    outputs, failing = parse_outputs(output or []), parse_severity("--fail-on", fail_on)
    view = make_view(color, min_severity, show_all=show_all, show_suppressed=False)
    checks = selected(built_in_checks(), select or [], ignore or [], profile)
    where = resolve(target, dsn)
    hinted = None if isinstance(where, SnapshotTarget) else where.schema
    scope = scope_of(schema, exclude_schema, exclude_table, hinted)
    limits = Limits(statement_timeout_ms=statement_timeout * 1000, lock_timeout_ms=lock_timeout)
    with progress_line("off" if quiet else progress) as line:
        run = _Run(checks, scope, line)
        if isinstance(where, SnapshotTarget):
            run.from_file(where)
        else:
            run.live(where, limits, connect_timeout)
    report = run.report(started_at, began)
    complete = deliver(report, format_name, outputs, view, quiet)
    if run.interrupted is not None:
        raise run.interrupted
    if not complete:
        raise OutputNotWritable(outputs[0][1], "not every output could be written")
    return exit_code(report, failing, exit_zero=exit_zero, strict=strict)


class _Run:
    """A scan in steps, so that what was gathered survives an interruption."""

    def __init__(self, checks: tuple[Check, ...], scope: Scope, progress: Progress) -> None:
        self._checks = checks
        self._scope = scope
        self._progress = progress
        self._taken: Taken | None = None
        self.interrupted: BaseException | None = None

    def from_file(self, target: SnapshotTarget) -> None:
        """Load the picture. Raises SnapshotUnreadable and its kin."""
        from pgaudit.scanning import picture_from_file

        self._taken = picture_from_file(target.path, self._scope)

    def live(self, target: Target, limits: Limits, connect_timeout_s: int) -> None:
        """Take the picture. An interruption is kept for later where something was read before it."""
        from pgaudit.errors import ConnectionLost, Interrupted
        from pgaudit.scanning import LiveTake

        self._progress.phase = "reading"
        take = LiveTake(target, limits, connect_timeout_s=connect_timeout_s, progress=self._progress)
        try:
            self._taken = take.take(self._scope)
        except BaseException as interruption:
            by_user = isinstance(interruption, KeyboardInterrupt | Interrupted)
            self._taken = take.so_far(self._scope, "by the user" if by_user else "by an error")
            self.interrupted = interruption  # raised again once the report of what was read is out
            if self._taken is None:
                raise
        if self._taken.interrupted and self.interrupted is None:
            self.interrupted = ConnectionLost(target.name, self._taken.interrupted)

    def report(self, started_at: float, began: float) -> Report:
        """Judge the picture and report."""
        from pgaudit.scanning import judge, report_of

        assert self._taken is not None  # noqa: S101 - taken before
        self._progress.phase = "checking"
        outcome = judge(self._taken, self._checks, progress=self._progress)
        self._progress.clear()
        return report_of(self._taken, outcome, self._checks, started_at=started_at, began=began)
