"""`pgaudit diff`: what changed between two saved reports, or two recorded runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.reports.contract import Report

_WHAT = "JSON report that scan wrote, or the number of a recorded run."


def diff(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help=_WHAT)],
    after: Annotated[str, typer.Argument(metavar="AFTER", help=_WHAT)],
    store: opt.StoreOption = None,
    format_name: opt.FormatOption = "text",
    output: opt.OutputOption = None,
    min_severity: opt.MinSeverity = None,
    show_suppressed: opt.ShowSuppressed = False,
    show_all: opt.ShowAll = False,
    color: opt.ColorOption = "auto",
    quiet: opt.Quiet = 0,
) -> int:
    """Say what is new, worse, better, fixed and not checked. Ends with 1 when something is new, reopened or worse."""
    from pgaudit.cli.outputs import deliver_or_raise, delivery
    from pgaudit.errors import ExitCode
    from pgaudit.reports.contract import BaselineState
    from pgaudit.store.comparing import compared

    where = delivery(
        format_name,
        output,
        color=color,
        min_severity=min_severity,
        show_all=show_all,
        show_suppressed=show_suppressed,
        quiet=quiet,
    )
    found = compared(_report(before, store), _report(after, store))
    deliver_or_raise(found, where)
    bad = {BaselineState.NEW, BaselineState.REOPENED, BaselineState.WORSE}
    return ExitCode.FINDINGS if any(one.baseline in bad for one in found.open_findings) else ExitCode.CLEAN


def _report(which: str, store: str | None) -> Report:
    """A report by its file, or by the number of its run. Raises ReportUnreadable."""
    from pathlib import Path

    from pgaudit.errors import ReportUnreadable
    from pgaudit.reports.contract import Report
    from pgaudit.reports.saved import read_report

    if which.isdigit() and not Path(which).exists():
        return _recorded(int(which), store)
    try:
        found = read_report(Path(which).read_bytes(), which)
    except OSError as error:
        raise ReportUnreadable(which, error.strerror or str(error)) from error
    if not isinstance(found, Report):
        raise ReportUnreadable(which, "it is the report of a gate, not of a scan")
    return found


def _recorded(run_id: int, where: str | None) -> Report:
    from pgaudit.errors import ReportUnreadable
    from pgaudit.store.opening import open_store
    from pgaudit.store.reading import report_of_run

    store = open_store(where)
    try:
        found = report_of_run(store, run_id)
    finally:
        store.close()
    if found is None:
        known = "`pgaudit history` lists the runs that are kept"
        raise ReportUnreadable(f"of run {run_id}", f"{store.name} holds none", advice=known)
    return found
