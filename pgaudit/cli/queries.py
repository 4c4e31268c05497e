"""`pgaudit queries`: the SQL that a scan sends, for who has to grant the access."""

from __future__ import annotations

from typing import Annotated

import typer

_OLDEST, _NEWEST = 13, 18


def queries(
    pg_version: Annotated[
        int, typer.Option("--pg-version", envvar="PGAUDIT_PG_VERSION", help="Major version of the server, 13 to 18.")
    ] = _NEWEST,
) -> int:
    """Print every query that a scan may send, without connecting to anything."""
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import BadConfiguration, ExitCode
    from pgaudit.server.connect import ASK_WHO, NAME_OURSELVES
    from probes.collect.deparse import TextKind
    from probes.collect.queries import every_query

    if not _OLDEST <= pg_version <= _NEWEST:
        raise BadConfiguration("--pg-version", f"{pg_version} is not supported", f"choose {_OLDEST} to {_NEWEST}")
    parts = [f"-- connecting\n{text};\n" for text in (ASK_WHO, NAME_OURSELVES)]
    parts += [f"-- {area}\n{text.strip()};\n" for area, text in every_query(pg_version)]
    parts += [f"-- text of expressions: {kind.name.lower()}\n{kind.value} = any(<oids>);\n" for kind in TextKind]
    write_stdout("\n".join(parts))
    return ExitCode.CLEAN
