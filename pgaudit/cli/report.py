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
    show_suppressed: Annotated[bool, typer.Option("--show-suppressed", help="List accepted findings.")] = False,
    show_all: Annotated[bool, typer.Option("--show-all", help="Print every finding of a kind.")] = False,
    color: opt.ColorOption = "auto",
    quiet: opt.Quiet = 0,
) -> int:
    """Render a saved JSON report again. Nothing is connected to, nothing is judged anew."""
    from pgaudit.cli.outputs import deliver, make_view, parse_outputs
    from pgaudit.errors import ExitCode
    from pgaudit.reports.registry import renderer
    from pgaudit.reports.saved import read_report

    renderer(format_name)
    outputs = parse_outputs(output or [])
    view = make_view(color, min_severity, show_all=show_all, show_suppressed=show_suppressed)
    found = read_report(_content(saved), "standard input" if saved == "-" else saved)
    failed = deliver(found, format_name, outputs, view, quiet)
    if failed:
        raise failed[0]
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
