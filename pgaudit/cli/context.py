"""`pgaudit context init`: the inputs of a review that people have to give, filled as far as the database tells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from pgaudit.cli import options as opt

_INIT = "init"


def context(
    action: Annotated[str, typer.Argument(metavar="init", help="The one thing it does: write a context file.")],
    target: opt.TargetArgument = None,
    dsn: opt.DsnOption = None,
    output: Annotated[
        Optional[Path],  # noqa: UP045 - typer resolves annotations at run time
        typer.Option("--output", "-o", help="Path to write; - for stdout. Default: pgaudit.context.yaml."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
) -> int:
    """Write what a database cannot tell about itself, as far as it shows: `pgaudit review --context` reads the file.

    What was guessed is marked inferred; everything else is an empty place with what belongs there.
    """
    from pgaudit.cli.review_run import picture_of
    from pgaudit.cli.terminal import progress_line, remark, write_file, write_stdout
    from pgaudit.config import load_configuration
    from pgaudit.errors import BadConfiguration, ExitCode, OutputNotWritable
    from pgaudit.review.context.inferring import inferred_context
    from pgaudit.review.context.model import FILE_NAME
    from pgaudit.review.context.reading import context_yaml

    if action != _INIT:
        raise BadConfiguration("context", f"{action!r} is nothing it does", "write: pgaudit context init [TARGET]")
    path = output or Path(FILE_NAME)
    if str(path) != "-" and path.exists() and not force:
        raise OutputNotWritable(path, "it exists: --force writes over it")
    with progress_line(progress) as line:
        taken = picture_of(target, dsn, load_configuration(Path.cwd()).configuration, connect_timeout, line)
    text = context_yaml(inferred_context(taken.catalog))
    if str(path) == "-":
        write_stdout(text, for_programs=True)
    else:
        write_file(path, text)
        remark(f"wrote {path}: correct what is inferred, fill in what is empty, then: pgaudit review --context {path}")
    return ExitCode.CLEAN
