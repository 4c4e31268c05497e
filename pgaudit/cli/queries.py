"""`pgaudit queries`: the SQL that a scan sends, for who has to grant the access."""

from __future__ import annotations

from typing import Annotated

import typer

from pgaudit.version import NEWEST_MAJOR


def queries(
    pg_version: Annotated[
        int, typer.Option("--pg-version", envvar="PGAUDIT_PG_VERSION", help="Major version of the server, 13 to 18.")
    ] = NEWEST_MAJOR,
) -> int:
    """Print every query that a scan may send, without connecting to anything."""
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import ExitCode
    from pgaudit.majors import supported_major
    from pgaudit.server.connect import ASK_WHO, NAME_OURSELVES
    from probes.collect.deparse import TextKind
    from probes.collect.queries import every_query

    major = supported_major(pg_version)
    parts = [f"-- connecting\n{text};\n" for text in (ASK_WHO, NAME_OURSELVES)]
    parts += [f"-- {area}\n{text.strip()};\n" for area, text in every_query(major)]
    parts += [f"-- text of expressions: {kind.name.lower()}\n{kind.value} = any(<oids>);\n" for kind in TextKind]
    write_stdout("\n".join(parts))
    return ExitCode.CLEAN
