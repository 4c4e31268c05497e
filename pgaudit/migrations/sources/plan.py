"""From a path and what a database says to the migrations that run next."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from pgaudit.migrations.sources.detect import detect, detect_for_files
from pgaudit.migrations.sources.files import read_stable
from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    Problem,
    ProblemKind,
    Run,
    Source,
    SourceOptions,
    SqlPart,
    State,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.ordering import pending_state, state_problems

if TYPE_CHECKING:
    from pgaudit.migrations.sources.state_reader import StateReport


class Project(msgspec.Struct, frozen=True):
    """A tool's migrations as they are on disk; `chosen` narrows them to files that the user named."""

    location: Location
    options: SourceOptions
    migrations: tuple[Migration, ...]
    chosen: frozenset[Path] | None = None


class Assessment(msgspec.Struct, frozen=True):
    """What one state table says; without a table, everything is pending and `rows` is None."""

    schema: str | None
    rows: StateTableRows | None
    states: tuple[MigrationState, ...]


class Plan(msgspec.Struct, frozen=True):
    """What runs next, in order.

    `unknown` says why it is not known what is applied (then every file is a candidate), or is None.
    """

    project: Project
    assessments: tuple[Assessment, ...]
    pending: tuple[Migration, ...]
    problems: tuple[Problem, ...]
    unknown: str | None = None


def source_of(tool: Tool) -> Source:
    """The functions of a tool; its module is imported now and not before."""
    module = importlib.import_module(f"pgaudit.migrations.sources.{tool.value.replace('-', '_')}")
    source: Source = module.SOURCE
    return source


def open_project(
    paths: Sequence[Path],
    *,
    tool: Tool | None = None,
    options: SourceOptions | None = None,
    in_database: Collection[Tool] = (),
) -> Project:
    """The migrations of one folder or project, or just the files that are named.

    Raises:
        SourceError: when they cannot be read; each says what to do.
        NoMigrationsFound: when there are none.
    """
    options = options or SourceOptions()
    if len(paths) == 1 and not paths[0].is_file():
        return _project_at(detect(paths[0], tool, in_database), options)
    location = detect_for_files(paths, tool)
    if location is None or location.tool is Tool.PLAIN:
        return _files_alone(paths, options)
    project = _project_at(location, options)
    chosen = frozenset(path.resolve() for path in paths)
    if not any(migration.path.resolve() in chosen for migration in project.migrations):
        return _files_alone(paths, options)
    return replace(project, chosen=chosen)


def _project_at(location: Location, options: SourceOptions) -> Project:
    source = source_of(location.tool)
    configured = source.configure(location, options)
    watched = location.folder
    return Project(location, configured, tuple(read_stable(watched, lambda: source.read(location, configured))))


def _files_alone(paths: Sequence[Path], options: SourceOptions) -> Project:
    migrations: list[Migration] = []
    for path in paths:
        location = Location(Tool.PLAIN, path if path.is_dir() else path.parent, path)
        migrations += source_of(Tool.PLAIN).read(location, options)
    return Project(Location(Tool.PLAIN, paths[0].parent, paths[0].parent), options, tuple(migrations))


def narrowed(project: Project, paths: Collection[Path]) -> Project:
    """The project with only the migrations of these files to run, as for `--git-diff`; states still see all of it."""
    return replace(project, chosen=frozenset(path.resolve() for path in paths))


def project_of_text(text: str, name: str = "<stdin>", options: SourceOptions | None = None) -> Project:
    """A text from standard input as a project of one migration."""
    options = options or SourceOptions()
    path = Path(name)
    parts = (SqlPart(text, path),) if text.strip() else ()
    migration = Migration(Tool.PLAIN, name, name, path, parts, options.tx_mode or TxMode.PER_STATEMENT)
    return Project(Location(Tool.PLAIN, Path(), Path()), options, (migration,))


def plan(project: Project, report: StateReport | None) -> Plan:
    """What runs next on the database that the report is about; without one, every migration is a candidate.

    With a state table for each tenant, a migration runs next when one of them lacks it.

    Raises:
        ProjectCodeError: when the project's own code was allowed to run, and failed.
    """
    source = source_of(project.location.tool)
    unknown = _why_unknown(project.location.tool, report)
    tables = [] if report is None else [table for table in report.tables if table.tool is project.location.tool]
    assessments = _of_this_project([_assessed(source, project, table) for table in tables])
    assessments = assessments or [_nothing_applied(project)]
    running = {_key(s.migration) for a in assessments for s in a.states if s.runs_next and s.migration is not None}
    waiting = [m for m in project.migrations if _key(m) in running and _is_chosen(m, project)]
    rows = tables[0] if len(tables) == 1 else None
    prepared = source.prepare(waiting, Run(project.location, project.options, project.migrations, rows))
    if project.options.assume_in_transaction:
        prepared = [_in_transaction(migration) for migration in prepared]
    problems = [*source.problems(project.migrations), *(p for m in project.migrations for p in m.remarks)]
    problems += [problem for a in assessments for problem in state_problems(a.states)]
    problems += _stuck_locks(project.location.tool, report)
    final = tuple(_with_prepared(assessment, prepared) for assessment in assessments)
    return Plan(project, final, tuple(prepared), tuple(dict.fromkeys(problems)), unknown)


def _in_transaction(migration: Migration) -> Migration:
    """The migration as a runner would send it that puts each file in a transaction, whatever its tool does."""
    parts = tuple(replace(part, tx_mode=_at_least_per_file(part.tx_mode)) for part in migration.parts)
    return replace(migration, parts=parts, tx_mode=_at_least_per_file(migration.tx_mode) or TxMode.PER_FILE)


def _at_least_per_file(mode: TxMode | None) -> TxMode | None:
    return TxMode.PER_FILE if mode in {TxMode.NONE, TxMode.PER_STATEMENT} else mode


def _stuck_locks(tool: Tool, report: StateReport | None) -> list[Problem]:
    held = () if report is None else tuple(lock for lock in report.held_locks if lock.tool is tool)
    return [
        Problem(
            ProblemKind.STUCK_LOCK,
            f"{lock.schema}.{lock.table} says that a run is going on; if none is, one died, and the next cannot start",
            (),
        )
        for lock in held
    ]


def _why_unknown(tool: Tool, report: StateReport | None) -> str | None:
    if report is None or tool is Tool.PLAIN:
        return None
    denied = next((table for table in report.unreadable if table.tool is tool), None)
    if denied is None:
        return None
    needs = f"; it needs: {denied.grant}" if denied.grant else ""
    cannot = f"{denied.schema}.{denied.table} cannot be read ({denied.reason}){needs}"
    if any(table.tool is tool for table in report.tables):
        return f"what is pending in schema {denied.schema} is unknown: {cannot}"
    return f"what is pending is unknown: {cannot} Every file counts as a candidate; narrow them with --git-diff"


def _assessed(source: Source, project: Project, table: StateTableRows) -> Assessment:
    states = source.states(project.migrations, table)
    if project.options.allow_out_of_order:
        states = [_allowed(state) for state in states]
    return Assessment(table.schema, table, tuple(states))


def _of_this_project(assessments: list[Assessment]) -> list[Assessment]:
    """Without the tables of another project of the same tool: they share nothing with the disk while others do."""
    sharing = [a for a in assessments if any(_is_shared(state) for state in a.states)]
    strange = [a for a in assessments if a not in sharing and a.rows is not None and a.rows.rows]
    return [a for a in assessments if a not in strange] if sharing else assessments


def _is_shared(state: MigrationState) -> bool:
    # An applied state with a detail is inferred, from a baseline for example, and says nothing about whose table it is.
    return state.state in {State.EDITED, State.FAILED} or (state.state is State.APPLIED and not state.detail)


def _allowed(state: MigrationState) -> MigrationState:
    if state.state is State.OUT_OF_ORDER and not state.skipped and state.migration is not None:
        return pending_state(state.migration, state.detail, late=True)
    return state


def _nothing_applied(project: Project) -> Assessment:
    return Assessment(None, None, tuple(pending_state(migration) for migration in project.migrations))


def _key(migration: Migration) -> tuple[str, Path]:
    return migration.version, migration.path


def _is_chosen(migration: Migration, project: Project) -> bool:
    return project.chosen is None or migration.path.resolve() in project.chosen


def _with_prepared(assessment: Assessment, prepared: Sequence[Migration]) -> Assessment:
    """The states with the migrations as they will run; SQL that came to light makes an opaque one pending."""
    by_key = {_key(migration): migration for migration in prepared}
    states: list[MigrationState] = []
    for state in assessment.states:
        migration = state.migration and by_key.get(_key(state.migration))
        if migration and state.runs_next:
            states.append(pending_state(migration, state.detail, late=state.late))
        else:
            states.append(state)
    return replace(assessment, states=tuple(states))
