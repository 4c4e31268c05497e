"""`pgaudit demo`: a database of our own with planted faults, audited."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt
from pgaudit.cli import review_options as own

if TYPE_CHECKING:
    from pgaudit.cli.outputs import Delivery
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
    llm: own.Llm = False,
    llm_model: own.LlmModel = None,
    llm_effort: own.LlmEffort = "high",
    llm_base_url: own.LlmBaseUrl = None,
    llm_timeout: own.LlmTimeout = 600,
    llm_record: own.LlmRecord = None,
    llm_replay: own.LlmReplay = None,
    redaction: own.RedactionLevel = None,
    dry_run: own.DryRun = False,
    show_prompt: own.ShowPrompt = False,
    max_cost_usd: own.MaxCost = None,
    yes: own.Yes = False,
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
    from pgaudit.cli.outputs import delivery
    from pgaudit.cli.recording import Recording
    from pgaudit.cli.review_choices import Given, ModelChoices
    from pgaudit.errors import BadConfiguration

    choices = ModelChoices(
        wanted=llm,
        effort=llm_effort,
        base_url=llm_base_url,
        seconds=llm_timeout,
        record=llm_record,
        replay=llm_replay,
        dry_run=dry_run,
        show_prompt=show_prompt,
        consents=yes,
    )
    recording = Recording(store, None) if record else None
    if review_format is None:
        if choices.asks:
            raise BadConfiguration("--llm", "a language model adds to reviews alone", "add --review FORMAT")
        where = delivery(format_name, output, color=color, show_all=show_all)
        return _scanned(where, recording, progress, fixed=fixed, keep=keep)
    if keep:
        raise BadConfiguration("--keep", "it stands beside --review", "run demo --keep, and pgaudit review on its URL")
    from pgaudit.cli.demo_review import reviewed

    given = Given(review_format, llm_model, redaction, max_cost_usd)
    return reviewed(given, choices, output or [], recording, progress, fixed=fixed)


def _scanned(where: Delivery, recording: Recording | None, progress: str, *, fixed: bool, keep: bool) -> int:
    """The demo database scanned, and its report delivered."""
    from pgaudit.cli.outputs import deliver
    from pgaudit.cli.recording import with_trends
    from pgaudit.cli.terminal import progress_line, remark
    from pgaudit.demo.session import DemoServer
    from pgaudit.errors import ExitCode

    with progress_line(progress) as line, DemoServer(line) as server:
        if fixed:
            server.apply_fixes()
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


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
