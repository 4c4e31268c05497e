"""Which function works out which statement; modules are imported when the first statement of a kind arrives."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

from migrations_safety.effects.run import Run

Handler = Callable[[Run, Any], None]

_HANDLERS: dict[str, tuple[str, str]] = {
    "AlterTable": ("alter_table", "alter_table"),
    "CreateIndex": ("indexes", "create_index"),
    "Reindex": ("maintenance", "reindex"),
    "Drop": ("drops", "drop_statement"),
    "CreateTable": ("tables", "create_table"),
    "Vacuum": ("maintenance", "vacuum"),
    "Cluster": ("maintenance", "cluster"),
    "Truncate": ("maintenance", "truncate"),
    "Lock": ("maintenance", "lock_table"),
    "RefreshMaterializedView": ("derived", "refresh"),
    "CreateTableAs": ("derived", "create_table_as"),
    "CreateView": ("derived", "create_view"),
    "Rename": ("renames", "rename"),
    "CreateTrigger": ("guards", "create_trigger"),
    "CreatePolicy": ("guards", "create_policy"),
    "AlterPolicy": ("guards", "alter_policy"),
    "CreateRule": ("guards", "create_rule"),
    "Select": ("data", "select"),
    "Insert": ("data", "change"),
    "Update": ("data", "change"),
    "Delete": ("data", "change"),
    "Merge": ("data", "change"),
    "Copy": ("data", "copy"),
    "Explain": ("data", "explain"),
    "Prepare": ("data", "prepare"),
    "Execute": ("data", "execute"),
    "DeclareCursor": ("data", "declare_cursor"),
    "Fetch": ("data", "fetch"),
}


@cache
def handler_of(name: str) -> Handler | None:
    """The function for a class of statement; None for statements that touch no relation."""
    home = _HANDLERS.get(name)
    if home is None:
        return None
    found: Handler = getattr(import_module(f"migrations_safety.effects.{home[0]}"), home[1])
    return found
