"""`pgaudit report`: a saved JSON report in other formats, without a database."""

from __future__ import annotations

from typing import Annotated

import typer

from pgaudit.cli import options as opt


def report(
    saved: Annotated[str, typer.Argument(metavar="REPORT", help="JSON that scan or gate wrote; - for stdin.")],
    format_name: opt.FormatOption = "text",
    output: opt.OutputOption = None,
    min_severity: opt.MinSeverity = None,
    show_suppressed: opt.ShowSuppressed = False,
    show_all: opt.ShowAll = False,
    color: opt.ColorOption = "auto",
    quiet: opt.Quiet = 0,
) -> int:
    """Render a saved JSON report again. Nothing is connected to, nothing is judged anew."""
    from pgaudit.cli.outputs import deliver_or_raise, delivery
    from pgaudit.errors import ExitCode
    from pgaudit.reports.saved import read_report

    where = delivery(
        format_name,
        output,
        color=color,
        min_severity=min_severity,
        show_all=show_all,
        show_suppressed=show_suppressed,
        quiet=quiet,
    )
    found = read_report(_content(saved), "standard input" if saved == "-" else saved)
    deliver_or_raise(found, where)
    return ExitCode.CLEAN


def _content(saved: str) -> bytes:
    """What was saved. Raises ReportUnreadable."""
    import sys
    from pathlib import Path

    from pgaudit.errors import ReportUnreadable

    if saved == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(saved).read_bytes()
    except OSError as error:
        raise ReportUnreadable(saved, error.strerror or str(error)) from error
