"""The shape of a statement of the workload: what it reads, whether it is cut, what its conditions do to columns."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.checks._support.filters import conjuncts, is_value, only_relation, table_named
from probes.checks._support.statements import StatementGroup, groups
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import Tree, load, names

_PATTERN_KINDS = frozenset({"AEXPR_LIKE", "AEXPR_ILIKE"})
_COMPARED = frozenset({"AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY", "AEXPR_BETWEEN", "AEXPR_LIKE", "AEXPR_ILIKE"})
_JSON_OPERATORS = frozenset({"->", "->>", "#>", "#>>"})


class Touched(msgspec.Struct, frozen=True, gc=False):
    """A column that a condition does not compare as it is."""

    column: Column
    how: str
    """The function's or type's name, or the operator."""


class Select(msgspec.Struct, frozen=True, gc=False):
    """A SELECT of the workload."""

    statement: StatementGroup
    body: dict[str, Tree]
    table: Relation | None
    """The table it reads, where it reads one only."""

    @property
    def blocks_per_call(self) -> float:
        """Blocks that a call touches."""
        return self.statement.blocks / self.statement.calls if self.statement.calls else 0.0

    @property
    def rows_per_call(self) -> float:
        """Rows that a call returns."""
        return self.statement.rows / self.statement.calls if self.statement.calls else 0.0

    @property
    def reads_it_all(self) -> bool:
        """Whether a call touches half of its one table's pages or more."""
        pages = self.table.row.pages if self.table else 0
        return pages > 0 and self.blocks_per_call >= pages / 2


def selects(catalog: Catalog, *, calls: int) -> Iterator[Select]:
    """SELECTs that were sent at least so many times, the costliest first."""
    for group in groups(catalog):
        if group.calls < calls or group.text[:6].lower() not in ("select", "with r", "with t"):
            continue
        parsed = parse_statement(group.text)
        body = load(parsed.source) if isinstance(parsed, Parsed) and parsed.kind == "SelectStmt" else None
        if isinstance(body, dict):
            target = only_relation(body)
            yield Select(group, body, table_named(catalog, target) if target else None)


def patterns(select: Select) -> Iterator[Touched]:
    """Columns that are compared with a text pattern."""
    for expression in _comparisons(select):
        if expression.get("kind") in _PATTERN_KINDS:
            column = _column(select.table, expression.get("lexpr"))
            if column:
                yield Touched(column, "ilike" if expression["kind"] == "AEXPR_ILIKE" else "like")


def wrapped_columns(select: Select) -> Iterator[Touched]:
    """Columns that stand inside a function call or a cast when they are compared with a value."""
    for expression in _comparisons(select):
        left = expression.get("lexpr")
        if not is_value(expression.get("rexpr")) or not isinstance(left, dict):
            continue
        call, cast = left.get("FuncCall"), left.get("TypeCast")
        if isinstance(call, dict) and len(call.get("args", ())) == 1:
            column, how = _column(select.table, call["args"][0]), names(call.get("funcname"))[-1:]
        elif isinstance(cast, dict):
            column, how = _column(select.table, cast.get("arg")), names(cast.get("typeName", {}).get("names"))[-1:]
        else:
            continue
        if column and how:
            yield Touched(column, how[0])


def json_reads(select: Select) -> Iterator[Touched]:
    """Columns of which a condition takes a part out by key."""
    waiting: list[Tree] = [select.body.get("whereClause")]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            expression = node.get("A_Expr")
            operator = "".join(names(expression.get("name"))) if isinstance(expression, dict) else ""
            column = _column(select.table, expression.get("lexpr")) if isinstance(expression, dict) else None
            if column and operator in _JSON_OPERATORS:
                yield Touched(column, operator)
            waiting.extend(value for value in node.values() if isinstance(value, dict | list))


def _comparisons(select: Select) -> Iterator[dict[str, Tree]]:
    for part in conjuncts(select.body.get("whereClause")):
        expression = part.get("A_Expr")
        if isinstance(expression, dict) and expression.get("kind") in _COMPARED:
            yield expression


def _column(table: Relation | None, node: Tree) -> Column | None:
    reference = node.get("ColumnRef") if isinstance(node, dict) else None
    parts = names(reference.get("fields")) if isinstance(reference, dict) else ()
    if not table or not parts:
        return None
    return next((column for column in table.columns if column.name == parts[-1]), None)
