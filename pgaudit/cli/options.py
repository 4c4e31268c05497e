"""Options that several commands share, spelled once. Every long flag has a twin `PGAUDIT_<FLAG>` in the environment."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

TargetArgument = Annotated[
    Optional[str],  # noqa: UP045 - typer resolves annotations at run time
    typer.Argument(
        metavar="[TARGET]",
        help="URL, key=value string, name of a configured target, snapshot file, or - for stdin. "
        "Default: PGAUDIT_DATABASE_URL, DATABASE_URL, or libpq's PG variables.",
        show_default=False,
    ),
]
DsnOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--dsn", "-d", help="The same as TARGET.", show_default=False),
]
StatementTimeout = Annotated[
    int,
    typer.Option("--statement-timeout", envvar="PGAUDIT_STATEMENT_TIMEOUT", help="Seconds a query of ours may take."),
]
LockTimeout = Annotated[
    int, typer.Option("--lock-timeout", envvar="PGAUDIT_LOCK_TIMEOUT", help="Milliseconds we wait for a lock.")
]
ConnectTimeout = Annotated[
    int, typer.Option("--connect-timeout", envvar="PGAUDIT_CONNECT_TIMEOUT", help="Seconds for each address.")
]
SchemaGlobs = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--schema", "-n", envvar="PGAUDIT_SCHEMA", help="Audit only schemas matching this glob; repeatable."),
]
ExcludeSchemaGlobs = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--exclude-schema", "-N", envvar="PGAUDIT_EXCLUDE_SCHEMA", help="Leave out schemas; repeatable."),
]
ExcludeTableGlobs = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--exclude-table", "-T", envvar="PGAUDIT_EXCLUDE_TABLE", help="Leave out schema.table; repeatable."),
]
ColorOption = Annotated[str, typer.Option("--color", envvar="PGAUDIT_COLOR", help="auto, always or never.")]
ProgressOption = Annotated[
    str, typer.Option("--progress", envvar="PGAUDIT_PROGRESS", help="auto, on or off; on stderr only.")
]
Verbose = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more on stderr; repeat for each query.")]
Quiet = Annotated[int, typer.Option("--quiet", "-q", count=True, help="Findings only; twice: the summary line only.")]
