"""`pgaudit ask`: one question about one statement, one table or one migration, answered on evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pgaudit.cli import options as opt

if TYPE_CHECKING:
    from pgaudit.cli.terminal import Progress
    from pgaudit.review.asking.answer import Answered

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Answer one question about a statement, a table or a migration, on evidence, by rules alone.",
)

Output = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer resolves annotations at run time
    typer.Option("--output", "-o", envvar="PGAUDIT_OUTPUT", help="Path ending in .md, .html or .json; repeatable."),
]
Context = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--context", envvar="PGAUDIT_CONTEXT", help="What the database cannot tell; see `context init`."),
]
ShadowDsn = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--shadow-dsn",
        envvar="PGAUDIT_SHADOW_DSN",
        help="Throw-away server of nobody else's to prove and plan on: functions and expressions of the audited "
        "database run there. Default: our own.",
    ),
]
NoShadow = Annotated[bool, typer.Option("--no-shadow", help="Prove and plan nothing: that is said in the answer.")]


@app.command("schema-design")
def schema_design(
    entity: Annotated[str, typer.Option("--entity", metavar="TABLE", help="The table, with its schema or without.")],
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    output: Output = None,
    context: Context = None,
    shadow_dsn: ShadowDsn = None,
    no_shadow: NoShadow = False,
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Say how a table should be designed: model, indexes, policies, scripts that lead there, sample rows."""
    from pgaudit.cli.ask_run import answer_about_schema, ask_request

    request = ask_request(
        target,
        dsn,
        config,
        context,
        shadow_dsn,
        connect_timeout,
        shadow=not no_shadow,
        isolated=isolated,
        quiet=bool(quiet),
    )
    return _delivered(lambda line: answer_about_schema(request, entity, line), output, progress, verbose, quiet)


@app.command("query")
def query(
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    queryid: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--queryid",
            metavar="ID",
            help="Of pg_stat_statements. Default: the statement that took most time.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    context: Context = None,
    shadow_dsn: ShadowDsn = None,
    no_shadow: NoShadow = False,
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Say how a statement of the workload can be made cheaper: indexes tried, plans before and after.

    Plans come from a copy of the structure, filled with synthetic rows by the server's own statistics; no row is read.
    """
    from pgaudit.cli.ask_run import answer_about_query, ask_request

    request = ask_request(
        target,
        dsn,
        config,
        context,
        shadow_dsn,
        connect_timeout,
        shadow=not no_shadow,
        isolated=isolated,
        quiet=bool(quiet),
    )
    return _delivered(lambda line: answer_about_query(request, queryid, line), output, progress, verbose, quiet)


@app.command("migration")
def migration(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="SQL, a folder of migrations, Markdown or Prisma.")],
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    output: Output = None,
    context: Context = None,
    shadow_dsn: ShadowDsn = None,
    no_shadow: NoShadow = False,
    config: opt.ConfigOption = None,
    isolated: opt.IsolatedOption = False,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
    quiet: opt.Quiet = 0,
) -> int:
    """Say how a migration reaches this database safely: locks, safe sequence, validation, way back, checklist.

    The migration is judged by the gate and tried in a copy of the structure; nothing is run on the database.
    """
    from pgaudit.cli.ask_run import answer_about_migration, ask_request

    request = ask_request(
        target,
        dsn,
        config,
        context,
        shadow_dsn,
        connect_timeout,
        shadow=not no_shadow,
        isolated=isolated,
        quiet=bool(quiet),
    )
    return _delivered(lambda line: answer_about_migration(request, file, line), output, progress, verbose, quiet)


def _delivered(
    make: Callable[[Progress], Answered], output: list[str] | None, progress: str, verbose: int, quiet: int
) -> int:
    """Write the answer to its files, or as Markdown to stdout where there are none."""
    from pgaudit.cli.review_delivery import deliver_document
    from pgaudit.cli.terminal import progress_line, set_up_logging
    from pgaudit.errors import ExitCode, OutputNotWritable
    from pgaudit.review.asking.page import form_of, render

    set_up_logging(verbose)
    outputs = [(form_of(Path(value)), Path(value)) for value in output or []]
    for _, path in outputs:
        if not path.parent.is_dir():
            raise OutputNotWritable(path, "its folder does not exist")
    with progress_line("off" if quiet else progress) as line:
        done = make(line)
    for error in deliver_document(lambda form: render(done, form), outputs, quiet):
        raise error
    return ExitCode.CLEAN
