"""Subqueries as SQL text: SELECT of expressions from tables and joins with a condition, which is what policies hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from probes.catalog.names import quoted
from probes.sql.expressions import model as m
from probes.sql.expressions.build import build

_Node = dict[str, Any]
Printer = Callable[[m.Expression], str]
_KNOWN = frozenset({"targetList", "fromClause", "whereClause", "limitOption", "op"})
_JOINS = {"JOIN_INNER": "join", "JOIN_LEFT": "left join", "JOIN_RIGHT": "right join", "JOIN_FULL": "full join"}


class UnprintableError(Exception):
    """The query has a part that cannot be written."""


def subquery_sql(found: m.Subquery, sql: Printer) -> str:
    """The subquery as SQL, `sql` printing the expressions in it.

    Raises:
        UnprintableError: It has parts that are not known here.
    """
    query = f"({_select(msgspec.json.decode(found.text), sql)})"
    test = "" if found.test is None else sql(found.test)
    match found.kind:
        case m.SubqueryKind.EXISTS:
            return f"exists {query}"
        case m.SubqueryKind.ARRAY:
            return f"array{query}"
        case m.SubqueryKind.SCALAR:
            return query
        case m.SubqueryKind.ANY if found.operator == "=":
            return f"({test} in {query})"
        case m.SubqueryKind.ANY:
            return f"({test} {found.operator} any {query})"
        case m.SubqueryKind.ALL:
            return f"({test} {found.operator} all {query})"
        case m.SubqueryKind.OTHER:
            raise UnprintableError(found.kind.value)


def _select(tree: _Node, sql: Printer) -> str:
    body = tree.get("SelectStmt")
    if not isinstance(body, dict) or set(body) - _KNOWN or body.get("op", "SETOP_NONE") != "SETOP_NONE":
        raise UnprintableError("query")
    targets = ", ".join(_target(one["ResTarget"], sql) for one in body.get("targetList", ()))
    sources = ", ".join(_source(one, sql) for one in body.get("fromClause", ()))
    where = f" where {sql(build(body['whereClause']))}" if "whereClause" in body else ""
    return f"select {targets}" + (f" from {sources}" if sources else "") + where


def _target(target: _Node, sql: Printer) -> str:
    value = sql(build(target["val"]))
    return f"{value} as {quoted(target['name'])}" if "name" in target else value


def _source(item: _Node, sql: Printer) -> str:
    if "RangeVar" in item:
        named = item["RangeVar"]
        parts = [quoted(named[key]) for key in ("schemaname", "relname") if key in named]
        alias = named.get("alias", {})
        if "colnames" in alias:
            raise UnprintableError("column aliases")
        only = "" if named.get("inh") else "only "
        return only + ".".join(parts) + (f" as {quoted(alias['aliasname'])}" if alias else "")
    join = item.get("JoinExpr", {})
    word = _JOINS.get(join.get("jointype", ""))
    if word is None or "quals" not in join or "alias" in join:
        raise UnprintableError("from clause")
    return f"{_source(join['larg'], sql)} {word} {_source(join['rarg'], sql)} on {sql(build(join['quals']))}"
