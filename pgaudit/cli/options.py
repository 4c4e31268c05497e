"""Options that several commands share, spelled once. Every long flag has a twin `PGAUDIT_<FLAG>` in the environment."""

from __future__ import annotations

from pathlib import Path
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
FormatOption = Annotated[
    str, typer.Option("--format", "-f", envvar="PGAUDIT_FORMAT", help="Format on stdout; see the README for all.")
]
OutputOption = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--output", "-o", envvar="PGAUDIT_OUTPUT", help="[FORMAT=]PATH, repeatable."),
]
ListingFormat = Annotated[str, typer.Option("--format", "-f", envvar="PGAUDIT_FORMAT", help="text or json.")]
ShowSuppressed = Annotated[bool, typer.Option("--show-suppressed", help="List accepted findings.")]
ShowAll = Annotated[bool, typer.Option("--show-all", help="Print every finding of a kind.")]
FailOn = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--fail-on",
        envvar="PGAUDIT_FAIL_ON",
        help="none, info, low, medium, high or critical. Default: high; of a review: none.",
        show_default=False,
    ),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", "-e", envvar="PGAUDIT_EXIT_ZERO", help="Never exit 1.")]
MinSeverity = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--min-severity", envvar="PGAUDIT_MIN_SEVERITY", help="Show only these and worse."),
]
SelectOption = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--select", envvar="PGAUDIT_SELECT", help="Run only these checks or areas; repeatable."),
]
IgnoreOption = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--ignore", envvar="PGAUDIT_IGNORE", help="Leave out these checks or areas; repeatable."),
]
ProfileOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--profile", envvar="PGAUDIT_PROFILE", help="default, or pedantic for matters of taste too."),
]
ConfigOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--config", envvar="PGAUDIT_CONFIG", help="Configuration file to read instead of looking for one."),
]
IsolatedOption = Annotated[
    bool, typer.Option("--isolated", envvar="PGAUDIT_ISOLATED", help="Read no configuration file.")
]
Record = Annotated[
    bool, typer.Option("--record", envvar="PGAUDIT_RECORD", help="Keep this run, and say what changed since the last.")
]
StoreOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--store",
        envvar="PGAUDIT_STORE",
        help="File or PostgreSQL URL that runs are kept in. Default: a file of yours.",
    ),
]
RecordAs = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--record-as", envvar="PGAUDIT_RECORD_AS", help="Name to keep history under, such as shop/staging."),
]
Notify = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--notify",
        envvar="PGAUDIT_NOTIFY",
        help="Tell slack=URL, webhook=URL, mail=smtp://HOST/?from=A&to=B or github=OWNER/REPOSITORY of changes "
        "between recorded runs; repeatable.",
    ),
]
NotifyOn = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--notify-on", envvar="PGAUDIT_NOTIFY_ON", help="Which changes. Default: new,reopened,worse,fixed."),
]
PingUrl = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--ping-url", envvar="PGAUDIT_PING_URL", help="Dead-man switch: asked at the start, the end, and on failure."
    ),
]
