"""Alembic: the revision graph of `versions/*.py`; SQL from literals, Alembic offline, or the project's code."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from pgaudit.migrations.sources.alembic_graph import RevisionFile, env_settings, read_revision, revision_files
from pgaudit.migrations.sources.alembic_ops import LiteralSql, OpCall, Unread, upgrade_steps
from pgaudit.migrations.sources.alembic_steps import rendered_steps
from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.graph import ancestors, heads, in_running_order
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    OpaqueReason,
    OpaqueStep,
    Problem,
    ProblemKind,
    Run,
    Source,
    SourceOptions,
    SqlPart,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import applied_state, duplicate_versions, missing_states, pending_state
from pgaudit.migrations.sources.sqlfiles import at_least_one


def configure(location: Location, options: SourceOptions) -> SourceOptions:
    """The options with the version table that env.py names by literals."""
    env = env_settings(location.folder)
    return replace(
        options,
        state_table=options.state_table or env.version_table,
        state_schema=options.state_schema or env.version_table_schema,
    )


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every revision in an order in which each follows its parents, with the SQL that is written in it.

    Raises:
        BadProjectFileError: when revisions require each other in a circle.
    """
    tx_mode = options.tx_mode or env_settings(location.folder).tx_mode
    revisions = list(revision_files(location))
    migrations = [_migration(revision, revisions, tx_mode) for revision in revisions]
    ordered, circle = in_running_order(migrations)
    if circle and not duplicate_versions(migrations):
        raise BadProjectFileError(circle[0].path, "is part of a circle of revisions that require each other")
    return at_least_one(ordered + circle, location.folder)


def _migration(revision: RevisionFile, revisions: Sequence[RevisionFile], tx_mode: TxMode) -> Migration:
    parts, opaque = _literal_parts(revision)
    required = (*revision.down_revisions, *revision.depends_on)
    name = revision.path.stem
    return Migration(
        Tool.ALEMBIC,
        revision.revision,
        name,
        revision.path,
        parts,
        tx_mode,
        opaque=opaque,
        requires=tuple(dict.fromkeys(_resolved(text, revisions) for text in required)),
    )


def _resolved(reference: str, revisions: Sequence[RevisionFile]) -> str:
    """The revision that a reference means: an identifier, a branch label, or an abbreviation of one."""
    known = {revision.revision for revision in revisions}
    if reference in known:
        return reference
    labelled = [revision.revision for revision in revisions if reference in revision.branch_labels]
    abbreviated = [identifier for identifier in known if identifier.startswith(reference)]
    for candidates in (labelled, abbreviated):
        if len(candidates) == 1:
            return candidates[0]
    return reference


def _literal_parts(revision: RevisionFile) -> tuple[tuple[SqlPart, ...], tuple[OpaqueStep, ...]]:
    parts: list[SqlPart] = []
    opaque: list[OpaqueStep] = []
    for step in upgrade_steps(revision):
        match step:
            case LiteralSql():
                parts.append(SqlPart(step.text, revision.path, step.line, step.tx_mode))
            case OpCall():
                detail = f"{step.name}() is rendered when the revision is pending"
                opaque.append(OpaqueStep(OpaqueReason.NEEDS_EXEC, detail, revision.path, step.call.lineno))
            case Unread():
                opaque.append(OpaqueStep(step.reason, step.detail, revision.path, step.line))
    return tuple(parts), tuple(opaque)


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by graph: applied is what the rows are, and all that those require."""
    parents = {migration.version: migration.requires for migration in migrations}
    current = [str(version) for (version,) in rows.select("version_num")]
    applied = ancestors(current, parents)
    result = [
        applied_state(migration) if migration.version in applied else pending_state(migration)
        for migration in migrations
    ]
    return result + missing_states(current, parents)


def problems(migrations: Sequence[Migration]) -> list[Problem]:
    """Two files of one revision, several heads, and parents that no file has."""
    found = duplicate_versions(migrations)
    parents = {migration.version: migration.requires for migration in migrations}
    by_version = {migration.version: migration for migration in migrations}
    tips = heads(parents)
    if len(tips) > 1:
        message = f"{len(tips)} heads ({', '.join(tips)}): `alembic upgrade head` refuses to run until they are merged"
        found.append(Problem(ProblemKind.SEVERAL_HEADS, message, tuple(tips), by_version[tips[-1]].path))
    for migration in migrations:
        found += [
            Problem(
                ProblemKind.UNKNOWN_PARENT,
                f"revision {migration.version} requires {parent}, which no file has",
                (migration.version, parent),
                migration.path,
            )
            for parent in migration.requires
            if parent not in parents
        ]
    return found


def prepare(pending: list[Migration], run: Run) -> list[Migration]:
    """The pending revisions with the SQL of their operations: by running the project if allowed, else by rendering."""
    if run.options.allow_exec and pending:
        from pgaudit.migrations.sources.alembic_exec import offline_migrations  # noqa: PLC0415 -- imports alembic

        return offline_migrations(pending, run)
    return [_rendered(migration) for migration in pending]


def _rendered(migration: Migration) -> Migration:
    revision = read_revision(migration.path)
    if revision is None:
        return migration
    steps = rendered_steps(revision)
    parts = tuple(part for _step, part in steps if isinstance(part, SqlPart))
    opaque = tuple(part for _step, part in steps if isinstance(part, OpaqueStep))
    return replace(migration, parts=parts, opaque=opaque)


SOURCE = Source(Tool.ALEMBIC, read, states, problems, prepare, configure)
