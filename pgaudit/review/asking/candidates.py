"""Indexes that a statement could use, by what it compares, orders by and joins: to be tried, not yet to be advised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.checks._support.filters import conjuncts, distinct_values, table_named
from probes.checks._support.tenancy import tenancy_of
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import Tree, load, names

_MOST_COLUMNS = 3
_MOST_CANDIDATES = 12
_EQUAL_KINDS = frozenset({"AEXPR_OP", "AEXPR_IN", "AEXPR_OP_ANY"})
_RANGE_OPERATORS = frozenset({"<", ">", "<=", ">="})
_RANGE_KINDS = frozenset({"AEXPR_BETWEEN"})


class Candidate(msgspec.Struct, frozen=True):
    """An index that does not exist."""

    table: Relation
    columns: tuple[int, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Its columns, in order."""
        return self.table.column_names(self.columns)

    @property
    def definition(self) -> str:
        """`market.messages (tenant_id, listing_id)`, as SQL."""
        return f"{self.table.sql} ({self.table.column_list_sql(self.columns)})"


class _Use(msgspec.Struct):
    """What a statement does with the columns of one table."""

    table: Relation
    equal: dict[int, None] = msgspec.field(default_factory=dict[int, None])
    joined: dict[int, None] = msgspec.field(default_factory=dict[int, None])
    """Compared with a column of another table."""
    ranged: dict[int, None] = msgspec.field(default_factory=dict[int, None])
    ordered: dict[int, None] = msgspec.field(default_factory=dict[int, None])


def candidates(catalog: Catalog, sql: str) -> tuple[Candidate, ...]:
    """Indexes worth a trial, the likeliest of each table first; none for what exists already."""
    found: dict[tuple[int, tuple[int, ...]], Candidate] = {}
    for use in _uses(catalog, sql):
        for columns in _column_lists(catalog, use):
            if columns and not _exists(use.table, columns):
                found.setdefault((use.table.oid, columns), Candidate(use.table, columns))
    return tuple(found.values())[:_MOST_CANDIDATES]


def tables_of(catalog: Catalog, sql: str) -> tuple[Relation, ...]:
    """The tables that a statement names, once each, in its order; those that are not known are left out."""
    written = sorted(_range_vars(_tree(sql)), key=lambda one: int(one.get("location", 0)))
    named = (table_named(catalog, one) for one in written)
    return tuple(dict.fromkeys(table for table in named if table is not None))


def unclear_names(catalog: Catalog, sql: str) -> tuple[str, ...]:
    """Names without a schema that tables in several schemas have."""
    counts: dict[str, int] = {}
    for row in catalog.tables_in_scope:
        counts[row.name] = counts.get(row.name, 0) + 1
    bare = (str(one.get("relname")) for one in _range_vars(_tree(sql)) if not one.get("schemaname"))
    return tuple(dict.fromkeys(name for name in bare if counts.get(name, 0) > 1))


def _tree(sql: str) -> Tree:
    parsed = parse_statement(sql)
    return load(parsed.source) if isinstance(parsed, Parsed) else None


def _nodes(tree: Tree) -> Iterator[dict[str, Tree]]:
    """Every node of the tree, in the order of the text as far as the tree keeps it."""
    waiting: list[Tree] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed([value for value in node.values() if isinstance(value, dict | list)]))
        elif isinstance(node, list):
            waiting.extend(reversed(node))


def _range_vars(tree: Tree) -> Iterator[dict[str, Tree]]:
    for node in _nodes(tree):
        for key in ("RangeVar", "relation"):
            found = node.get(key)
            if isinstance(found, dict) and "relname" in found:
                yield found


def _uses(catalog: Catalog, sql: str) -> Sequence[_Use]:
    tree = _tree(sql)
    reader = _Reader(catalog, tree)
    for node in _nodes(tree):
        for key in ("whereClause", "quals"):
            for condition in conjuncts(node.get(key)):
                reader.compare(condition)
        reader.order(node.get("sortClause"))
    return tuple(reader.uses.values())


class _Reader:
    """Resolves columns to tables: by alias, or by name where only one table of the statement has it."""

    def __init__(self, catalog: Catalog, tree: Tree) -> None:
        self.uses: dict[int, _Use] = {}
        self._tables: dict[str, Relation | None] = {}
        for one in _range_vars(tree):
            table = table_named(catalog, one)
            alias = one.get("alias")
            name = alias.get("aliasname") if isinstance(alias, dict) else one.get("relname")
            if table is None:
                continue
            known = self._tables.get(str(name), table)
            self._tables[str(name)] = table if known == table else None
            self.uses.setdefault(table.oid, _Use(table))

    def compare(self, condition: Tree) -> None:
        """Note the columns that a condition compares."""
        expression = condition.get("A_Expr") if isinstance(condition, dict) else None
        if not isinstance(expression, dict):
            return
        operator, kind = "".join(names(expression.get("name"))), expression.get("kind")
        left, right = self._column(expression.get("lexpr")), self._column(expression.get("rexpr"))
        if left is not None and right is not None and left[0] == right[0]:
            return  # two columns of one table: no index finds that
        for side in (left, right):
            if side is None:
                continue
            use = self.uses[side[0].oid]
            if operator == "=" and kind in _EQUAL_KINDS:
                (use.equal if left is None or right is None else use.joined)[side[1]] = None
            elif side is left and (kind in _RANGE_KINDS or operator in _RANGE_OPERATORS):
                use.ranged[side[1]] = None

    def order(self, clause: Tree) -> None:
        """Note the columns of an ORDER BY, where all are of one table and run one way."""
        items = [one.get("SortBy", {}) for one in clause] if isinstance(clause, list) else []
        found = [self._column(one.get("node")) for one in items]
        ways = {one.get("sortby_dir") == "SORTBY_DESC" for one in items}
        tables = {one[0].oid for one in found if one is not None}
        if found and None not in found and len(tables) == 1 and len(ways) == 1:
            for one in found:
                if one is not None:
                    self.uses[one[0].oid].ordered[one[1]] = None

    def _column(self, node: Tree) -> tuple[Relation, int] | None:
        reference = node.get("ColumnRef") if isinstance(node, dict) else None
        parts = names(reference.get("fields")) if isinstance(reference, dict) else ()
        if not parts:
            return None
        *alias, name = parts
        tables = [self._tables.get(alias[-1])] if alias else list(self._tables.values())
        hits = [
            (table, row.number)
            for table in dict.fromkeys(tables)
            if table is not None
            for row in table.column_rows
            if row.name == name
        ]
        return hits[0] if len(hits) == 1 else None


def _column_lists(catalog: Catalog, use: _Use) -> Iterator[tuple[int, ...]]:
    """Lists of columns: what is compared for equality, with an order or a bound behind it, then fewer of them."""
    tenancy = tenancy_of(catalog)
    tenant = tenancy.carriers.get(use.table.oid) if tenancy else None
    for compared in dict.fromkeys((frozenset(use.equal), frozenset({**use.equal, **use.joined}))):
        counts = {number: distinct_values(catalog, use.table, number) or 0.0 for number in compared}
        equal = tuple(sorted(counts, key=lambda one: (one != tenant, -counts[one], one)))[:_MOST_COLUMNS]
        for length in range(len(equal), 0, -1):
            yield from _followed(equal[:length], use, tenant)
        if not equal:
            yield from _followed((), use, tenant)


def _followed(equal: tuple[int, ...], use: _Use, tenant: int | None) -> Iterator[tuple[int, ...]]:
    """The columns alone, and with what may stand behind them. A tenant alone is no index."""
    if equal != (tenant,):
        yield equal
    ordered = tuple(one for one in use.ordered if one not in equal)
    if ordered:
        yield (*equal, *ordered)[: _MOST_COLUMNS + 1]
    ranged = next((one for one in use.ranged if one not in equal), None)
    if ranged is not None:
        yield (*equal, ranged)


def _exists(table: Relation, columns: tuple[int, ...]) -> bool:
    return any(
        index.is_usable
        and index.row.method == "btree"
        and index.row.predicate is None
        and index.key_columns[: len(columns)] == columns
        for index in table.indexes
    )
