"""Columns that a query names and no relation of it has: the server refuses it before it locks anything more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.run import Rel, Run
from probes.catalog.rows import PgIndex
from probes.sql.queries import Tree, names
from probes.sql.tree.atoms import RangeVar

_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_SEQUENCE_COLUMNS = frozenset({"last_value", "log_cnt", "is_called"})
_SPECIAL = frozenset({"excluded", "old", "new"})
_OPAQUE_SOURCES = frozenset({
    "RangeFunction", "RangeSubselect", "RangeTableFunc", "JsonTable", "CommonTableExpr", "RangeTableSample", "XmlTable",
})  # fmt: skip
_COMPOSITE_NOTATION_SINCE = 14


@dataclass(slots=True)
class _Names:
    """What a statement names, gathered in one walk."""

    columns: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    ranges: list[tuple[str, RangeVar]] = field(default_factory=list[tuple[str, RangeVar]])
    outputs: set[str] = field(default_factory=set[str])
    has_opaque_source: bool = False


def check_columns(run: Run, tree: Tree) -> None:
    """Refuse a statement that names a column which is certainly missing.

    Raises:
        Refused: 42703, or 42809 for `sequence.column` since 14.
    """
    for scope, hidden in _scopes(tree, frozenset()):
        _check_scope(run, scope, hidden)


def _scopes(tree: Tree, hidden: frozenset[str]) -> Iterator[tuple[Tree, frozenset[str]]]:
    """The parts of a statement that see no columns of each other, with the names of common table expressions."""
    if not isinstance(tree, dict) or len(tree) != 1:
        yield tree, hidden
        return
    ((kind, body),) = tree.items()
    if not isinstance(body, dict):
        return
    tables = [one.get("CommonTableExpr", {}) for one in body.get("withClause", {}).get("ctes", ())]
    inner = hidden | {table.get("ctename", "") for table in tables}
    for table in tables:
        yield from _scopes(table.get("ctequery"), inner)
    if "larg" in body or "rarg" in body:
        for side in ("larg", "rarg"):
            yield from _scopes({"SelectStmt": body.get(side)}, inner)
        return
    yield {kind: {key: value for key, value in body.items() if key != "withClause"}}, inner


def _check_scope(run: Run, tree: Tree, hidden: frozenset[str]) -> None:
    found = _Names()
    for key, node in _nodes(tree):
        _gather(found, key, node)
    known: list[tuple[str, Rel]] = []
    for alias, named in found.ranges:
        relation = None if named.schema is None and named.name in hidden else run.find(named.schema, named.name)
        if relation is None or not columns_are_known(run, relation):
            found.has_opaque_source = True
        else:
            known.append((alias, relation))
    for parts in found.columns:
        _check(run, parts, known, found)


def _nodes(tree: Tree) -> Iterator[tuple[str, dict[str, Tree]]]:
    waiting: list[tuple[str, Tree]] = [("", tree)]
    while waiting:
        key, node = waiting.pop()
        if isinstance(node, list):
            waiting.extend((key, part) for part in node)
        elif isinstance(node, dict):
            yield key, node
            waiting.extend(node.items())


def _gather(found: _Names, key: str, node: dict[str, Tree]) -> None:
    if key == "ColumnRef":
        found.columns.append(names(node.get("fields")))
    elif key == "RangeVar" or (key == "relation" and "relname" in node):
        alias = node.get("alias", {}).get("aliasname") or node["relname"]
        found.has_opaque_source |= "colnames" in node.get("alias", {})
        found.ranges.append((alias, RangeVar(schema=node.get("schemaname"), name=node["relname"])))
    elif key == "ResTarget" and "name" in node:
        found.outputs.add(node["name"])
    elif key in _OPAQUE_SOURCES or (key == "JoinExpr" and "alias" in node):
        found.has_opaque_source = True


def columns_are_known(run: Run, relation: Rel) -> bool:
    """Whether the columns of a relation can be told: not those of views that the script itself made."""
    if run.is_assumed(relation) or isinstance(relation, PgIndex):
        return False
    return relation.kind == "S" or bool(run.columns(relation.oid))


def has_column(run: Run, relation: Rel, name: str) -> bool:
    """Whether the relation has a column of that name, those of the system included."""
    if name in _SYSTEM_COLUMNS or name == "*":
        return True
    if relation.kind == "S":
        return name in _SEQUENCE_COLUMNS
    return run.column(relation.oid, name) is not None


def _check(run: Run, parts: tuple[str, ...], known: list[tuple[str, Rel]], found: _Names) -> None:
    name = parts[-1]
    if len(parts) == 1:
        if found.has_opaque_source or not known or name in found.outputs or name == "*":
            return
        if not any(name == alias or has_column(run, relation, name) for alias, relation in known):
            run.refuse("42703", f"column {name} does not exist")
        return
    owners = [relation for alias, relation in known if alias == parts[-2]]
    others = [alias for alias, _ in found.ranges if alias == parts[-2]]
    if len(owners) != 1 or len(others) != 1 or parts[-2] in _SPECIAL or has_column(run, owners[0], name):
        return
    if candidates(run, (name,), 1):
        return  # function notation
    is_sequence = owners[0].kind == "S" and run.major >= _COMPOSITE_NOTATION_SINCE
    run.refuse("42809" if is_sequence else "42703", f"column {parts[-2]}.{name} does not exist")


def check_targets(run: Run, relation: Rel, written: list[str]) -> None:
    """Refuse INSERT and UPDATE of columns that the target does not have.

    Raises:
        Refused: 42703.
    """
    if not columns_are_known(run, relation):
        return
    for name in written:
        if name not in _SYSTEM_COLUMNS and not has_column(run, relation, name):
            run.refuse("42703", f"column {name} of relation {relation.name} does not exist")
