"""The settings that a script has set and that are in force, followed through transactions and savepoints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from probes.sql.tree.enums import DiscardTarget, VariableSetKind
from probes.sql.tree.utility import Discard, Set

if TYPE_CHECKING:
    from collections.abc import Mapping

Local = dict[str, str | None]
"""What a transaction has set for itself; None where it went back to the default."""
Saved = tuple[dict[str, str], Local]

_SET_CONFIG = re.compile(
    r"\bset_config\s*\(\s*'([^']+)'\s*,\s*'((?:[^']|'')*)'\s*,\s*('?)(true|false|t|f|on|off|1|0)\3", re.IGNORECASE
)
_TRUE = frozenset({"true", "t", "on", "1"})


def changes_settings(tree: object, sql: bytes) -> bool:
    """Whether a statement may change a setting."""
    return isinstance(tree, Set | Discard) or b"set_config" in sql


class SettingsInForce:
    """What is set, by name in lower case: for the session, and for the transaction that is open."""

    def __init__(self, base: Mapping[str, str]) -> None:
        self._base = dict(base)
        self._session = dict(base)
        self._local: Local = {}
        self._at_begin: dict[str, str] | None = None
        self._current: dict[str, str] | None = None

    def current(self) -> dict[str, str]:
        """Values in force, as written; not to be changed."""
        if self._current is None:
            everything = {**self._session, **self._local}
            self._current = {name: value for name, value in everything.items() if value is not None}
        return self._current

    # ---- transactions

    def begin(self) -> None:
        """A transaction block opens."""
        self._at_begin = dict(self._session)

    def end(self, *, rolled_back: bool) -> None:
        """It ends: what was local is gone, and after a rollback everything that it set."""
        if rolled_back and self._at_begin is not None:
            self._session = self._at_begin
        self._at_begin = None
        self._local = {}
        self._current = None

    def saved(self) -> Saved:
        """What to restore at ROLLBACK TO."""
        return dict(self._session), dict(self._local)

    def restore(self, saved: Saved) -> None:
        """Back to what was saved."""
        self._session, self._local = dict(saved[0]), dict(saved[1])
        self._current = None

    # ---- statements

    def apply(self, tree: object, sql: str) -> None:
        """Take what a statement sets."""
        self._current = None
        if isinstance(tree, Set):
            self._take(tree)
        elif isinstance(tree, Discard):
            if tree.target is DiscardTarget.ALL:
                self._session = dict(self._base)
        else:
            for name, value, _, is_local in _SET_CONFIG.findall(sql):
                self._put(name.lower(), value.replace("''", "'"), is_local=is_local.lower() in _TRUE)

    def _take(self, tree: Set) -> None:
        name = tree.name or ""
        match tree.kind:
            case VariableSetKind.SET_VALUE:
                self._put(name, _written(tree), is_local=tree.is_local)
            case VariableSetKind.SET_DEFAULT | VariableSetKind.RESET:
                self._put(name, self._base.get(name), is_local=tree.is_local)
            case VariableSetKind.RESET_ALL:
                self._session, self._local = dict(self._base), {}
            case VariableSetKind.SET_CURRENT | VariableSetKind.SET_MULTI:
                pass  # neither names a value

    def _put(self, name: str, value: str | None, *, is_local: bool) -> None:
        if not is_local:
            self._local.pop(name, None)
            if value is None:
                self._session.pop(name, None)
            else:
                self._session[name] = value
        elif self._at_begin is not None:  # outside a block the server warns and forgets it
            self._local[name] = value


def _written(tree: Set) -> str:
    values = [str(value) for value in tree.args]
    return ", ".join(f'"{value}"' for value in values) if tree.name == "search_path" else ", ".join(values)
