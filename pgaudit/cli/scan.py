"""`pgaudit scan`: take the picture, judge it, report."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.cli.outputs import Delivery
    from pgaudit.cli.scan_run import ScanRun

MergeNodes = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer resolves annotations at run time
    typer.Option("--merge-nodes", envvar="PGAUDIT_MERGE_NODES", help="URL of a replica whose usage counts too."),
]


def scan(
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    format_name: opt.FormatOption = "text",
    output: opt.OutputOption = None,
    fail_on: opt.FailOn = None,
    exit_zero: opt.ExitZero = False,
    strict: Annotated[
        bool, typer.Option("--strict", envvar="PGAUDIT_STRICT", help="Exit 4 when something could not be checked.")
    ] = False,
    min_severity: opt.MinSeverity = None,
    select: opt.SelectOption = None,
    ignore: opt.IgnoreOption = None,
    category: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--category", envvar="PGAUDIT_CATEGORY", help="Run only these areas; repeatable."),
    ] = None,
    profile: opt.ProfileOption = None,
    schema: opt.SchemaGlobs = None,
    exclude_schema: opt.ExcludeSchemaGlobs = None,
    exclude_table: opt.ExcludeTableGlobs = None,
    application_role: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--application-role", envvar="PGAUDIT_APPLICATION_ROLE", help="Role your application uses."),
    ] = None,
    baseline: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--baseline", envvar="PGAUDIT_BASELINE", help="JSON report to compare with."),
    ] = None,
    new_only: Annotated[
        bool, typer.Option("--new-only", envvar="PGAUDIT_NEW_ONLY", help="Fail only on what is new or worse.")
    ] = False,
    merge_nodes: MergeNodes = None,
    record: opt.Record = False,
    store: opt.StoreOption = None,
    record_as: opt.RecordAs = None,
    notify: opt.Notify = None,
    notify_on: opt.NotifyOn = None,
    ping_url: opt.PingUrl = None,
    fail_on_new: Annotated[
        bool, typer.Option("--fail-on-new", envvar="PGAUDIT_FAIL_ON_NEW", help="Fail on what is new or worse only.")
    ] = False,
    no_ignores: Annotated[bool, typer.Option("--no-ignores", help="Hold accepted findings against it too.")] = False,
    show_suppressed: opt.ShowSuppressed = False,
    show_all: opt.ShowAll = False,
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
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
    from pgaudit.audit.standards import standards_of
    from pgaudit.cli.dead_man import watched
    from pgaudit.cli.failures import failures_told
    from pgaudit.cli.outputs import delivery, parse_severity
    from pgaudit.cli.recording import recording_of
    from pgaudit.cli.scan_run import ScanRequest, ScanRun
    from pgaudit.cli.targets import resolve, scope_of
    from pgaudit.cli.terminal import progress_line, set_up_logging
    from pgaudit.config import load_configuration
    from probes.collect.session import Limits

    began, started_at = time.perf_counter(), time.time()
    set_up_logging(verbose)
    conf = load_configuration(Path.cwd(), explicit=config, isolated=isolated).configuration
    where = delivery(
        format_name,
        output,
        color=color,
        min_severity=min_severity or conf.min_severity,
        show_all=show_all,
        show_suppressed=show_suppressed,
        quiet=quiet,
    )
    what = resolve(target, dsn, conf.targets)
    scope = scope_of(conf, schema, exclude_schema, exclude_table, application_role, getattr(what, "schema", None))
    chosen = [*(select or conf.select), *(category or ())]
    standards = standards_of(conf, scope, select=chosen, ignore=ignore or (), profile=profile)
    request = ScanRequest(
        target=what,
        others=tuple(resolve(url, None, conf.targets) for url in merge_nodes or ()),
        standards=replace(standards, accepted=()) if no_ignores else standards,
        limits=Limits(statement_timeout_ms=statement_timeout * 1000, lock_timeout_ms=lock_timeout),
        connect_timeout_s=connect_timeout,
        fail_on=parse_severity("--fail-on", fail_on or conf.fail_on or "high"),
        baseline=baseline or (Path(conf.baseline) if conf.baseline else None),
        new_only=new_only or fail_on_new,
        recording=recording_of(store, record_as, notify, notify_on, os.environ, record=record, quiet=bool(quiet)),
        exit_zero=exit_zero,
        strict=strict,
        started_at=started_at,
        began=began,
    )
    run = ScanRun(request)
    with watched(ping_url), progress_line("off" if quiet else progress) as line:
        with failures_told(request.recording, what.name, started_at):
            run.take(line)
            run.merge()
            run.judge(line)
        run.record(line)
        return _finished(run, where)


def _finished(run: ScanRun, where: Delivery) -> int:
    """The exit code, after the report was written. What interrupted the scan is raised then, not before."""
    from pgaudit.cli.outputs import deliver
    from pgaudit.cli.recording import with_trends

    failed = deliver(run.finished_report, with_trends(where, run.finished_report, run.request.recording))
    for problem in (run.interrupted, run.unrecorded, *failed):
        if problem is not None:
            raise problem
    return run.exit_code()
