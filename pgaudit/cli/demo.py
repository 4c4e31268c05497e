"""`pgaudit demo`: a database of our own with planted faults, audited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.cli.recording import Recording
    from pgaudit.demo.session import DemoServer
    from pgaudit.errors import PgauditError
    from pgaudit.reports.contract import Report


def demo(
    fixed: Annotated[bool, typer.Option("--fixed", help="Apply the checks' own fixes first, then scan.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server running until Ctrl-C, to look at it.")] = False,
    format_name: opt.FormatOption = "text",
    output: opt.OutputOption = None,
    review_format: Annotated[
        Optional[str],  # noqa: UP045 - typer resolves annotations at run time
        typer.Option("--review", help="Write this review instead: authority, panel, position-card, plan ..."),
    ] = None,
    record: opt.Record = False,
    store: opt.StoreOption = None,
    show_all: opt.ShowAll = False,
    color: opt.ColorOption = "auto",
    progress: opt.ProgressOption = "auto",
) -> int:
    """Start a throw-away PostgreSQL 18, load a marketplace with planted faults, audit it, and print the report.

    Needs the extra `embedded`. Nothing outside a temporary folder is touched, but for the store with --record, in which
    the run is kept as one of `demo`.
    """
    if review_format is not None:
        return _reviewed(review_format, output or [], progress, fixed=fixed)
    from pgaudit.cli.outputs import deliver, delivery
    from pgaudit.cli.recording import Recording, with_trends
    from pgaudit.cli.terminal import progress_line, remark
    from pgaudit.demo.session import DemoServer
    from pgaudit.errors import ExitCode

    where = delivery(format_name, output, color=color, show_all=show_all)
    with progress_line(progress) as line, DemoServer(line) as server:
        if fixed:
            server.apply_fixes()
        recording = Recording(store, None) if record else None
        report, unrecorded = _audited(server, recording)
        line.clear()
        failed = deliver(report, with_trends(where, report, recording))
        if keep:
            remark(f"the database is at: {server.dsn}")
            remark(f'look with: psql "{server.dsn}", or pgaudit scan "{server.dsn}"; Ctrl-C ends it')
            _wait()
        else:
            remark("this was a throw-away database; --keep leaves it running, so that you can look at it")
    for problem in (unrecorded, *failed):
        if problem is not None:
            raise problem
    return ExitCode.CLEAN


def _audited(server: DemoServer, recording: Recording | None) -> tuple[Report, PgauditError | None]:
    """The report, with what changed since the run before where it was recorded, and why it was not where it was not."""
    from pgaudit.cli.recording import recorded
    from pgaudit.errors import PgauditError

    taken, report, by = server.audited()
    if recording is None:
        return report, None
    usage = frozenset(check.id for check in by.checks if check.needs.counters_days)
    try:
        return recorded(report, taken, usage, {}, recording), None
    except PgauditError as error:
        return report, error


def _reviewed(review_format: str, output: list[str], progress: str, *, fixed: bool) -> int:
    """The demo database reviewed in one step."""
    from pgaudit.cli.review_delivery import deliver_review, parse_review_outputs
    from pgaudit.cli.review_run import ReviewRequest, pack_of, written
    from pgaudit.cli.terminal import progress_line
    from pgaudit.config import Configuration
    from pgaudit.demo.session import DemoServer
    from pgaudit.errors import ExitCode
    from pgaudit.review.backends.offline.backend import OfflineBackend
    from pgaudit.review.documents.formats import format_named

    wanted, outputs = format_named(review_format), parse_review_outputs(output)
    with progress_line(progress) as line, DemoServer(line) as server:
        if fixed:
            server.apply_fixes()
        taken, report, by = server.audited()
        request = ReviewRequest(None, None, Configuration())
        pack = pack_of(request, taken, report, by, line)
    failed = deliver_review(written(pack, wanted, OfflineBackend()), outputs, quiet=0)
    if failed:
        raise failed[0]
    return ExitCode.CLEAN


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
