"""Small projects on disk and state tables on servers, for the tests of migration sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pgaudit.migrations.sources import Migration, Plan, SourceOptions, State, Tool, open_project, plan
from pgaudit.migrations.sources.interface import Cell, StateTableRows
from pgaudit.migrations.sources.state_reader import StateReport, read_state
from tests.servers import Database


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write the files below a folder, and give the folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def migrations_at(root: Path, tool: Tool | None = None, options: SourceOptions | None = None) -> list[Migration]:
    """Every migration on disk."""
    return list(open_project([root], tool=tool, options=options).migrations)


def plan_at(root: Path, report: StateReport | None, *, tool: Tool | None = None, **options: Any) -> Plan:
    """What runs next on the database that the report is about."""
    settings = SourceOptions(**options)
    in_database = () if report is None else report.tools()
    return plan(open_project([root], tool=tool, options=settings, in_database=in_database), report)


def plan_on(database: Database, root: Path, *, tool: Tool | None = None, **options: Any) -> Plan:
    """What runs next on a real database."""
    settings = SourceOptions(**options)
    with database.connect() as connection:
        report = read_state(connection, settings, tool)
        project = open_project([root], tool=tool, options=settings, in_database=report.tools())
        report = read_state(connection, project.options, project.location.tool)
    return plan(project, report)


def states_of(result: Plan) -> dict[str, State]:
    """State by version, of the only state table."""
    (assessment,) = result.assessments
    return {state.version: state.state for state in assessment.states}


def pending_of(result: Plan) -> list[str]:
    """Versions that run next, in order."""
    return [migration.version for migration in result.pending]


def report_of(tool: Tool, columns: tuple[str, ...], *rows: tuple[Cell, ...]) -> StateReport:
    """A report as a snapshot would carry it."""
    return StateReport((StateTableRows("public", "t", tool, columns, rows),))
