"""The gate from its request to its report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from migrations_safety.rule import Profile
from migrations_safety.script.model import ScriptText, Wrapping
from pgaudit.errors import BadConfiguration
from pgaudit.migrations.gate import GateRun, gate_scripts, problems_as_findings
from pgaudit.migrations.sources import Plan, Project, SourceOptions, Tool, open_project, plan, project_of_text
from pgaudit.migrations.sources.script_texts import script_texts
from pgaudit.reports.contract import ReportTarget
from pgaudit.reports.contract import Tool as ReportTool
from pgaudit.reports.gate_contract import SCHEMA, GateReport
from pgaudit.version import version

if TYPE_CHECKING:
    from pgaudit.cli.terminal import Progress
    from pgaudit.migrations.sources.state_reader import StateReport
    from pgaudit.reports.contract import ReportFinding
    from pgaudit.reports.gate_contract import GateMoment, GateRelation
    from pgaudit.scanning import Taken
    from pgaudit.server.database_target import Target
    from pgaudit.server.target import SnapshotTarget
    from probes.catalog.catalog import Catalog

_TARGET_VARIABLES = ("PGAUDIT_DATABASE_URL", "DATABASE_URL")
_VERSIONS_A_MAJOR = 10_000


@dataclass(frozen=True, slots=True)
class GateRequest:
    """What was asked for."""

    paths: tuple[str, ...]
    dsn: str | None
    tool: str | None
    git_diff: str | None
    allow_exec: bool
    pg_version: int
    profile: str
    assume_in_transaction: bool
    connect_timeout_s: int
    started_at: float
    began: float
    reads_environment: bool = True
    """Whether the environment's variables name the database where `dsn` is None."""


def gated(request: GateRequest, progress: Progress) -> GateReport:
    """The gate's report. Raises the errors of sources, targets and connections."""
    profile = _profile(request.profile)
    project = _project(request)
    taken, state = _look(request, project, progress)
    in_database = state.tools() if state else frozenset()
    if in_database and project.location.tool not in in_database:  # the files alone may fit several tools
        project = _project(request, in_database)
    what = plan(project, state)
    catalog = taken.catalog if taken else None
    major = catalog.server.major if catalog else request.pg_version
    progress.phase = "judging"
    texts = script_texts(what.pending)
    run = gate_scripts(
        map(_in_transaction, texts) if request.assume_in_transaction else texts,
        catalog,
        major,
        profile=profile,
        today=datetime.fromtimestamp(request.started_at, UTC).date(),
        placeholders=_placeholders(project) if catalog else None,
    )
    progress.clear()
    return _report(request, what, taken, run)


def _placeholders(project: Project) -> dict[str, frozenset[str]]:
    """What all migrations, the applied ones too, name behind placeholders."""
    from migrations_safety.placeholders import names_behind_placeholders

    return names_behind_placeholders(part.text for migration in project.migrations for part in migration.parts)


def _profile(name: str) -> Profile:
    try:
        return Profile(name)
    except ValueError:
        names = ", ".join(profile.value for profile in Profile)
        raise BadConfiguration("--profile", f"{name!r} is none", f"choose one of {names}") from None


def _in_transaction(text: ScriptText) -> ScriptText:
    """The text as a runner would send it that puts each file in a transaction."""
    is_open = text.wrapping in {Wrapping.NONE, Wrapping.PER_STATEMENT}
    return msgspec.structs.replace(text, wrapping=Wrapping.PER_FILE) if is_open else text


# ---- what is pending


def _project(request: GateRequest, in_database: Collection[Tool] = ()) -> Project:
    options = SourceOptions(allow_exec=request.allow_exec)
    if request.paths == ("-",):
        return project_of_text(sys.stdin.read(), options=options)
    paths = [Path(path) for path in request.paths] or [Path.cwd()]
    project = open_project(paths, tool=_tool(request.tool), options=options, in_database=in_database)
    if request.git_diff is None:
        return project
    from pgaudit.migrations.sources.git_diff import changed_files
    from pgaudit.migrations.sources.plan import narrowed

    return narrowed(project, [changed.path for changed in changed_files(project.location.root, request.git_diff)])


def _tool(name: str | None) -> Tool | None:
    try:
        return Tool(name) if name else None
    except ValueError:
        names = ", ".join(tool.value for tool in Tool)
        raise BadConfiguration("--migration-tool", f"{name!r} is none", f"choose one of {names}") from None


# ---- what it is judged by


def _look(request: GateRequest, project: Project, progress: Progress) -> tuple[Taken | None, StateReport | None]:
    """The picture and the migration state of the database; None for each without one."""
    if not _names_a_database(request.dsn, os.environ if request.reads_environment else {}):
        return None, None
    from pgaudit.cli.gate_state import saved_state
    from pgaudit.cli.targets import resolve
    from pgaudit.scanning import picture_from_file
    from pgaudit.server.target import SnapshotTarget
    from probes.catalog.scope import Scope

    where: Target | SnapshotTarget = resolve(None, request.dsn)
    progress.phase = "reading"
    if isinstance(where, SnapshotTarget):
        taken = picture_from_file(where.path, Scope())
        return taken, saved_state(taken.attachments)
    return _live(where, project, request.connect_timeout_s, progress)


def _names_a_database(dsn: str | None, environment: Mapping[str, str]) -> bool:
    return dsn is not None or any(environment.get(name) for name in _TARGET_VARIABLES)


def _live(target: Target, project: Project, connect_timeout_s: int, progress: Progress) -> tuple[Taken, StateReport]:
    from pgaudit.migrations.sources.state_reader import read_state
    from pgaudit.scanning import LiveTake
    from pgaudit.server.connect import connect
    from probes.catalog.scope import Scope
    from probes.collect.session import Limits

    take = LiveTake(target, Limits(), connect_timeout_s=connect_timeout_s, progress=progress)
    taken = take.take(Scope(), dictionaries=True)
    with connect(target, connect_timeout_s=connect_timeout_s) as connection:
        return taken, read_state(connection, project.options, project.location.tool)


# ---- what is said


def _report(request: GateRequest, what: Plan, taken: Taken | None, run: GateRun) -> GateReport:
    catalog = taken.catalog if taken else None
    introduces, resolves = _left_behind(catalog, run.after)
    problems = [
        (problem.kind.value, problem.message, str(problem.path or what.project.location.folder), problem.line)
        for problem in what.problems
    ]
    opaque = [step for migration in what.pending for step in migration.opaque]
    notes = [*run.notes, *([what.unknown] if what.unknown else [])]
    notes += [f"{step.file}:{step.line}: not judged: {step.detail}" for step in opaque]
    notes.append(f"{len(what.pending)} pending in {what.project.location.folder} ({what.project.location.tool.value})")
    return GateReport(
        schema=SCHEMA,
        target=_target(taken) if taken else None,
        server_version_num=catalog.server.version_num if catalog else request.pg_version * _VERSIONS_A_MAJOR,
        statements=run.statements,
        findings=(*problems_as_findings(problems), *run.findings),
        introduces=introduces,
        resolves=resolves,
        tool=ReportTool("pgaudit", version()),
        notes=tuple(notes),
        started_at=datetime.fromtimestamp(request.started_at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        duration_ms=round((time.perf_counter() - request.began) * 1000),
        incomplete=run.incomplete or bool(opaque),
        titles=run.titles,
        relations=_relations(run),
        moment=_moment(catalog, request.started_at),
    )


def _relations(run: GateRun) -> tuple[GateRelation, ...]:
    if not run.touched:
        return ()
    from pgaudit.migrations.told import published_relations

    return published_relations(run.touched)


def _moment(catalog: Catalog | None, now: float) -> GateMoment | None:
    if catalog is None:
        return None
    from pgaudit.migrations.told import published_moment

    return published_moment(catalog, now)


def _left_behind(
    before: Catalog | None, after: Catalog | None
) -> tuple[tuple[ReportFinding, ...], tuple[ReportFinding, ...]]:
    if before is None or after is None:
        return (), ()
    from pgaudit.audit.selection import selected
    from pgaudit.migrations.leaves import introduced_and_resolved
    from probes.check import built_in_checks

    return introduced_and_resolved(before, after, selected(built_in_checks(), [], [], "default"))


def _target(taken: Taken) -> ReportTarget:
    from pgaudit.scanning import report_target

    return report_target(taken)
