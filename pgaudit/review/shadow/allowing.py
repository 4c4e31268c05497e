"""Which statements may be tried: a closed list of grammar kinds, looked into where one can do several things."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from pgaudit.review.evidence.records import Badge, Proof
from probes.sql.parse import Parsed, ParseFailure, parse_statement
from probes.sql.queries import load, reach_of

_ALLOWED = frozenset(
    {
        "AlterCollationStmt", "AlterDatabaseSetStmt", "AlterDatabaseStmt", "AlterDefaultPrivilegesStmt",
        "AlterDomainStmt", "AlterEnumStmt", "AlterEventTrigStmt", "AlterExtensionStmt", "AlterFunctionStmt",
        "AlterObjectSchemaStmt", "AlterOwnerStmt", "AlterPolicyStmt", "AlterPublicationStmt", "AlterRoleSetStmt",
        "AlterRoleStmt", "AlterSeqStmt", "AlterStatsStmt", "AlterTableStmt", "ClusterStmt", "CommentStmt",
        "CompositeTypeStmt", "CreateDomainStmt", "CreateEnumStmt", "CreateExtensionStmt", "CreatePolicyStmt",
        "CreatePublicationStmt", "CreateSchemaStmt", "CreateSeqStmt", "CreateStatsStmt", "CreateStmt",
        "CreateTableAsStmt", "CreateTrigStmt", "DeleteStmt", "DropStmt", "GrantRoleStmt", "GrantStmt", "IndexStmt",
        "InsertStmt", "RefreshMatViewStmt", "ReindexStmt", "RenameStmt", "RuleStmt", "SelectStmt", "UpdateStmt",
        "VacuumStmt",
        "VariableSetStmt", "ViewStmt", "AlterDatabaseRefreshCollStmt",
    }
)  # fmt: skip
_DROPPED = frozenset(
    {
        "OBJECT_DOMCONSTRAINT", "OBJECT_INDEX", "OBJECT_LANGUAGE", "OBJECT_MATVIEW", "OBJECT_POLICY",
        "OBJECT_PUBLICATION", "OBJECT_RULE", "OBJECT_SEQUENCE", "OBJECT_STATISTIC_EXT", "OBJECT_TABCONSTRAINT",
        "OBJECT_TRIGGER", "OBJECT_VIEW",
    }
)  # fmt: skip
"""What may be dropped: nothing that holds rows, code or other objects."""
_SETTINGS = frozenset({"lock_timeout", "statement_timeout"})
SYSTEM = "AlterSystemStmt"
_SERVER_KINDS = {
    SYSTEM: "it changes the server's settings, which a copy of a database does not have",
    "AlterSubscriptionStmt": "it changes a subscription, which a copy of a database must not have",
    "CreateFunctionStmt": "it defines a function, and code is not run for a proof",
}
AS_SUPERUSER = frozenset(
    {
        "AlterCollationStmt", "AlterDatabaseRefreshCollStmt", "AlterDatabaseSetStmt", "AlterDatabaseStmt",
        "AlterDefaultPrivilegesStmt", "AlterEventTrigStmt", "AlterExtensionStmt", "AlterFunctionStmt",
        "AlterObjectSchemaStmt", "AlterOwnerStmt", "AlterPublicationStmt", "AlterRoleSetStmt", "AlterRoleStmt",
        "AlterTableStmt", "CreateExtensionStmt", "DropStmt", "GrantRoleStmt", "GrantStmt", "RenameStmt",
    }
)  # fmt: skip
"""Kinds that may be tried again with all rights where they need them, if they call no function."""
_HARMLESS = frozenset(
    {
        "clock_timestamp", "currval", "gen_random_uuid", "nextval", "random", "setval", "statement_timestamp",
        "timeofday",
        "uuidv4", "uuidv7", "now",
    }
)  # fmt: skip
"""Volatile functions without an effect outside the copy."""
_HARMLESS_ALONE = frozenset({"pg_cancel_backend", "pg_reload_conf", "pg_terminate_backend"})
"""Those without an effect outside of a server that is ours alone."""


class Allowed(msgspec.Struct, frozen=True):
    """Statements that may be tried."""

    sql: tuple[str, ...]
    kinds: frozenset[str]
    functions: frozenset[str]
    """Bare names of all functions that they call."""


def allowed(statements: Collection[str], *, may_set: bool = False) -> Allowed | Proof:
    """The statements as they may be tried, or the badge that says why not.

    Args:
        statements: What to try.
        may_set: Whether settings of the server may be changed: on a server of ours, by a check's own fix.
    """
    kinds: set[str] = set()
    functions: set[str] = set()
    for sql in statements:
        parsed = parse_statement(sql)
        if isinstance(parsed, ParseFailure):
            return Proof(Badge.REJECTED, f"PostgreSQL cannot parse it: {parsed.message}")
        is_setting = may_set and parsed.kind == SYSTEM
        if parsed.kind in _SERVER_KINDS and not is_setting:
            return Proof(Badge.UNPROVEN, _SERVER_KINDS[parsed.kind])
        refusal = None if is_setting else next(_refusals(parsed), None)
        if refusal:
            return Proof(Badge.REJECTED, refusal)
        kinds.add(parsed.kind)
        functions.update(call.name[-1] for call in reach_of({parsed.kind: load(parsed.source)}).calls if call.name)
    return Allowed(tuple(statements), frozenset(kinds), frozenset(functions))


def _refusals(parsed: Parsed) -> Iterator[str]:
    tree = load(parsed.source)
    if parsed.kind not in _ALLOWED:
        yield f"{parsed.kind} is not among the statements that a remedy may use"
    if not isinstance(tree, dict):
        yield "it is nested too deeply to be judged"
        return
    match parsed.kind:
        case "DropStmt":
            if tree.get("removeType") not in _DROPPED:
                yield "it drops what can hold rows, code or other objects"
            if tree.get("behavior") == "DROP_CASCADE":
                yield "it drops what depends on it, too"
        case "VariableSetStmt":
            if tree.get("name") not in _SETTINGS:
                yield "it changes a setting of the session other than its timeouts"
        case "AlterRoleStmt":
            if b'"defname":"password"' in bytes(parsed.source):
                yield "it sets a password"
        case _:
            return


def side_effects(functions: Collection[str], volatile: Collection[str], *, alone: bool = False) -> str | None:
    """Why these functions may not be called; None where they may.

    Args:
        functions: Bare names.
        volatile: Names of the server's own volatile functions.
        alone: Whether the server is ours alone, and a check's own fix calls them.
    """
    harmless = _HARMLESS | _HARMLESS_ALONE if alone else _HARMLESS
    found = sorted((set(functions) & set(volatile)) - harmless)
    return f"it calls {', '.join(found)}, which can have effects outside the database" if found else None
