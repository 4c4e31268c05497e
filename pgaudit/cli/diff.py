"""`pgaudit diff`: what changed between two saved reports, or two recorded runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.reports.contract import Report
    from pgaudit.store.opening import Store

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
    from dataclasses import replace

    import msgspec

    from pgaudit.cli.outputs import deliver_or_raise, delivery
    from pgaudit.errors import ExitCode
    from pgaudit.reports.contract import BaselineState

    where = delivery(
        format_name,
        output,
        color=color,
        min_severity=min_severity,
        show_all=show_all,
        show_suppressed=show_suppressed,
        quiet=quiet,
    )
    found = _compared(before, after, store)
    deliver_or_raise(found, replace(where, view=msgspec.structs.replace(where.view, changes_first=True)))
    bad = {BaselineState.NEW, BaselineState.REOPENED, BaselineState.WORSE}
    return ExitCode.FINDINGS if any(one.baseline in bad for one in found.open_findings) else ExitCode.CLEAN


def _compared(before: str, after: str, store: str | None) -> Report:
    """What changed between the two. Raises ReportUnreadable, StoreFailed and StoreTooNew."""
    from contextlib import closing

    from pgaudit.store.comparing import compared, compared_runs
    from pgaudit.store.opening import open_to_read

    first, second = _run_number(before), _run_number(after)
    if first is None and second is None:
        return compared(_saved(before), _saved(after), _usage_checks)
    with closing(open_to_read(store)) as opened:
        earlier = _saved(before) if first is None else _recorded(first, opened)
        later = _saved(after) if second is None else _recorded(second, opened)
        if first is None or second is None:
            return compared(earlier, later, _usage_checks)
        return compared_runs(opened, (first, earlier), (second, later), _usage_checks)


def _usage_checks() -> frozenset[str]:
    """Checks that judge cumulative counters."""
    from probes.check import built_in_checks

    return frozenset(check.id for check in built_in_checks() if check.needs.counters_days)


def _run_number(which: str) -> int | None:
    """The number of a run; None where a file is named."""
    from pathlib import Path

    return int(which) if which.isdecimal() and not Path(which).exists() else None


def _saved(path: str) -> Report:
    """A report from its file. Raises ReportUnreadable."""
    from pathlib import Path

    from pgaudit.errors import ReportUnreadable
    from pgaudit.reports.contract import Report
    from pgaudit.reports.saved import read_report

    try:
        found = read_report(Path(path).read_bytes(), path)
    except OSError as error:
        raise ReportUnreadable(path, error.strerror or str(error)) from error
    if not isinstance(found, Report):
        raise ReportUnreadable(path, "it is the report of a gate, not of a scan")
    return found


def _recorded(run_id: int, store: Store) -> Report:
    """The report of a recorded run, with what was said of it then. Raises ReportUnreadable."""
    from pgaudit.errors import ReportUnreadable
    from pgaudit.store.showing import recorded_report

    found = recorded_report(store, run_id)
    if found is None:
        known = "`pgaudit history` lists the runs that are kept"
        raise ReportUnreadable(f"of run {run_id}", f"{store.name} holds none", advice=known)
    return found
