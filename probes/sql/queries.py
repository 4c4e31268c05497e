"""What a query reaches: relations with the use made of them, columns, functions called."""

from __future__ import annotations

from enum import Enum
from typing import Any, TypeAlias

import msgspec

Tree: TypeAlias = Any
"""A part of the parser's JSON: dicts, lists and scalars."""


class RelationUse(Enum):
    """What a query does to a relation; each use takes its own lock."""

    READ = "read"
    """ACCESS SHARE."""
    LOCK_ROWS = "lock_rows"
    """FOR UPDATE and its relatives: ROW SHARE."""
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"


class Reached(msgspec.Struct, frozen=True, gc=False):
    """A relation that a query names."""

    parts: tuple[str, ...]
    """The name as written, one or two parts."""
    use: RelationUse
    inherits: bool = True
    """False after ONLY."""
    location: int = 0


class Called(msgspec.Struct, frozen=True, gc=False):
    """A function that a query calls by name."""

    name: tuple[str, ...]
    argument_count: int
    location: int = 0


class Reach(msgspec.Struct, frozen=True, gc=False):
    """Everything a query names."""

    relations: tuple[Reached, ...] = ()
    calls: tuple[Called, ...] = ()
    columns: tuple[tuple[str, ...], ...] = ()
    """Column references as written, in no particular order, once each."""
    is_complete: bool = True
    """False when the query could not be read to the end."""


_TARGETS = {
    "InsertStmt": RelationUse.INSERT,
    "UpdateStmt": RelationUse.UPDATE,
    "DeleteStmt": RelationUse.DELETE,
    "MergeStmt": RelationUse.MERGE,
}
_Scope: TypeAlias = frozenset[str]


def reach(kind: str, source: msgspec.Raw) -> Reach:
    """What the statement of this grammar kind reaches (``Parsed.kind`` and ``Parsed.source``)."""
    tree = load(source)
    return Reach(is_complete=False) if tree is None else reach_of({kind: tree})


def reach_in(source: msgspec.Raw) -> Reach:
    """What an expression or a query held inside a statement reaches."""
    if not source:
        return Reach()
    tree = load(source)
    return Reach(is_complete=False) if tree is None else reach_of(tree)


def load(source: msgspec.Raw) -> Tree:
    """The parser's JSON as dicts and lists; None for nothing and for what is nested too deeply."""
    if not source:
        return None
    try:
        return msgspec.json.decode(source)
    except (msgspec.DecodeError, RecursionError):
        return None


def reach_of(tree: Tree) -> Reach:
    """What a decoded tree reaches."""
    walker = _Walker()
    walker.walk(tree)
    return Reach(tuple(walker.relations), tuple(walker.calls), tuple(dict.fromkeys(walker.columns)))


class _Walker:
    """Visits every node once, carrying the names of the common table expressions in scope."""

    def __init__(self) -> None:
        self.relations: list[Reached] = []
        self.calls: list[Called] = []
        self.columns: list[tuple[str, ...]] = []
        self._waiting: list[tuple[Tree, _Scope]] = []

    def walk(self, tree: Tree) -> None:
        self._waiting.append((tree, frozenset()))
        while self._waiting:
            node, scope = self._waiting.pop()
            if isinstance(node, list):
                self._waiting.extend([(part, scope) for part in reversed(node)])
            elif isinstance(node, dict):
                self._visit(node, scope)

    def _visit(self, node: dict[str, Tree], scope: _Scope) -> None:
        for key, value in node.items():
            if isinstance(value, list):
                self._waiting.append((value, scope))
            elif isinstance(value, dict):
                self._visit_part(key, value, scope)

    def _visit_part(self, key: str, value: dict[str, Tree], scope: _Scope) -> None:
        if key == "RangeVar":
            self._relation(value, scope, RelationUse.READ)
        elif key == "ColumnRef":
            self.columns.append(names(value.get("fields")))
        elif key in _TARGETS or key == "SelectStmt":
            self._statement(key, value, scope)
        elif key in ("larg", "rarg"):
            self._statement("SelectStmt", value, scope)
        elif key != "intoClause":
            if key == "FuncCall":
                count = len(value.get("args", ()))
                self.calls.append(Called(names(value.get("funcname")), count, value.get("location", 0)))
            self._waiting.append((value, scope))

    def _statement(self, kind: str, body: dict[str, Tree], scope: _Scope) -> None:
        inner = self._common_tables(body.get("withClause"), scope)
        rest = {key: value for key, value in body.items() if key not in ("withClause", "relation", "lockingClause")}
        use = _TARGETS.get(kind)
        if use is not None and isinstance(body.get("relation"), dict):
            self._relation(body["relation"], frozenset(), use)
        if isinstance(body.get("lockingClause"), list):
            self._locked_rows(body, inner)
        self._waiting.append((rest, inner))

    def _common_tables(self, clause: Tree, scope: _Scope) -> _Scope:
        if not isinstance(clause, dict):
            return scope
        tables = [held.get("CommonTableExpr", {}) for held in clause.get("ctes", ()) if isinstance(held, dict)]
        if clause.get("recursive"):
            scope |= {table.get("ctename", "") for table in tables}
        for table in tables:
            self._waiting.append((table.get("ctequery"), scope))
            scope |= {table.get("ctename", "")}
        return scope

    def _locked_rows(self, body: dict[str, Tree], scope: _Scope) -> None:
        """FOR UPDATE locks what it names, or every relation in FROM, subqueries included."""
        named: set[str] = set()
        for clause in body["lockingClause"]:
            for held in clause.get("LockingClause", {}).get("lockedRels", ()):
                named.add(held.get("RangeVar", {}).get("relname", ""))
        waiting: list[Tree] = [body.get("fromClause")]
        while waiting:
            node = waiting.pop()
            if isinstance(node, list):
                waiting.extend(node)
            elif isinstance(node, dict):
                relation = node.get("RangeVar")
                if isinstance(relation, dict):
                    shown = relation.get("alias", {}).get("aliasname") or relation.get("relname")
                    if not named or shown in named:
                        self._relation(relation, scope, RelationUse.LOCK_ROWS)
                else:
                    waiting.extend(value for value in node.values() if isinstance(value, dict | list))

    def _relation(self, node: dict[str, Tree], scope: _Scope, use: RelationUse) -> None:
        name, schema = node.get("relname", ""), node.get("schemaname")
        if schema is None and name in scope:
            return
        parts = (name,) if schema is None else (schema, name)
        self.relations.append(Reached(parts, use, bool(node.get("inh")), node.get("location", 0)))


def names(items: Tree) -> tuple[str, ...]:
    """The names in a decoded list of names, ``*`` included."""
    if not isinstance(items, list):
        return ()
    return tuple("*" if "A_Star" in item else item.get("String", {}).get("sval", "") for item in items)
