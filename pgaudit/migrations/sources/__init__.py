"""Migration folders of every tool, and what of them a database has not run yet."""

from pgaudit.migrations.sources.interface import (
    Location,
    Migration,
    MigrationState,
    OpaqueReason,
    OpaqueStep,
    Problem,
    ProblemKind,
    Rerun,
    SourceOptions,
    SqlPart,
    State,
    StateTableRows,
    Tool,
    TxMode,
)
from pgaudit.migrations.sources.plan import Assessment, Plan, Project, open_project, plan, project_of_text, source_of

__all__ = [
    "Assessment",
    "Location",
    "Migration",
    "MigrationState",
    "OpaqueReason",
    "OpaqueStep",
    "Plan",
    "Problem",
    "ProblemKind",
    "Project",
    "Rerun",
    "SourceOptions",
    "SqlPart",
    "State",
    "StateTableRows",
    "Tool",
    "TxMode",
    "open_project",
    "plan",
    "project_of_text",
    "source_of",
]
