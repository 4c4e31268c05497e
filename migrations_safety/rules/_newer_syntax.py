"""Which major brought the syntax of a statement, where that was later than 13."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.rules._subjects import table_constraints
from migrations_safety.timeline import Step
from probes.sql.parse import Parsed
from probes.sql.queries import load
from probes.sql.tree.administration import AlterPublication, CreatePublication, Grant, GrantRole
from probes.sql.tree.atoms import AlteredConstraint, PartitionCmd, StatementNode
from probes.sql.tree.data import Copy, Merge
from probes.sql.tree.enums import AlterTableType, ConstraintType, PublicationObjectType
from probes.sql.tree.parts import ColumnDef, Constraint
from probes.sql.tree.routines import CreateFunction, CreateTrigger, CreateView
from probes.sql.tree.tables import AlterTable, AlterTableCommand, CreateIndex, CreateStatistics, CreateTable
from probes.sql.tree.utility import Reindex, Vacuum

NEWEST = 18
"""The last major whose syntax is known here."""


class Newer(msgspec.Struct, frozen=True, gc=False):
    """Syntax, and the first major that has it."""

    major: int
    what: str


_COMMANDS = {
    AlterTableType.SET_COMPRESSION: Newer(14, "SET COMPRESSION"),
    AlterTableType.DETACH_PARTITION_FINALIZE: Newer(14, "DETACH PARTITION ... FINALIZE"),
    AlterTableType.SET_ACCESS_METHOD: Newer(15, "SET ACCESS METHOD"),
    AlterTableType.SET_EXPRESSION: Newer(17, "SET EXPRESSION"),
}
_OPTIONS = {
    "process_toast": Newer(14, "PROCESS_TOAST"),
    "process_main": Newer(16, "PROCESS_MAIN"),
    "skip_database_stats": Newer(16, "SKIP_DATABASE_STATS"),
    "only_database_stats": Newer(16, "ONLY_DATABASE_STATS"),
    "buffer_usage_limit": Newer(16, "BUFFER_USAGE_LIMIT"),
    "tablespace": Newer(14, "REINDEX (TABLESPACE)"),
    "on_error": Newer(17, "COPY with ON_ERROR"),
    "log_verbosity": Newer(17, "COPY with LOG_VERBOSITY"),
    "reject_limit": Newer(18, "COPY with REJECT_LIMIT"),
}


def newer_syntax(step: Step) -> Iterator[Newer]:
    """What the statement uses that 13 does not have."""
    yield from _in_constraints(step)
    match step.tree:
        case AlterTable() as tree:
            for command in tree.commands:
                yield from _in_command(command)
        case CreateTable() as tree:
            yield from _in_columns(tree.elements)
        case Vacuum() | Reindex() | Copy() as tree:
            yield from (_OPTIONS[one.name] for one in tree.options if one.name in _OPTIONS)
        case Merge():
            yield from _in_merge(step)
        case _:
            yield from _in_definition(step.tree)


def _in_definition(tree: StatementNode | None) -> Iterator[Newer]:
    match tree:
        case CreateIndex(nulls_not_distinct=True):
            yield Newer(15, "NULLS NOT DISTINCT")
        case CreateTrigger(replace=True):
            yield Newer(14, "CREATE OR REPLACE TRIGGER")
        case CreateFunction() if tree.body:
            yield Newer(14, "a function body without quotes (BEGIN ATOMIC or RETURN)")
        case CreateStatistics() if not tree.name:
            yield Newer(16, "CREATE STATISTICS without a name")
        case CreateView() if any(one.name == "security_invoker" for one in tree.options):
            yield Newer(15, "security_invoker")
        case CreatePublication() | AlterPublication():
            yield from _in_publication(tree)
        case Grant() | GrantRole():
            yield from _in_grant(tree)
        case _:
            pass


def _in_publication(tree: CreatePublication | AlterPublication) -> Iterator[Newer]:
    for one in tree.objects:
        if one.kind is not PublicationObjectType.TABLE:
            yield Newer(15, "TABLES IN SCHEMA")
        elif one.table is not None and (one.table.row_filter or one.table.columns):
            yield Newer(15, "a row filter or column list of a publication")


def _in_grant(tree: Grant | GrantRole) -> Iterator[Newer]:
    if isinstance(tree, Grant):
        if any(one.name == "maintain" for one in tree.privileges):
            yield Newer(17, "the privilege MAINTAIN")
    elif any(one.name in {"inherit", "set"} for one in tree.options):
        yield Newer(16, "GRANT ... WITH INHERIT or SET")


def _in_merge(step: Step) -> Iterator[Newer]:
    yield Newer(15, "MERGE")
    outcome = step.statement.outcome
    tree = load(outcome.source) if isinstance(outcome, Parsed) else None
    if tree and tree.get("returningClause"):
        yield Newer(17, "MERGE ... RETURNING")
    if tree and any("BY_SOURCE" in str(one) for one in tree.get("mergeWhenClauses", ())):
        yield Newer(17, "MERGE ... WHEN NOT MATCHED BY SOURCE")


def _in_command(command: AlterTableCommand) -> Iterator[Newer]:
    if command.kind in _COMMANDS:
        yield _COMMANDS[command.kind]
    match command.definition:
        case PartitionCmd(concurrent=True):
            yield Newer(14, "DETACH PARTITION ... CONCURRENTLY")
        case AlteredConstraint(alters_enforceability=True) | AlteredConstraint(alters_inheritability=True):
            yield Newer(18, "ALTER CONSTRAINT ... ENFORCED or INHERIT")
        case Constraint(kind=ConstraintType.NOTNULL) if command.kind is AlterTableType.ADD_CONSTRAINT:
            yield Newer(18, "ADD CONSTRAINT ... NOT NULL")
        case ColumnDef() as column:
            yield from _in_columns((column,))
        case _:
            pass


def _in_columns(elements: tuple[object, ...]) -> Iterator[Newer]:
    for one in elements:
        if isinstance(one, Constraint) and one.kind is ConstraintType.NOTNULL:
            yield Newer(18, "NOT NULL as a constraint of the table")
        if isinstance(one, ColumnDef):
            if one.compression:
                yield Newer(14, "COMPRESSION of a column")
            if one.storage:
                yield Newer(16, "STORAGE of a column in its definition")


def _in_constraints(step: Step) -> Iterator[Newer]:
    for one in table_constraints(step):
        if one.nulls_not_distinct:
            yield Newer(15, "NULLS NOT DISTINCT")
        if one.set_columns:
            yield Newer(15, "ON DELETE SET with columns")
        if one.generated_kind == "v":
            yield Newer(18, "a virtual generated column")
        if one.without_overlaps or one.fk_with_period:
            yield Newer(18, "WITHOUT OVERLAPS or PERIOD")
        if one.kind is ConstraintType.ATTR_NOT_ENFORCED or _is_not_enforced(one):
            yield Newer(18, "NOT ENFORCED")


def _is_not_enforced(constraint: Constraint) -> bool:
    return constraint.kind in {ConstraintType.CHECK, ConstraintType.FOREIGN} and not constraint.is_enforced
