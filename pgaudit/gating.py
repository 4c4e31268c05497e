"""A gate from its request to its report: what is pending, what it is judged by, what is said of it."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from migrations_safety.placeholders import names_behind_placeholders
from migrations_safety.rule import Profile
from pgaudit.errors import BadConfiguration
from pgaudit.majors import supported_major
from pgaudit.migrations.gate import GateRun, gate_scripts, problems_as_findings
from pgaudit.migrations.sources import Plan, Project, SourceOptions, Tool, open_project, plan, project_of_text
from pgaudit.migrations.sources.script_texts import script_texts, shown_path
from pgaudit.reports.contract import Tool as ReportTool
from pgaudit.reports.gate_contract import SCHEMA, GateReport
from pgaudit.utc import utc_text
from pgaudit.version import NEWEST_MAJOR, version

if TYPE_CHECKING:
    from pgaudit.audit.standards import Standards
    from pgaudit.migrations.looking import Look
    from pgaudit.migrations.sources.state_reader import StateReport
    from pgaudit.scanning import Progress
    from pgaudit.server.database_target import Target
    from pgaudit.server.target import SnapshotTarget

STDIN = "-"
_VERSIONS_A_MAJOR = 10_000


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What was asked for.

    Attributes:
        paths: SQL files, or the folder of a project; none is this folder.
        text: SQL to judge instead of files.
        where: Database or snapshot to judge by; None judges without one.
        tool: Name of the migration tool, where it cannot be told from the files.
        git_diff: Judge only files changed since this revision.
        options: What is said about the source.
        pg_version: Major version to judge by where there is no database.
        profile: Name of the profile: which rules run.
        standards: What a scan of the project judges by: of what the migrations leave behind. None for the usual.
        connect_timeout_s: Seconds for each address.
        started_at: Wall clock at the start, seconds since 1970.
        began: `time.perf_counter()` at the start.
    """

    started_at: float
    began: float
    paths: tuple[str, ...] = ()
    text: str | None = None
    where: Target | SnapshotTarget | None = None
    tool: str | None = None
    git_diff: str | None = None
    options: SourceOptions = field(default_factory=SourceOptions)
    pg_version: int = NEWEST_MAJOR
    profile: str = Profile.DEFAULT.value
    standards: Standards | None = None
    connect_timeout_s: int = 10


def gated(request: GateRequest, progress: Progress | None = None) -> GateReport:
    """The gate's report. Raises the errors of sources, targets and connections."""
    profile = _profile(request.profile)
    supported_major(request.pg_version)
    project = _project(request)
    look = _look(request, project, progress)
    in_database = look.state.tools() if look and look.state else ()
    if in_database and project.location.tool not in in_database:  # the files alone may fit several tools
        project = _project(request, in_database)
    what = _pending(request, project, look.state if look else None)
    run = _judged(request, what, look, profile)
    report = _report(request, what, run)
    if look is not None:
        from pgaudit.audit.standards import usual_standards  # noqa: PLC0415 - loaded where there is a database
        from pgaudit.migrations.looking import told_of_database  # noqa: PLC0415

        standards = request.standards or usual_standards()
        report = told_of_database(report, look.taken, run, standards, now=request.started_at)
    return msgspec.structs.replace(report, duration_ms=round((time.perf_counter() - request.began) * 1000))


def _profile(name: str) -> Profile:
    try:
        return Profile(name)
    except ValueError:
        names = ", ".join(profile.value for profile in Profile)
        raise BadConfiguration("--profile", f"{name!r} is none", f"choose one of {names}") from None


# ---- what is pending


def _project(request: GateRequest, in_database: Collection[Tool] = ()) -> Project:
    if request.text is not None:
        return project_of_text(request.text, options=request.options)
    paths = [Path(path) for path in request.paths] or [Path.cwd()]
    return open_project(paths, tool=_tool(request.tool), options=request.options, in_database=in_database)


def _pending(request: GateRequest, project: Project, state: StateReport | None) -> Plan:
    if request.git_diff is None or request.text is not None:
        return plan(project, state)
    from pgaudit.migrations.sources.git_diff import changed_files, never_run  # noqa: PLC0415 - most gates ask not git
    from pgaudit.migrations.sources.plan import narrowed  # noqa: PLC0415

    changed = changed_files(project.location.root, request.git_diff)
    what = plan(narrowed(project, [file.path for file in changed]), state)
    idle = [problem for tables in what.assessments for problem in never_run(tables.states, changed)]
    return msgspec.structs.replace(what, problems=tuple(dict.fromkeys([*what.problems, *idle])))


def _tool(name: str | None) -> Tool | None:
    try:
        return Tool(name) if name else None
    except ValueError:
        names = ", ".join(tool.value for tool in Tool)
        raise BadConfiguration("--migration-tool", f"{name!r} is none", f"choose one of {names}") from None


# ---- what it is judged by


def _look(request: GateRequest, project: Project, progress: Progress | None) -> Look | None:
    if request.where is None:
        return None
    from pgaudit.migrations.looking import look_at  # noqa: PLC0415 - loaded where there is a database
    from probes.catalog.scope import Scope  # noqa: PLC0415

    scope = request.standards.scope if request.standards else Scope()
    return look_at(request.where, project, scope, connect_timeout_s=request.connect_timeout_s, progress=progress)


def _judged(request: GateRequest, what: Plan, look: Look | None, profile: Profile) -> GateRun:
    catalog = look.taken.catalog if look else None
    return gate_scripts(
        script_texts(what.pending, Path.cwd()),
        catalog,
        catalog.server.major if catalog else request.pg_version,
        profile=profile,
        today=datetime.fromtimestamp(request.started_at, UTC).date(),
        placeholders=_placeholders(what.project) if catalog else None,
    )


def _placeholders(project: Project) -> dict[str, frozenset[str]]:
    """What all migrations, the applied ones too, name behind placeholders."""
    return names_behind_placeholders(part.text for migration in project.migrations for part in migration.parts)


# ---- what is said


def _report(request: GateRequest, what: Plan, run: GateRun) -> GateReport:
    """What is said without a database."""
    location, here = what.project.location, Path.cwd()
    problems = [
        (problem.kind.value, problem.message, shown_path(problem.path or location.folder, here), problem.line)
        for problem in what.problems
    ]
    opaque = [step for migration in what.pending for step in migration.opaque]
    notes = [*run.notes, *([what.unknown] if what.unknown else [])]
    notes += [f"{shown_path(step.file, here)}:{step.line}: not judged: {step.detail}" for step in opaque]
    place = "<stdin>" if request.text is not None else shown_path(location.folder, here)
    notes.append(f"{len(what.pending)} pending in {place} ({location.tool.value})")
    return GateReport(
        schema=SCHEMA,
        target=None,
        server_version_num=request.pg_version * _VERSIONS_A_MAJOR,
        statements=run.statements,
        findings=(*problems_as_findings(problems), *run.findings),
        introduces=(),
        resolves=(),
        tool=ReportTool("pgaudit", version()),
        notes=tuple(notes),
        started_at=utc_text(request.started_at),
        incomplete=run.incomplete or bool(opaque),
        titles=run.titles,
    )
