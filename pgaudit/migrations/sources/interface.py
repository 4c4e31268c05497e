"""The records that every migration tool is read into, and the functions that a tool provides.

A tool is a `Source`: a record of pure functions (reading files apart). Nothing here knows a database or a driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import msgspec

Cell = str | int | bool | None


class Tool(StrEnum):
    """A migration tool whose files are read; the value is what `--migration-tool` takes."""

    PRISMA = "prisma"
    DRIZZLE = "drizzle"
    SUPABASE = "supabase"
    FLYWAY = "flyway"
    LIQUIBASE = "liquibase"
    GOOSE = "goose"
    DBMATE = "dbmate"
    GOLANG_MIGRATE = "golang-migrate"
    ATLAS = "atlas"
    SQLX = "sqlx"
    DIESEL = "diesel"
    SQITCH = "sqitch"
    NODE_PG_MIGRATE = "node-pg-migrate"
    PLAIN = "plain"
    ALEMBIC = "alembic"
    DJANGO = "django"
    TYPEORM = "typeorm"
    KNEX = "knex"
    RAILS = "rails"
    ECTO = "ecto"


class TxMode(StrEnum):
    """Where the runner puts transactions. Locks are held to the end of one, so this decides how long they are held.

    NONE: no transaction is opened and each part is sent as one string, so PostgreSQL wraps it implicitly when it has
    two statements or more. PER_STATEMENT: each statement is sent, and commits, by itself unless the file says BEGIN.
    """

    NONE = "none"
    PER_STATEMENT = "per_statement"
    PER_FILE = "per_file"
    ALL_PENDING = "all_pending"


class State(StrEnum):
    """What the tool's own table says about one migration."""

    APPLIED = "applied"
    PENDING = "pending"
    FAILED = "failed"
    EDITED = "edited"
    MISSING_ON_DISK = "missing_on_disk"
    OUT_OF_ORDER = "out_of_order"
    OPAQUE = "opaque"


class Rerun(StrEnum):
    """Whether an applied migration runs again."""

    NEVER = "never"
    ON_CHANGE = "on_change"
    ALWAYS = "always"


class OpaqueReason(StrEnum):
    """Why a step of a migration cannot be judged as SQL."""

    BINARY = "binary"
    NOT_UTF8 = "not_utf8"
    PROGRAM_CODE = "program_code"
    NEEDS_EXEC = "needs_exec"
    INTERPOLATED = "interpolated"
    UNSUPPORTED_FORMAT = "unsupported_format"


class ProblemKind(StrEnum):
    """What is wrong with a set of migrations, whatever their SQL does."""

    DUPLICATE_VERSION = "duplicate_version"
    SEVERAL_HEADS = "several_heads"
    UNKNOWN_PARENT = "unknown_parent"
    OUT_OF_ORDER = "out_of_order"
    SKIPPED_FOREVER = "skipped_forever"
    EDITED_AFTER_APPLY = "edited_after_apply"
    FAILED_RUN = "failed_run"
    MISSING_ON_DISK = "missing_on_disk"
    MIXED_TRANSACTIONS = "mixed_transactions"
    STUCK_LOCK = "stuck_lock"
    CHECKSUM_FILE_STALE = "checksum_file_stale"


class SqlPart(msgspec.Struct, frozen=True):
    """SQL of one migration that reaches the server together, with the place it was written at.

    `first_line` is the line of `file` (from 1) on which `text` begins; a `generated` text is not in the file, and all
    of it belongs to that line. `tx_mode` overrides that of the migration: PER_STATEMENT inside a transaction commits
    what came before, and a new transaction begins after the part.
    """

    text: str
    file: Path
    first_line: int = 1
    tx_mode: TxMode | None = None
    generated: bool = False


class OpaqueStep(msgspec.Struct, frozen=True):
    """A step that cannot be read as SQL, and where it is."""

    reason: OpaqueReason
    detail: str
    file: Path
    line: int = 1


class Problem(msgspec.Struct, frozen=True):
    """Something wrong with the set of migrations, for a finding."""

    kind: ProblemKind
    message: str
    versions: tuple[str, ...]
    path: Path | None = None
    line: int = 1


class Migration(msgspec.Struct, frozen=True):
    """One migration on disk, in the order in which its tool runs it.

    `version` identifies it within its tool. `requires` holds versions that come before it in a graph, `replaces` those
    that it stands for. `remarks` are problems seen while it was read. Parts and opaque steps may coexist.
    """

    tool: Tool
    version: str
    name: str
    path: Path
    parts: tuple[SqlPart, ...]
    tx_mode: TxMode
    checksum_disk: str | None = None
    opaque: tuple[OpaqueStep, ...] = ()
    rerun: Rerun = Rerun.NEVER
    requires: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    remarks: tuple[Problem, ...] = ()


class MigrationState(msgspec.Struct, frozen=True):
    """The state of one migration; `migration` is None when it is known to the database only.

    `late`: older than the newest applied one. `skipped`: the tool will never run it.
    """

    version: str
    state: State
    migration: Migration | None = None
    detail: str = ""
    late: bool = False
    skipped: bool = False

    @property
    def runs_next(self) -> bool:
        """Whether the next deploy would run it."""
        return self.state in {State.PENDING, State.OPAQUE}


class StateTableRows(msgspec.Struct, frozen=True):
    """The rows of one state table, plain enough for a snapshot: text, integers, booleans and nulls.

    Timestamps are ISO text and `bytea` is hexadecimal text.
    """

    schema: str
    table: str
    tool: Tool
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def select(self, *names: str) -> Iterator[tuple[Cell, ...]]:
        """The named columns of every row, None where the table has no such column."""
        at = [self.columns.index(name) if name in self.columns else None for name in names]
        for row in self.rows:
            yield tuple(None if index is None else row[index] for index in at)


class Location(msgspec.Struct, frozen=True):
    """Where one tool's migrations are: the project, the folder that holds them, and the file that said so."""

    tool: Tool
    root: Path
    folder: Path
    config: Path | None = None


class SourceOptions(msgspec.Struct, frozen=True):
    """What the user may say about a source; every default is the tool's own.

    `allow_exec` lets the project's own code run (Alembic's env.py, manage.py); `python` is the interpreter for it.
    `assume_in_transaction`: the runner puts BEGIN and COMMIT around each file, whatever its tool does.
    `state_schema` and `state_table` name a state table that was moved. `tx_mode` replaces the tool's default wrapping.
    `allow_out_of_order`: the deploy runs files older than the newest applied one (`--include-all`, `-allow-missing`).
    """

    allow_exec: bool = False
    python: Path | None = None
    assume_in_transaction: bool = False
    placeholders: Mapping[str, str] = msgspec.field(default_factory=lambda: MappingProxyType({}))
    state_schema: str | None = None
    state_table: str | None = None
    tx_mode: TxMode | None = None
    allow_out_of_order: bool = False
    exec_timeout_s: float = 120.0


class Run(msgspec.Struct, frozen=True):
    """What is about to run: where it comes from, all that is on disk, and what the database has (None: unknown)."""

    location: Location
    options: SourceOptions
    migrations: Sequence[Migration]
    rows: StateTableRows | None


ReadFunction = Callable[[Location, SourceOptions], list[Migration]]
StatesFunction = Callable[[Sequence[Migration], StateTableRows], list[MigrationState]]
ProblemsFunction = Callable[[Sequence[Migration]], list[Problem]]
ConfigureFunction = Callable[[Location, SourceOptions], SourceOptions]
PrepareFunction = Callable[[list[Migration], Run], list[Migration]]


def no_problems(_migrations: Sequence[Migration]) -> list[Problem]:
    """No problems: for tools that have none of their own."""
    return []


def as_given(_location: Location, options: SourceOptions) -> SourceOptions:
    """The options unchanged: for tools whose own configuration changes nothing."""
    return options


def as_written(pending: list[Migration], _run: Run) -> list[Migration]:
    """The pending migrations unchanged: for tools whose wrapping does not depend on what else is pending."""
    return pending


class Source(msgspec.Struct, frozen=True):
    """One migration tool.

    `configure` completes the options from the tool's own configuration. `read` gives every migration on disk in running
    order. `states` is pure and decides what is pending from the rows of the state table. `problems` finds what is wrong
    with the files alone. `prepare` finishes the pending ones, when their wrapping or SQL depends on what is pending.
    """

    tool: Tool
    read: ReadFunction
    states: StatesFunction
    problems: ProblemsFunction = no_problems
    prepare: PrepareFunction = as_written
    configure: ConfigureFunction = as_given
