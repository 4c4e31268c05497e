"""What the statements of the workload look for in one table: the conditions of their WHERE, parsed."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import ColumnStatistics, PgClass
from probes.checks._support.refs import SCOPE
from probes.checks._support.statements import StatementGroup
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import Tree, load, names

_EQUALITY_KINDS = frozenset({"AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY"})
_RANGE_OPERATORS = frozenset({"<", ">", "<=", ">="})
_SHAPING_CLAUSES = ("groupClause", "distinctClause", "limitCount", "havingClause", "valuesLists", "larg")


class Filter(msgspec.Struct, frozen=True, gc=False):
    """A statement that reads one table, and the columns that its conditions, all joined by AND, compare."""

    statement: StatementGroup
    table: Relation
    equal: tuple[int, ...]
    """Attribute numbers compared with a value for equality, in ascending order."""
    ranged: tuple[int, ...]
    """Those compared with a bound."""
    is_whole: bool
    """Whether nothing else decides which rows it gives: no other condition, aggregate, grouping or limit."""

    @property
    def rows_per_call(self) -> float:
        """Rows that a call returns or changes."""
        return self.statement.rows / self.statement.calls


def filter_of(catalog: Catalog, group: StatementGroup) -> Filter | None:
    """The filter of a statement; None where it reads several tables, or has no conditions that are understood.

    A table named without its schema is known only if there is one of that name.
    """
    parsed = parse_statement(group.text)
    body = load(parsed.source) if isinstance(parsed, Parsed) else None
    target = only_relation(body) if isinstance(body, dict) else None
    table = table_named(catalog, target) if target else None
    if table is None or not isinstance(body, dict):
        return None
    found = _Conditions(table)
    found.read(body.get("whereClause"))
    whole = not (found.others or any(body.get(clause) for clause in _SHAPING_CLAUSES) or _calls(body.get("targetList")))
    return Filter(group, table, tuple(sorted(found.equal)), tuple(sorted(found.ranged)), whole)


def only_relation(body: dict[str, Tree]) -> dict[str, Tree] | None:
    """The one relation of a SELECT, UPDATE or DELETE without subqueries in its FROM."""
    if body.get("withClause") or body.get("usingClause"):
        return None
    sources = body.get("fromClause", [])
    if isinstance(body.get("relation"), dict):
        return body["relation"] if not sources else None
    if len(sources) != 1:
        return None
    found = sources[0].get("RangeVar")
    return found if isinstance(found, dict) else None


def table_named(catalog: Catalog, target: dict[str, Tree]) -> Relation | None:
    """The table in scope that a statement means; None where several have the name."""
    schemas, wanted = catalog.schemas_in_scope, target.get("schemaname")
    by_name = catalog.derived(("tables by name", catalog.scope), SCOPE, lambda: _by_name(catalog))
    found = by_name.get(target.get("relname", ""), ())
    rows = [row for row in found if wanted is None or schemas.get(row.namespace) == wanted]
    return Relation(catalog, rows[0]) if len(rows) == 1 else None


def _by_name(catalog: Catalog) -> dict[str, list[PgClass]]:
    found: dict[str, list[PgClass]] = {}
    for row in catalog.tables_in_scope:
        found.setdefault(row.name, []).append(row)
    return found


def _calls(targets: Tree) -> bool:
    """Whether a list of outputs calls a function, which may be an aggregate."""
    return any("FuncCall" in item.get("ResTarget", {}).get("val", {}) for item in targets or ())


class _Conditions:
    """Columns of a WHERE that is a conjunction."""

    def __init__(self, table: Relation) -> None:
        self._numbers = {row.name: row.number for row in table.column_rows}
        self.equal: set[int] = set()
        self.ranged: set[int] = set()
        self.others = False

    def read(self, node: Tree) -> None:
        for part in conjuncts(node):
            expression = part.get("A_Expr")
            number = self._column(expression)
            operator = "".join(names(expression.get("name"))) if isinstance(expression, dict) else ""
            if number is None or not isinstance(expression, dict):
                self.others = True
            elif operator == "=" and expression.get("kind") in _EQUALITY_KINDS:
                self.equal.add(number)
            elif operator in _RANGE_OPERATORS or expression.get("kind") == "AEXPR_BETWEEN":
                self.ranged.add(number)
            else:
                self.others = True

    def _column(self, expression: Tree) -> int | None:
        """The column that is compared with values; None for anything else."""
        if not isinstance(expression, dict) or not is_value(expression.get("rexpr")):
            return None
        reference = expression.get("lexpr", {}).get("ColumnRef")
        parts = names(reference.get("fields")) if isinstance(reference, dict) else ()
        return self._numbers.get(parts[-1]) if parts else None


def conjuncts(node: Tree) -> Iterator[dict[str, Tree]]:
    """The conditions of a WHERE that are joined by AND."""
    if not isinstance(node, dict):
        return
    joined = node.get("BoolExpr", {})
    if joined.get("boolop") == "AND_EXPR":
        for part in joined.get("args", ()):
            yield from conjuncts(part)
    else:
        yield node


def is_value(node: Tree) -> bool:
    """Whether it is a parameter, a constant, a cast of one, or a list of such."""
    if isinstance(node, list):
        return all(map(is_value, node))
    if not isinstance(node, dict):
        return False
    if "ParamRef" in node or "A_Const" in node:
        return True
    if "TypeCast" in node:
        return is_value(node["TypeCast"].get("arg"))
    return "List" in node and is_value(node["List"].get("items", []))


def distinct_values(catalog: Catalog, table: Relation, number: int) -> float | None:
    """How many different values a column has, as ANALYZE estimated; None where that is not known."""
    for row in catalog.grouped(ColumnStatistics, "relation").get(table.oid, ()):
        if row.column == number and row.distinct_values:
            share = -row.distinct_values
            return share * table.estimated_rows if share > 0 else row.distinct_values
    return None
