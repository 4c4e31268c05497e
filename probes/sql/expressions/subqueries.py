"""Subqueries inside expressions: what they name, and whether they depend on the row around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from probes.sql.expressions import model as m
from probes.sql.queries import Tree, names, reach_of

if TYPE_CHECKING:
    from collections.abc import Callable

_KINDS = {
    "EXPR_SUBLINK": m.SubqueryKind.SCALAR,
    "EXISTS_SUBLINK": m.SubqueryKind.EXISTS,
    "ARRAY_SUBLINK": m.SubqueryKind.ARRAY,
    "ANY_SUBLINK": m.SubqueryKind.ANY,
    "ALL_SUBLINK": m.SubqueryKind.ALL,
}


def subquery(node: dict[str, Tree], depth: int, build: Callable[[Tree, int], m.Expression]) -> m.Subquery:
    """The subquery of a decoded SubLink."""
    query = node.get("subselect")
    reached = reach_of(query)
    columns = tuple([m.Column(parts) for parts in reached.columns])
    return m.Subquery(
        kind=_KINDS.get(str(node.get("subLinkType")), m.SubqueryKind.OTHER),
        text=comparable_text(query),
        test=build(node["testexpr"], depth) if "testexpr" in node else None,
        operator=".".join(names(node.get("operName"))) or "=",
        only_output=_only_output(query, depth, build),
        columns=columns,
        calls=tuple([_call(held, depth, build) for held in _call_nodes(query)]),
        relations=tuple(dict.fromkeys(relation.parts for relation in reached.relations)),
        correlation=_correlation(query, columns),
    )


def comparable_text(tree: Tree) -> str:
    """The tree as text without locations: equal for queries that differ in white space only."""
    try:
        return msgspec.json.encode(_unlocated(tree), order="sorted").decode()
    except RecursionError:
        return repr(id(tree))


def _unlocated(tree: Tree) -> Tree:
    if isinstance(tree, dict):
        return {
            key: _unlocated(value)
            for key, value in tree.items()
            if not key.endswith("location")
            and key not in ("rexpr_list_start", "rexpr_list_end", "list_start", "list_end")
        }
    return [_unlocated(item) for item in tree] if isinstance(tree, list) else tree


def _only_output(query: Tree, depth: int, build: Callable[[Tree, int], m.Expression]) -> m.Expression | None:
    body = query.get("SelectStmt", {}) if isinstance(query, dict) else {}
    if set(body) - {"targetList", "limitOption", "op"} or len(body.get("targetList", ())) != 1:
        return None
    return build(body["targetList"][0].get("ResTarget", {}).get("val"), depth)


def _call_nodes(query: Tree) -> list[Tree]:
    found: list[Tree] = []
    waiting: list[Tree] = [query]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(reversed(current))
        elif isinstance(current, dict):
            if "FuncCall" in current:
                found.append(current)
            waiting.extend(reversed([value for value in current.values() if isinstance(value, dict | list)]))
    return found


def _call(node: Tree, depth: int, build: Callable[[Tree, int], m.Expression]) -> m.Call:
    made = build(node, depth)
    return made if isinstance(made, m.Call) else m.Call(names(node["FuncCall"].get("funcname")))


def _correlation(query: Tree, columns: tuple[m.Column, ...]) -> m.Correlation:
    """A column qualified by a name of the FROM list is the subquery's own; an unqualified one could be either's."""
    sources = _source_names(query)
    if sources is None:
        return m.Correlation.UNKNOWN
    if not columns:
        return m.Correlation.NO
    if not sources:
        return m.Correlation.YES
    qualifiers = {column.parts[-2] if len(column.parts) > 1 else "" for column in columns if column.parts != ("*",)}
    if qualifiers - sources - {""}:
        return m.Correlation.YES
    return m.Correlation.UNKNOWN if "" in qualifiers else m.Correlation.NO


def _source_names(query: Tree) -> set[str] | None:
    """The names that qualify columns inside the query; None when the query is not a plain tree."""
    if not isinstance(query, dict):
        return None
    found: set[str] = set()
    waiting: list[Tree] = [query]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(current)
        elif isinstance(current, dict):
            relation = current.get("RangeVar")
            if isinstance(relation, dict) and "alias" not in relation:
                found.add(str(relation.get("relname", "")))
            if isinstance(current.get("aliasname"), str):
                found.add(current["aliasname"])
            waiting.extend(value for value in current.values() if isinstance(value, dict | list))
    return found
