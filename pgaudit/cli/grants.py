"""`pgaudit grants`: the SQL of an audit role, printed and never run."""

from __future__ import annotations

from typing import Annotated, Optional

import typer


def grants(
    level: Annotated[
        str, typer.Option("--level", envvar="PGAUDIT_LEVEL", help="minimum, standard or full.")
    ] = "standard",
    provider: Annotated[
        str, typer.Option("--provider", envvar="PGAUDIT_PROVIDER", help="A managed service, such as rds or supabase.")
    ] = "self-managed",
    role: Annotated[str, typer.Option("--role", envvar="PGAUDIT_ROLE", help="Name of the role.")] = "schema_audit_ro",
    database: Annotated[
        str, typer.Option("--database", envvar="PGAUDIT_DATABASE", help="Database it may connect to.")
    ] = "app",
    migrations_table: Annotated[
        Optional[str],  # noqa: UP045 - typer resolves annotations at run time
        typer.Option("--migrations-table", help="schema.table of your migration tool, for the gate (level full)."),
    ] = None,
) -> int:
    """Print the SQL of a role for audits: read-only, short, and no table of yours."""
    from pgaudit.cli.terminal import write_stdout
    from pgaudit.errors import ExitCode
    from pgaudit.server.audit_role import audit_role_sql

    write_stdout(audit_role_sql(level, provider, role, database, migrations_table))
    return ExitCode.CLEAN
