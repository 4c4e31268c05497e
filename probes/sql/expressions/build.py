"""From the parser's JSON to expressions. Nothing raises: what is not understood becomes ``Unknown``."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from probes.sql import pgparser
from probes.sql.expressions import model as m
from probes.sql.expressions.subqueries import subquery
from probes.sql.queries import Tree, load, names

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_DEPTH = 200
_REMEMBERED = 256


@lru_cache(_REMEMBERED)
def parse_expression(text: str) -> m.Expression:
    """The expression in a text, deparsed by the server or written by hand."""
    unreadable = m.Unknown("text", text)
    if "\0" in text:
        return unreadable
    try:
        tree = msgspec.json.decode(pgparser.parse_sql_json(f"select {text}\n"))
    except (pgparser.ParseError, UnicodeEncodeError, msgspec.DecodeError, RecursionError):
        return unreadable
    statements = tree["stmts"]
    query = statements[0].get("stmt", {}).get("SelectStmt", {}) if len(statements) == 1 else {}
    if set(query) - {"targetList", "limitOption", "op"} or len(query.get("targetList", ())) != 1:
        return unreadable
    target = query["targetList"][0]["ResTarget"]
    if "name" in target or "indirection" in target:
        return unreadable
    return build(target.get("val"))


def from_source(source: msgspec.Raw) -> m.Expression:
    """The expression a statement holds as JSON; ``Unknown("nothing")`` where it holds none."""
    return build(load(source)) if source else m.Unknown("nothing")


def build(tree: Tree, depth: int = 0) -> m.Expression:
    """The expression of a decoded node."""
    if not isinstance(tree, dict) or len(tree) != 1:
        return m.Unknown("nothing", "" if tree is None else str(tree)[:200])
    ((kind, node),) = tree.items()
    builder = _BUILDERS.get(kind)
    if builder is None or depth > _MAX_DEPTH or not isinstance(node, dict):
        return m.Unknown(kind, _without_locations(node), _parts(node, depth))
    return builder(node, depth + 1)


def _parts(node: Tree, depth: int) -> m.Values:
    """The operands of a node that has no class, so that columns and calls below it stay visible."""
    if depth > _MAX_DEPTH:
        return ()
    found: list[m.Expression] = []
    waiting: list[Tree] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting.extend(reversed(current))
        elif isinstance(current, dict):
            if len(current) == 1 and next(iter(current)) in _BUILDERS:
                found.append(build(current, depth + 1))
            else:
                waiting.extend(reversed([value for value in current.values() if isinstance(value, dict | list)]))
    return tuple(found)


def _without_locations(node: Tree) -> str:
    from probes.sql.expressions.subqueries import comparable_text  # noqa: PLC0415 -- shared, and it would be a cycle

    return comparable_text(node)


def _all(items: Tree, depth: int) -> m.Values:
    return tuple([build(item, depth) for item in items]) if isinstance(items, list) else ()


def _constant(node: dict[str, Tree], _depth: int) -> m.Expression:
    if "ival" in node:
        return m.Constant(int(node["ival"].get("ival", 0)))
    if "sval" in node:
        return m.Constant(str(node["sval"].get("sval", "")))
    if "boolval" in node:
        return m.Constant(bool(node["boolval"].get("boolval", False)))
    if "fval" in node:
        return m.Number(str(node["fval"].get("fval", "")))
    if "bsval" in node:
        return m.Unknown("bits", str(node["bsval"].get("bsval", "")))
    return m.Constant(None)


def _column(node: dict[str, Tree], _depth: int) -> m.Expression:
    return m.Column(names(node.get("fields")))


def _call(node: dict[str, Tree], depth: int) -> m.Expression:
    name = names(node.get("funcname"))
    if len(name) > 1 and name[0] == "pg_catalog":
        name = name[1:]
    plain = {"funcname", "args", "funcformat", "location"}
    extra = {key: value for key, value in node.items() if key not in plain}
    return m.Call(name, _all(node.get("args"), depth), _without_locations(extra) if extra else "")


def _a_expr(node: dict[str, Tree], depth: int) -> m.Expression:
    kind = node.get("kind", "")
    name = names(node.get("name"))
    symbol = ".".join(name[1:] if len(name) > 1 and name[0] == "pg_catalog" else name)
    right_tree = node.get("rexpr")
    left = build(node["lexpr"], depth) if "lexpr" in node else None
    if kind == "AEXPR_IN" and left is not None:
        return _in(symbol, left, _list_items(right_tree, depth))
    if kind.startswith(("AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN")) and left is not None:
        return _between(kind, left, _list_items(right_tree, depth))
    return _compared(kind, symbol, left, build(right_tree, depth))


def _compared(kind: str, symbol: str, left: m.Expression | None, right: m.Expression) -> m.Expression:
    match kind:
        case "AEXPR_OP_ANY" | "AEXPR_OP_ALL" if left is not None:
            return m.Quantified(symbol, left, right, kind == "AEXPR_OP_ALL")
        case "AEXPR_DISTINCT":
            return m.Operator("IS DISTINCT FROM", left, right)
        case "AEXPR_NOT_DISTINCT":
            return m.Not(m.Operator("IS DISTINCT FROM", left, right))
        case "AEXPR_NULLIF":
            return m.Unknown("nullif", "", (right,) if left is None else (left, right))
        case _:
            return m.Operator(symbol, left, right)


def _list_items(tree: Tree, depth: int) -> m.Values:
    return _all(tree.get("List", {}).get("items"), depth) if isinstance(tree, dict) else ()


def _in(symbol: str, left: m.Expression, items: m.Values) -> m.Expression:
    """As the server transforms it: constants go into one array comparison, anything with a column stands alone."""
    is_all = symbol == "<>"
    with_columns = [item for item in items if any(isinstance(part, m.Column) for part in m.walk(item))]
    constants = tuple([item for item in items if item not in with_columns])
    made: list[m.Expression] = []
    if len(constants) > 1:
        made.append(m.Quantified(symbol, left, m.ArrayOf(constants), is_all))
    else:
        made.extend(m.Operator(symbol, left, item) for item in constants)
    made.extend(m.Operator(symbol, left, item) for item in with_columns)
    if len(made) == 1:
        return made[0]
    return m.And(tuple(made)) if is_all else m.Or(tuple(made))


def _between(kind: str, left: m.Expression, bounds: m.Values) -> m.Expression:
    if len(bounds) != 2:  # noqa: PLR2004 -- BETWEEN has two bounds
        return m.Unknown(kind, "", (left, *bounds))
    low, high = bounds
    inside = m.And((m.Operator(">=", left, low), m.Operator("<=", left, high)))
    outside = m.Or((m.Operator("<", left, low), m.Operator(">", left, high)))
    match kind:
        case "AEXPR_BETWEEN":
            return inside
        case "AEXPR_NOT_BETWEEN":
            return outside
        case _:
            return m.Unknown(kind, "", (left, low, high))


def _bool(node: dict[str, Tree], depth: int) -> m.Expression:
    args = _all(node.get("args"), depth)
    match node.get("boolop"):
        case "AND_EXPR":
            return m.And(args)
        case "OR_EXPR":
            return m.Or(args)
        case _:
            return m.Not(args[0]) if len(args) == 1 else m.Unknown("BoolExpr", "", args)


def _null_test(node: dict[str, Tree], depth: int) -> m.Expression:
    return m.NullTest(build(node.get("arg"), depth), node.get("nulltesttype") == "IS_NULL")


def _boolean_test(node: dict[str, Tree], depth: int) -> m.Expression:
    name = str(node.get("booltesttype", ""))
    tested = {"TRUE": True, "FALSE": False}.get(name.rpartition("_")[2])
    return m.BooleanTest(build(node.get("arg"), depth), tested, "_NOT_" in name)


def _cast(node: dict[str, Tree], depth: int) -> m.Expression:
    return m.Cast(build(node.get("arg"), depth), type_text(node.get("typeName")))


def type_text(node: Tree) -> str:
    """A type's name without ``pg_catalog``, with modifiers and array bounds."""
    if not isinstance(node, dict):
        return ""
    parts = names(node.get("names"))
    name = ".".join(parts[1:] if len(parts) > 1 and parts[0] == "pg_catalog" else parts)
    modifiers = [str(getattr(item, "value", "?")) for item in _all(node.get("typmods"), 0)]
    return name + (f"({','.join(modifiers)})" if modifiers else "") + ("[]" if node.get("arrayBounds") else "")


def _case(node: dict[str, Tree], depth: int) -> m.Expression:
    whens = [held.get("CaseWhen", {}) for held in node.get("args", ()) if isinstance(held, dict)]
    return m.Case(
        build(node["arg"], depth) if "arg" in node else None,
        tuple([(build(when.get("expr"), depth), build(when.get("result"), depth)) for when in whens]),
        build(node["defresult"], depth) if "defresult" in node else None,
    )


def _part(node: dict[str, Tree], depth: int) -> m.Expression:
    return m.Part(build(node.get("arg"), depth), _without_locations(node.get("indirection")))


_BUILDERS: dict[str, Callable[[dict[str, Tree], int], m.Expression]] = {
    "A_Const": _constant,
    "ColumnRef": _column,
    "FuncCall": _call,
    "A_Expr": _a_expr,
    "BoolExpr": _bool,
    "NullTest": _null_test,
    "BooleanTest": _boolean_test,
    "TypeCast": _cast,
    "CaseExpr": _case,
    "A_Indirection": _part,
    "SubLink": lambda node, depth: subquery(node, depth, build),
    "A_ArrayExpr": lambda node, depth: m.ArrayOf(_all(node.get("elements"), depth)),
    "RowExpr": lambda node, depth: m.RowOf(_all(node.get("args"), depth)),
    "CoalesceExpr": lambda node, depth: m.Coalesce(_all(node.get("args"), depth)),
    "MinMaxExpr": lambda node, depth: m.Extreme(str(node.get("op", "")), _all(node.get("args"), depth)),
    "SQLValueFunction": lambda node, _depth: m.SessionValue(
        str(node.get("op", "")).removeprefix("SVFOP_") + (f"({node['typmod']})" if node.get("typmod", -1) > 0 else "")
    ),
    "CollateClause": lambda node, depth: m.Collated(build(node.get("arg"), depth), names(node.get("collname"))),
    "ParamRef": lambda node, _depth: m.Parameter(int(node.get("number", 0))),
}
