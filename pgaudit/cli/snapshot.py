"""`pgaudit snapshot`: save the picture to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pgaudit.cli import options as opt


def snapshot(
    target: opt.TargetArgument = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", envvar="PGAUDIT_OUTPUT", help="File to write, mode 0600.")
    ] = Path("database.pgsnapshot"),
    dsn: opt.DsnOption = None,
    statement_timeout: opt.StatementTimeout = 30,
    lock_timeout: opt.LockTimeout = 200,
    connect_timeout: opt.ConnectTimeout = 10,
    progress: opt.ProgressOption = "auto",
    verbose: opt.Verbose = 0,
) -> int:
    """Save the picture of a database to one file, for `scan`, `gate` and `review` elsewhere.

    It holds no value of a table, no password and no connection string, and may be mailed.
    """
    from pgaudit.cli.targets import resolve
    from pgaudit.cli.terminal import progress_line, remark, set_up_logging
    from pgaudit.errors import BadConfiguration, ConnectionLost, ExitCode, OutputNotWritable
    from pgaudit.migrations.saved_state import MIGRATIONS, migration_state
    from pgaudit.scanning import LiveTake
    from pgaudit.server.target import SNAPSHOT_SUFFIX, SnapshotTarget
    from probes.catalog.saving import save
    from probes.catalog.scope import Scope
    from probes.collect.session import Limits

    set_up_logging(verbose)
    if output.suffix != SNAPSHOT_SUFFIX:
        raise BadConfiguration("--output", f"{output.name!r} is no snapshot's name", f"end it in {SNAPSHOT_SUFFIX}")
    if not output.parent.is_dir():
        raise OutputNotWritable(output, "its folder does not exist")
    where = resolve(target, dsn)
    if isinstance(where, SnapshotTarget):
        raise BadConfiguration("TARGET", "it is a snapshot already", "name a database")
    limits = Limits(statement_timeout_ms=statement_timeout * 1000, lock_timeout_ms=lock_timeout)
    with progress_line(progress) as line:
        line.phase = "reading"
        take = LiveTake(where, limits, connect_timeout_s=connect_timeout, progress=line)
        taken = take.take(Scope(), dictionaries=True)
        line("migration state")
        state = migration_state(where, connect_timeout)
    try:
        save(taken.catalog, output, {MIGRATIONS: state})
    except OSError as error:
        raise OutputNotWritable(output, error.strerror or str(error)) from error
    remark(f"saved {taken.name} to {output} ({output.stat().st_size:,} bytes)")
    if taken.interrupted:
        raise ConnectionLost(where.name, taken.interrupted)
    return ExitCode.CLEAN
