"""What happens around a statement: event triggers, the rights of a role that the script took, waiting triggers."""

from __future__ import annotations

import re

from migrations_safety.effects.model import Conditional, Reason, Role, Work
from migrations_safety.effects.programs import run_function
from migrations_safety.effects.run import ROWS, Run
from probes.catalog.rows import PgAuthMembers, PgClass, PgEventTrigger, PgProc, PgRole
from probes.sql.tree.atoms import StatementNode

_NOT_DDL = frozenset({
    "Select", "Insert", "Update", "Delete", "Merge", "Copy", "Explain", "Prepare", "Execute", "DeclareCursor", "Fetch",
    "ClosePortal", "Deallocate", "Vacuum", "Cluster", "Truncate", "Lock", "Set", "DoBlock", "Call", "Discard",
    "CreateDatabase", "DropDatabase", "CreateTablespace", "DropTablespace", "AlterSystem", "Transaction",
    "CreateEventTrigger", "AlterEventTrigger", "CreateRole", "AlterRole", "DropRole", "GrantRole",
})  # fmt: skip
_OWNERS_ONLY = frozenset({
    "AlterTable", "CreateIndex", "CreatePolicy", "AlterPolicy", "CreateRule", "Rename", "SetSchema", "Drop",
    "CreateStatistics", "Comment", "Reindex", "Cluster",
})  # fmt: skip
_IN_USE = frozenset({"AlterTable", "Truncate", "CreateIndex", "Drop", "Cluster", "Reindex"})
_DROPS = frozenset({"Drop", "AlterTable", "DropOwned"})
_RAISES = re.compile(r"\braise\s+(?:exception\b|'|sqlstate\b|;)", re.IGNORECASE)


def consider(run: Run, tree: StatementNode) -> None:
    """Add what happens around a statement that has been worked out.

    Raises:
        Refused: 42501, the role that the script took does not own the table.
    """
    kind = type(tree).__name__
    if kind in _OWNERS_ONLY:
        _check_owner(run)
    if kind in _IN_USE:
        _check_pending(run)
    if kind not in _NOT_DDL:
        _fire(run, kind)


# ---- event triggers


def _fire(run: Run, kind: str) -> None:
    rewrites: tuple[Work, ...] = run.record.effects().rewrites
    for trigger in list(run.world.store(PgEventTrigger).all()):
        if trigger.enabled in {"D", "R"} or not _is_fired(trigger, kind, rewrites):
            continue
        when = Conditional(Reason.EVENT_TRIGGER, f"event trigger {trigger.name}")
        function = run.world.one(PgProc, trigger.function)
        if function is None:
            run.record.opaque = f"event trigger {trigger.name} calls a function that is not known"
            continue
        if _RAISES.search(function.source or ""):
            run.record.may_refuse("P0001", f"event trigger {trigger.name} may refuse it", when)
        run_function(run, function, when)


def _is_fired(trigger: PgEventTrigger, kind: str, rewrites: tuple[Work, ...]) -> bool:
    match trigger.event:
        case "table_rewrite":
            return bool(rewrites)
        case "sql_drop":
            return kind in _DROPS
        case "login":
            return False
        case _:
            return True


# ---- rights


def _check_owner(run: Run) -> None:
    role = run.world.settings.get("role", "none")
    found = run.world.where(PgRole, "name", role)
    if not found or found[0].superuser:
        return
    rights = _rights(run, found[0].oid)
    for lock in run.record.effects().locks:
        row = run.world.one(PgClass, lock.relation.oid) if lock.role is Role.TARGET else None
        if row is not None and row.owner not in rights:
            run.refuse("42501", f"must be owner of {row.name}")


def _rights(run: Run, role: int) -> set[int]:
    """The role with every role whose rights it inherits."""
    found, waiting = {role}, [role]
    while waiting:
        for row in run.world.where(PgAuthMembers, "member", waiting.pop()):
            if row.inherit and row.role not in found:
                found.add(row.role)
                waiting.append(row.role)
    return found


# ---- waiting triggers


def _check_pending(run: Run) -> None:
    for lock in run.record.effects().locks:
        if lock.relation.oid in run.world.pending:
            run.record.may_refuse("55006", f"{lock.relation.name} has pending trigger events", ROWS)
