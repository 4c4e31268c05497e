"""`pgaudit review`: what a senior database architect would say of this database, every statement on evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.review.documents.envelope import Review

ReviewFormat = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        envvar="PGAUDIT_REVIEW_FORMAT",
        help="authority, panel, position-card, plan, checklist, expert or diagnosis.",
    ),
]
ReviewOutput = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer resolves annotations at run time
    typer.Option(
        "--output", "-o", envvar="PGAUDIT_OUTPUT", help="Path ending in .md, .html, .json or .yaml; repeatable."
    ),
]


def review(
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    format_name: ReviewFormat = "authority",
    output: ReviewOutput = None,
    context: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--context", envvar="PGAUDIT_CONTEXT", help="What the database cannot tell; see `context init`."),
    ] = None,
    previous: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--previous", envvar="PGAUDIT_PREVIOUS", help="Earlier review or scan as JSON, to say what became of it."
        ),
    ] = None,
    proposal: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--proposal", envvar="PGAUDIT_PROPOSAL", help="Proposed SQL, migrations, Markdown or Prisma schema."
        ),
    ] = None,
    related: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--related", envvar="PGAUDIT_RELATED", help="Second database, or its snapshot, linked by ids alone."
        ),
    ] = None,
    shadow_dsn: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--shadow-dsn", envvar="PGAUDIT_SHADOW_DSN", help="Server to prove changes on. Default: our own."),
    ] = None,
    no_shadow: Annotated[bool, typer.Option("--no-shadow", help="Prove nothing: every change stays UNPROVEN.")] = False,
    llm: Annotated[
        bool, typer.Option("--llm", help="Have a language model add prose; shows first what would be sent, and asks.")
    ] = False,
    llm_model: Annotated[str, typer.Option("--llm-model", help="Name of the model.")] = "claude-opus-5-5",
    llm_effort: Annotated[str, typer.Option("--llm-effort", help="low, medium, high, xhigh or max.")] = "high",
    llm_base_url: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--llm-base-url", help="Address of the Messages API, or of a gateway to it."),
    ] = None,
    llm_timeout: Annotated[int, typer.Option("--llm-timeout", min=1, help="Seconds for all requests together.")] = 600,
    llm_record: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--llm-record", help="Keep answers in this file, and ask nothing twice."),
    ] = None,
    llm_replay: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--llm-replay", help="Take answers from this file alone; no network."),
    ] = None,
    redaction: Annotated[
        str, typer.Option("--redaction", help="What may leave: names, hashed (no names) or full (texts as well).")
    ] = "names",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show host, model, tokens and cost of --llm; send nothing.")
    ] = False,
    show_prompt: Annotated[
        bool, typer.Option("--show-prompt", help="Print the requests of --llm as JSON; send nothing.")
    ] = False,
    max_cost_usd: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option("--max-cost-usd", min=0.0, help="Ask no further where this could be passed."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
    fail_on: opt.FailOn = None,
    exit_zero: opt.ExitZero = False,
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
    statement_timeout: opt.StatementTimeout = 30,
    lock_timeout: opt.LockTimeout = 200,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Write a review of a live database, or of a snapshot of one: audit, verdict, changes in order.

    Written by rules, without a language model and without a network, unless --llm asks for one; a key in the
    environment alone sends nothing. Markdown goes to stdout unless --output is given.
    """
    from pgaudit.cli.outputs import parse_severity
    from pgaudit.cli.review_run import ReviewRequest, evidence_of, written
    from pgaudit.cli.terminal import progress_line, set_up_logging
    from pgaudit.config import load_configuration
    from pgaudit.review.backends.offline.backend import OfflineBackend
    from pgaudit.review.context.reading import read_context
    from pgaudit.review.documents.formats import format_named
    from probes.collect.session import Limits

    set_up_logging(verbose)
    wanted = format_named(format_name)
    outputs = parse_review_outputs(output or [])
    failing = parse_severity("--fail-on", fail_on or "none")
    asked = None
    if llm or llm_replay or dry_run or show_prompt:
        from pgaudit.cli.review_llm import environment_of_process, model_request, settings_of

        asked = model_request(
            settings_of(llm_model, llm_effort, max_cost_usd, llm_timeout, replays=llm_replay is not None),
            redaction,
            llm_base_url,
            environment_of_process(),
            record=llm_record,
            replay=llm_replay,
            dry_run=dry_run,
            show_prompt=show_prompt,
            consents=yes,
        )
    request = ReviewRequest(
        target=target,
        dsn=dsn,
        configuration=load_configuration(Path.cwd(), explicit=config, isolated=isolated).configuration,
        context=read_context(context) if context else None,
        previous=previous,
        proposal=proposal,
        related=related,
        shadow=not no_shadow,
        shadow_dsn=shadow_dsn,
        limits=Limits(statement_timeout_ms=statement_timeout * 1000, lock_timeout_ms=lock_timeout),
        connect_timeout_s=connect_timeout,
    )
    with progress_line("off" if quiet else progress) as line:
        pack = evidence_of(request, line)
    if asked is None:
        done = written(pack, wanted, OfflineBackend())
    else:
        from platformdirs import user_data_path

        from pgaudit.cli.review_llm import written_with_model

        prose = written_with_model(pack, wanted, asked, user_data_path("pgaudit"))
        if prose is None:
            return 0
        done = prose
    deliver_review(done, outputs, quiet)
    return _exit_code(done, failing, exit_zero=exit_zero)


def parse_review_outputs(values: list[str]) -> list[tuple[str, Path]]:
    """Form and path of each `--output`. Raises BadConfiguration or OutputNotWritable, before any work is done."""
    from pgaudit.errors import OutputNotWritable
    from pgaudit.review.rendering.registry import form_of

    found = [(form_of(Path(value)), Path(value)) for value in values]
    for _, path in found:
        if not path.parent.is_dir():
            raise OutputNotWritable(path, "its folder does not exist")
    return found


def deliver_review(done: Review, outputs: list[tuple[str, Path]], quiet: int) -> None:
    """Write the review to its files, or as Markdown to stdout where there are none."""
    from pgaudit.cli.terminal import remark, write_file, write_stdout
    from pgaudit.review.rendering.registry import render

    texts = [(path, render(done, form)) for form, path in outputs]
    for path, text in texts:
        write_file(path, text)
        if not quiet:
            remark(f"wrote {path}")
    if not outputs:
        write_stdout(render(done, "markdown"))


def _exit_code(done: Review, failing: object, *, exit_zero: bool) -> int:
    from pgaudit.errors import ExitCode
    from pgaudit.review.evidence.records import RecordKind
    from probes.finding import Severity

    if exit_zero or not isinstance(failing, Severity):
        return ExitCode.CLEAN
    found = done.evidence.of(RecordKind.FINDING)
    hit = any(one.accepted is None and one.severity and one.severity.at_least(failing) for one in found)
    return ExitCode.FINDINGS if hit else ExitCode.CLEAN
