"""Which function works out which statement; modules are imported when the first statement of a kind arrives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from migrations_safety.effects.run import Run

Handler = Callable[[Run, Any], None]

_HANDLERS: dict[str, tuple[str, str]] = {
    "AlterTable": ("alter_table.subcommands", "alter_table"),
    "CreateIndex": ("indexes", "create_index"),
    "Reindex": ("reindexing", "reindex"),
    "Cluster": ("maintenance", "cluster"),
    "Vacuum": ("maintenance", "vacuum"),
    "Truncate": ("truncation", "truncate"),
    "Lock": ("maintenance", "lock_table"),
    "Drop": ("drops", "drop_statement"),
    "CreateTable": ("tables", "create_table"),
    "CreateForeignTable": ("tables", "create_foreign_table"),
    "CreateTableAs": ("derived", "create_table_as"),
    "CreateView": ("derived", "create_view"),
    "RefreshMaterializedView": ("derived", "refresh"),
    "Rename": ("renames", "rename"),
    "SetSchema": ("owners", "set_schema"),
    "SetOwner": ("owners", "set_owner"),
    "DropOwned": ("owners", "drop_owned"),
    "ReassignOwned": ("owners", "reassign_owned"),
    "MoveAll": ("owners", "move_all"),
    "DependsOnExtension": ("owners", "depends_on_extension"),
    "Select": ("data", "select"),
    "Insert": ("data", "change"),
    "Update": ("data", "change"),
    "Delete": ("data", "change"),
    "Merge": ("data", "change"),
    "Copy": ("copying", "copy"),
    "Explain": ("copying", "explain"),
    "Prepare": ("copying", "prepare"),
    "Execute": ("copying", "execute"),
    "DeclareCursor": ("copying", "declare_cursor"),
    "Fetch": ("copying", "fetch"),
    "ClosePortal": ("copying", "close"),
    "Deallocate": ("copying", "deallocate"),
    "CreateTrigger": ("guards", "create_trigger"),
    "CreatePolicy": ("guards", "create_policy"),
    "AlterPolicy": ("guards", "alter_policy"),
    "CreateRule": ("guards", "create_rule"),
    "CreateDomain": ("domains", "create_domain"),
    "AlterDomain": ("domains", "alter_domain"),
    "CreateEnum": ("typemaking", "create_enum"),
    "CreateCompositeType": ("typemaking", "create_composite"),
    "CreateRangeType": ("typemaking", "create_range"),
    "AlterEnum": ("typemaking", "alter_enum"),
    "CreateSchema": ("objects", "create_schema"),
    "CreateFunction": ("routines", "create_function"),
    "AlterFunction": ("routines", "alter_function"),
    "CreateExtension": ("objects", "create_extension"),
    "AlterExtension": ("objects", "opaque_extension"),
    "CreateStatistics": ("extended_statistics", "create_statistics"),
    "AlterStatistics": ("extended_statistics", "alter_statistics"),
    "CreateSequence": ("sequence_statements", "create_sequence"),
    "AlterSequence": ("sequence_statements", "alter_sequence"),
    "CreatePublication": ("publications", "create_publication"),
    "AlterPublication": ("publications", "alter_publication"),
    "Comment": ("addressing", "comment"),
    "SecurityLabel": ("addressing", "security_label"),
    "Grant": ("privileges", "grant"),
    "AlterDefaultPrivileges": ("privileges", "alter_default_privileges"),
    "CreateEventTrigger": ("defining", "create_event_trigger"),
    "AlterEventTrigger": ("defining", "alter_event_trigger"),
    "Define": ("defining", "define"),
    "CreateCast": ("defining", "create_cast"),
    "AlterExtensionContents": ("defining", "alter_extension_contents"),
    "ImportForeignSchema": ("defining", "import_foreign_schema"),
    "CreateServer": ("defining", "create_server"),
    "CreateRole": ("defining", "create_role"),
    "DropRole": ("defining", "drop_role"),
    "Transaction": ("state", "transaction"),
    "Set": ("state", "set_variable"),
    "DoBlock": ("programs", "do_block"),
    "Call": ("programs", "call"),
    "Discard": ("state", "discard"),
    "CreateDatabase": ("state", "no_transaction"),
    "DropDatabase": ("state", "no_transaction"),
    "CreateTablespace": ("state", "no_transaction"),
    "DropTablespace": ("state", "no_transaction"),
    "AlterSystem": ("state", "no_transaction"),
    "CreateSubscription": ("state", "subscription"),
}


@cache
def handler_of(name: str) -> Handler | None:
    """The function for a class of statement; None for statements that touch no relation."""
    home = _HANDLERS.get(name)
    if home is None:
        return None
    found: Handler = getattr(import_module(f"migrations_safety.effects.{home[0]}"), home[1])
    return found
