"""Django: the migration graph of every app; SQL from `RunSQL` literals, or from `sqlmigrate` when that is allowed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pgaudit.migrations.sources.django_graph import (
    DjangoFile,
    Key,
    argument,
    django_files,
    nested_operations,
    operation_name,
)
from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.graph import heads, in_running_order
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
from pgaudit.migrations.sources.pyast import Constants, text_of
from pgaudit.migrations.sources.sqlfiles import at_least_one

# They change what Django knows of a model and send nothing to the database.
_STATE_ONLY = frozenset({"AlterModelOptions", "AlterModelManagers"})


def read(location: Location, options: SourceOptions) -> list[Migration]:
    """Every migration of every app in an order in which each follows its dependencies; `version` is `app.name`.

    Raises:
        BadProjectFileError: when migrations depend on each other in a circle.
    """
    files = list(django_files(location.folder))
    required = _requirements(files)
    migrations = [_migration(file, required[file.app, file.name], options) for file in files]
    ordered, circle = in_running_order(migrations)
    if circle:
        raise BadProjectFileError(circle[0].path, "is part of a circle of migrations that depend on each other")
    return at_least_one(ordered, location.folder)


def _requirements(files: Sequence[DjangoFile]) -> dict[Key, list[Key]]:
    """What each migration follows: its dependencies, and those that say they run before it."""
    known: dict[Key, list[Key]] = {(file.app, file.name): [] for file in files}
    for file in files:
        key = (file.app, file.name)
        for dependency in file.dependencies:
            resolved = _resolved(dependency, files)
            if resolved in known and resolved != key:
                known[key].append(resolved)
            known[key] += _squashes_of(resolved, file, files)
        for later in file.run_before:
            if later in known:
                known[later].append(key)
    return known


def _squashes_of(dependency: Key, dependent: DjangoFile, files: Sequence[DjangoFile]) -> list[Key]:
    """The squashed migrations that stand for a dependency, for a dependent that they do not stand for as well."""
    own = (dependent.app, dependent.name)
    squashes = (file for file in files if dependency in file.replaces and own not in file.replaces)
    return [(file.app, file.name) for file in squashes if (file.app, file.name) != own]


def _resolved(dependency: Key, files: Sequence[DjangoFile]) -> Key:
    app, name = dependency
    names = [file.name for file in files if file.app == app]
    if name == "__first__" and names:
        return app, names[0]
    if name == "__latest__" and names:
        return app, names[-1]
    return dependency


def _migration(file: DjangoFile, required: Sequence[Key], options: SourceOptions) -> Migration:
    steps = [step for operation in file.operations for step in _operation_steps(operation, file)]
    wrapped = options.tx_mode or TxMode.PER_FILE
    return Migration(
        Tool.DJANGO,
        f"{file.app}.{file.name}",
        file.name,
        file.path,
        tuple(step for step in steps if isinstance(step, SqlPart)),
        wrapped if file.atomic else TxMode.PER_STATEMENT,
        opaque=tuple(step for step in steps if isinstance(step, OpaqueStep)),
        requires=tuple(f"{app}.{name}" for app, name in dict.fromkeys(required)),
        replaces=tuple(f"{app}.{name}" for app, name in file.replaces),
    )


def _operation_steps(node: ast.expr, file: DjangoFile) -> Iterator[SqlPart | OpaqueStep]:
    name = operation_name(node)
    if not isinstance(node, ast.Call) or not name:
        detail = "an operation that is not written in place"
        yield OpaqueStep(OpaqueReason.PROGRAM_CODE, detail, file.path, node.lineno)
    elif name == "RunSQL":
        yield from _run_sql_steps(node, file)
    elif name == "SeparateDatabaseAndState":
        for nested in nested_operations(node):
            yield from _operation_steps(nested, file)
    elif name == "RunPython":
        yield OpaqueStep(OpaqueReason.PROGRAM_CODE, "RunPython cannot be written as SQL", file.path, node.lineno)
    elif name not in _STATE_ONLY:
        detail = f"{name} becomes SQL with `sqlmigrate`, which --allow-exec permits"
        yield OpaqueStep(OpaqueReason.NEEDS_EXEC, detail, file.path, node.lineno)


def _run_sql_steps(call: ast.Call, file: DjangoFile) -> Iterator[SqlPart | OpaqueStep]:
    """The literals of a RunSQL: one text, or a list of texts and (text, parameters) pairs."""
    node = argument(call, 0, "sql")
    if isinstance(node, ast.Name):
        node = file.constants.get(node.id, node)
    elements = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    for element in elements:
        part = _sql_literal(element, file)
        detail = "SQL that is put together while it runs"
        yield part or OpaqueStep(OpaqueReason.INTERPOLATED, detail, file.path, call.lineno)


def _sql_literal(element: ast.expr | None, file: DjangoFile) -> SqlPart | None:
    constants: Constants = file.constants
    match element:
        case ast.Tuple(elts=[first, ast.Constant(value=None)]):
            element = first
        case _:
            pass
    text = text_of(element, constants)
    if text is None or element is None or _is_noop(element):
        return None
    origin = constants.get(element.id, element) if isinstance(element, ast.Name) else element
    return SqlPart(text, file.path, origin.lineno)


def _is_noop(element: ast.expr) -> bool:
    return isinstance(element, ast.Attribute) and element.attr == "noop"


def states(migrations: Sequence[Migration], rows: StateTableRows) -> list[MigrationState]:
    """States by app and name. A squashed migration and what it replaces stand for each other, as in Django's loader."""
    recorded = {f"{app}.{name}" for app, name in rows.select("app", "name")}
    squashes = [migration for migration in migrations if migration.replaces]
    standing_for: set[str] = set()
    done: set[str] = set(recorded)
    for squash in squashes:
        applied = [version in recorded for version in squash.replaces]
        if squash.version in recorded or all(applied):
            done.update((squash.version, *squash.replaces))
        elif not any(applied):
            standing_for.update(squash.replaces)
    partial = {squash.version for squash in squashes if _is_partial(squash, recorded)}
    result = [_state(migration, done, standing_for, partial) for migration in migrations]
    return result + missing_states(sorted(_of_project(migrations, recorded)), ())


def _is_partial(squash: Migration, recorded: set[str]) -> bool:
    applied = [version in recorded for version in squash.replaces]
    return squash.version not in recorded and any(applied) and not all(applied)


def _state(migration: Migration, done: set[str], standing_for: set[str], partial: set[str]) -> MigrationState:
    if migration.version in done:
        return applied_state(migration)
    if migration.version in standing_for:
        return applied_state(migration, "a squashed migration stands for it")
    if migration.version in partial:
        return applied_state(migration, "what it replaces is applied in part, and finishes first")
    return pending_state(migration)


def _of_project(migrations: Sequence[Migration], recorded: set[str]) -> set[str]:
    """Recorded migrations of the project's own apps that no file has; installed apps are not on this disk."""
    apps = {migration.version.partition(".")[0] for migration in migrations}
    on_disk = {migration.version for migration in migrations}
    replaced = {version for migration in migrations for version in migration.replaces}
    return {version for version in recorded - on_disk - replaced if version.partition(".")[0] in apps}


def problems(migrations: Sequence[Migration]) -> list[Problem]:
    """Apps with several leaf migrations: Django refuses to migrate until they are merged."""
    found = duplicate_versions(migrations)
    replaced = {version for migration in migrations for version in migration.replaces}
    for app in dict.fromkeys(migration.version.partition(".")[0] for migration in migrations):
        own = [m for m in migrations if m.version.startswith(f"{app}.") and m.version not in replaced]
        tips = heads({m.version: m.requires for m in own})
        if len(tips) > 1:
            message = f"app {app} has {len(tips)} leaf migrations ({', '.join(tips)}): `migrate` refuses until merged"
            path = next(m.path for m in own if m.version == tips[-1])
            found.append(Problem(ProblemKind.SEVERAL_HEADS, message, tuple(tips), path))
    return found


def prepare(pending: list[Migration], run: Run) -> list[Migration]:
    """The pending migrations with the SQL of `sqlmigrate`, when running the project is allowed."""
    if not run.options.allow_exec:
        return pending
    from pgaudit.migrations.sources.django_exec import sqlmigrated  # noqa: PLC0415 -- only behind allow_exec

    return [sqlmigrated(migration, run) for migration in pending]


SOURCE = Source(Tool.DJANGO, read, states, problems, prepare)
