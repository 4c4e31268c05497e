"""The parser's JSON decoded into typed statements."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

import msgspec

from probes.sql.tree.atoms import NOTHING, Source, StatementNode

if TYPE_CHECKING:
    from collections.abc import Iterator

# The grammar's name of each statement, the module under probes.sql.tree and the class that holds it. Modules are
# imported and decoders are built when the first statement of the kind arrives: most runs meet a handful of kinds.
_HOMES = {
    "AlterTableStmt": ("tables", "AlterTable"),
    "CreateStmt": ("tables", "CreateTable"),
    "CreateForeignTableStmt": ("tables", "CreateForeignTable"),
    "CreateTableAsStmt": ("tables", "CreateTableAs"),
    "IndexStmt": ("tables", "CreateIndex"),
    "DropStmt": ("tables", "Drop"),
    "RenameStmt": ("tables", "Rename"),
    "TruncateStmt": ("tables", "Truncate"),
    "AlterObjectSchemaStmt": ("tables", "SetSchema"),
    "AlterOwnerStmt": ("tables", "SetOwner"),
    "AlterTableMoveAllStmt": ("tables", "MoveAll"),
    "AlterObjectDependsStmt": ("tables", "DependsOnExtension"),
    "CreateSeqStmt": ("tables", "CreateSequence"),
    "AlterSeqStmt": ("tables", "AlterSequence"),
    "CreateStatsStmt": ("tables", "CreateStatistics"),
    "AlterStatsStmt": ("tables", "AlterStatistics"),
    "ViewStmt": ("routines", "CreateView"),
    "RefreshMatViewStmt": ("routines", "RefreshMaterializedView"),
    "RuleStmt": ("routines", "CreateRule"),
    "CreateTrigStmt": ("routines", "CreateTrigger"),
    "CreatePolicyStmt": ("routines", "CreatePolicy"),
    "AlterPolicyStmt": ("routines", "AlterPolicy"),
    "CreateFunctionStmt": ("routines", "CreateFunction"),
    "AlterFunctionStmt": ("routines", "AlterFunction"),
    "DoStmt": ("routines", "DoBlock"),
    "CreateDomainStmt": ("objects", "CreateDomain"),
    "AlterDomainStmt": ("objects", "AlterDomain"),
    "CreateEnumStmt": ("objects", "CreateEnum"),
    "AlterEnumStmt": ("objects", "AlterEnum"),
    "CompositeTypeStmt": ("objects", "CreateCompositeType"),
    "CreateRangeStmt": ("objects", "CreateRangeType"),
    "AlterTypeStmt": ("objects", "AlterType"),
    "DefineStmt": ("objects", "Define"),
    "CreateSchemaStmt": ("objects", "CreateSchema"),
    "CreateExtensionStmt": ("objects", "CreateExtension"),
    "AlterExtensionStmt": ("objects", "AlterExtension"),
    "AlterExtensionContentsStmt": ("objects", "AlterExtensionContents"),
    "CommentStmt": ("objects", "Comment"),
    "SecLabelStmt": ("objects", "SecurityLabel"),
    "CreateEventTrigStmt": ("objects", "CreateEventTrigger"),
    "AlterEventTrigStmt": ("objects", "AlterEventTrigger"),
    "CreateCastStmt": ("objects", "CreateCast"),
    "CreateTransformStmt": ("objects", "CreateTransform"),
    "CreateConversionStmt": ("objects", "CreateConversion"),
    "CreatePLangStmt": ("objects", "CreateLanguage"),
    "CreateAmStmt": ("objects", "CreateAccessMethod"),
    "CreateOpClassStmt": ("objects", "CreateOperatorClass"),
    "CreateOpFamilyStmt": ("objects", "CreateOperatorFamily"),
    "AlterOpFamilyStmt": ("objects", "AlterOperatorFamily"),
    "AlterOperatorStmt": ("objects", "AlterOperator"),
    "AlterCollationStmt": ("objects", "AlterCollation"),
    "AlterTSConfigurationStmt": ("objects", "AlterTextSearchConfiguration"),
    "AlterTSDictionaryStmt": ("objects", "AlterTextSearchDictionary"),
    "TransactionStmt": ("utility", "Transaction"),
    "CallStmt": ("utility", "Call"),
    "CheckPointStmt": ("utility", "Checkpoint"),
    "ClusterStmt": ("utility", "Cluster"),
    "VacuumStmt": ("utility", "Vacuum"),
    "ReindexStmt": ("utility", "Reindex"),
    "LockStmt": ("utility", "Lock"),
    "VariableSetStmt": ("utility", "Set"),
    "VariableShowStmt": ("utility", "Show"),
    "ConstraintsSetStmt": ("utility", "SetConstraints"),
    "AlterSystemStmt": ("utility", "AlterSystem"),
    "DiscardStmt": ("utility", "Discard"),
    "ListenStmt": ("utility", "Listen"),
    "NotifyStmt": ("utility", "Notify"),
    "UnlistenStmt": ("utility", "Unlisten"),
    "LoadStmt": ("utility", "Load"),
    "DeallocateStmt": ("utility", "Deallocate"),
    "ClosePortalStmt": ("utility", "ClosePortal"),
    "FetchStmt": ("utility", "Fetch"),
    "GrantStmt": ("administration", "Grant"),
    "GrantRoleStmt": ("administration", "GrantRole"),
    "AlterDefaultPrivilegesStmt": ("administration", "AlterDefaultPrivileges"),
    "CreateRoleStmt": ("administration", "CreateRole"),
    "AlterRoleStmt": ("administration", "AlterRole"),
    "AlterRoleSetStmt": ("administration", "AlterRoleSet"),
    "DropRoleStmt": ("administration", "DropRole"),
    "DropOwnedStmt": ("administration", "DropOwned"),
    "ReassignOwnedStmt": ("administration", "ReassignOwned"),
    "CreatedbStmt": ("administration", "CreateDatabase"),
    "AlterDatabaseStmt": ("administration", "AlterDatabase"),
    "AlterDatabaseSetStmt": ("administration", "AlterDatabaseSet"),
    "AlterDatabaseRefreshCollStmt": ("administration", "AlterDatabaseRefresh"),
    "DropdbStmt": ("administration", "DropDatabase"),
    "CreateTableSpaceStmt": ("administration", "CreateTablespace"),
    "DropTableSpaceStmt": ("administration", "DropTablespace"),
    "AlterTableSpaceOptionsStmt": ("administration", "AlterTablespace"),
    "CreatePublicationStmt": ("administration", "CreatePublication"),
    "AlterPublicationStmt": ("administration", "AlterPublication"),
    "CreateSubscriptionStmt": ("administration", "CreateSubscription"),
    "AlterSubscriptionStmt": ("administration", "AlterSubscription"),
    "DropSubscriptionStmt": ("administration", "DropSubscription"),
    "CreateFdwStmt": ("administration", "CreateForeignDataWrapper"),
    "AlterFdwStmt": ("administration", "AlterForeignDataWrapper"),
    "CreateForeignServerStmt": ("administration", "CreateServer"),
    "AlterForeignServerStmt": ("administration", "AlterServer"),
    "CreateUserMappingStmt": ("administration", "CreateUserMapping"),
    "AlterUserMappingStmt": ("administration", "AlterUserMapping"),
    "DropUserMappingStmt": ("administration", "DropUserMapping"),
    "ImportForeignSchemaStmt": ("administration", "ImportForeignSchema"),
    "SelectStmt": ("data", "Select"),
    "InsertStmt": ("data", "Insert"),
    "UpdateStmt": ("data", "Update"),
    "DeleteStmt": ("data", "Delete"),
    "MergeStmt": ("data", "Merge"),
    "CopyStmt": ("data", "Copy"),
    "ExplainStmt": ("data", "Explain"),
    "PrepareStmt": ("data", "Prepare"),
    "ExecuteStmt": ("data", "Execute"),
    "DeclareCursorStmt": ("data", "DeclareCursor"),
}


class Other(StatementNode, frozen=True, kw_only=True):
    """A statement that PostgreSQL parses and nobody here has a class for."""

    kind: str
    """The grammar's name, such as ``PLAssignStmt``."""
    source: Source = NOTHING


class RawStatement(msgspec.Struct, frozen=True, gc=False):
    """One statement of a parse result, not looked into yet."""

    stmt: dict[str, msgspec.Raw]
    stmt_location: int = 0
    """Byte offset behind the previous statement's semicolon: white space and comments come first."""
    stmt_len: int = 0
    """Bytes up to the semicolon; 0 when there is none."""


class ParseResult(msgspec.Struct, frozen=True, gc=False):
    """What the parser returns for a text."""

    stmts: tuple[RawStatement, ...] = ()


@cache
def _result_decoder() -> msgspec.json.Decoder[ParseResult]:
    return msgspec.json.Decoder(ParseResult)


@cache
def _decoder(kind: str) -> msgspec.json.Decoder[StatementNode] | None:
    home = _HOMES.get(kind)
    if home is None:
        return None
    module = import_module(f"probes.sql.tree.{home[0]}")
    return msgspec.json.Decoder(getattr(module, home[1]))


def decode_result(json: str) -> ParseResult:
    """The statements of a parse result.

    Raises:
        msgspec.DecodeError: The text is not what the parser produces.
        RecursionError: A statement is nested too deeply.
    """
    return _result_decoder().decode(json)


def decode_statement(kind: str, source: msgspec.Raw) -> StatementNode:
    """The typed statement, or ``Other`` for what has no class or does not fit it."""
    decoder = _decoder(kind)
    if decoder is None:
        return Other(kind=kind, source=source)
    try:
        return decoder.decode(source)
    except (msgspec.DecodeError, RecursionError):
        return Other(kind=kind, source=source)


def statements_in(sources: tuple[msgspec.Raw, ...]) -> Iterator[StatementNode]:
    """The statements held inside another one (CREATE SCHEMA, CREATE RULE, the query of EXPLAIN)."""
    for source in sources:
        if not source:
            continue
        try:
            held = msgspec.json.decode(source, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, RecursionError):
            continue
        for kind, body in held.items():
            yield decode_statement(kind, body)
