"""Live queries, as pg_stat_statements has them, that name a table or a column.

They are shown by id, verb and the relations they name, never by their text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgClass, Statement
from probes.finding import Evidence, EvidenceValue
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import Tree, load, names

_VERBS = {
    "SelectStmt": "select",
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "DeleteStmt": "delete",
    "MergeStmt": "merge",
}
_SHOWN = 5
_SHOWN_RELATIONS = 4


class Named(msgspec.Struct, frozen=True, gc=False):
    """A relation that a query names."""

    schema: str | None
    name: str
    alias: str | None = None


class LiveQuery(msgspec.Struct, frozen=True, gc=False):
    """A query that ran since the counters of pg_stat_statements began."""

    query_id: int | None
    calls: int
    verb: str
    relations: tuple[Named, ...]
    columns: frozenset[tuple[str, ...]]
    """References as written: the last part is the column, the one before it a table or its alias."""
    written: frozenset[tuple[str, str]]
    """Relation and column of what INSERT, UPDATE and MERGE set."""
    arbiters: frozenset[frozenset[str]] = frozenset()
    """Columns of each ON CONFLICT; a constraint's name stands for itself."""
    positional: frozenset[tuple[str, int | None]] = frozenset()
    """Relations that INSERT fills without naming columns, and how many values it gives, where that can be told."""
    total_exec_ms: float = 0.0

    @property
    def shape(self) -> str:
        """The query in words that hold no value."""
        shown = list(dict.fromkeys(one.name for one in self.relations))
        more = ", ..." if len(shown) > _SHOWN_RELATIONS else ""
        return f"{self.query_id or 'no id'}: {self.verb} on {', '.join(shown[:_SHOWN_RELATIONS])}{more}"

    def names(self, schema: str | None, table: str) -> bool:
        """Whether it names the table, by the name alone where it writes no schema."""
        return any(
            one.name == table and (None in (one.schema, schema) or one.schema == schema) for one in self.relations
        )


def live_queries(catalog: Catalog | None) -> tuple[LiveQuery, ...]:
    """The queries that the catalog holds; none where pg_stat_statements was not collected."""
    if catalog is None or catalog.absent(Statement):
        return ()
    return catalog.derived("live queries", (Statement,), lambda: tuple(_read(catalog.rows(Statement))))


def _read(rows: Iterable[Statement]) -> Iterator[LiveQuery]:
    calls: dict[str, int] = {}
    exec_ms: dict[str, float] = {}
    first: dict[str, Statement] = {}
    for row in rows:
        if row.text is not None:
            calls[row.text] = calls.get(row.text, 0) + row.calls
            exec_ms[row.text] = exec_ms.get(row.text, 0.0) + row.total_exec_ms
            first.setdefault(row.text, row)
    for text, row in first.items():
        parsed = parse_statement(text)
        if isinstance(parsed, Parsed) and parsed.kind in _VERBS:
            tree = load(parsed.source)
            if tree is not None:
                query = read_query(tree, parsed.kind, row.query_id, calls[text])
                yield msgspec.structs.replace(query, total_exec_ms=exec_ms[text])


def read_query(tree: Tree, kind: str, query_id: int | None = None, calls: int = 0) -> LiveQuery:
    """What a query names, from the parser's JSON of a statement of this grammar kind."""
    return _Reading().query(query_id, calls, kind, tree)


class _Reading:
    """One walk through a query."""

    def __init__(self) -> None:
        self.relations: list[Named] = []
        self.columns: set[tuple[str, ...]] = set()
        self.written: set[tuple[str, str]] = set()
        self.arbiters: set[frozenset[str]] = set()
        self.common: set[str] = set()
        self.positional: set[tuple[str, int | None]] = set()

    def query(self, query_id: int | None, calls: int, kind: str, tree: Tree) -> LiveQuery:
        waiting: list[Tree] = [{kind: tree}]
        while waiting:
            node = waiting.pop()
            if isinstance(node, list):
                waiting.extend(node)
            elif isinstance(node, dict):
                for key, value in node.items():
                    self._visit(key, value)
                    waiting.append(value)
        relations = tuple(one for one in self.relations if one.schema or one.name not in self.common)
        return LiveQuery(
            query_id=query_id,
            calls=calls,
            verb=_VERBS.get(kind, ""),
            relations=relations,
            columns=frozenset(self.columns),
            written=frozenset(self.written),
            arbiters=frozenset(self.arbiters),
            positional=frozenset(self.positional),
        )

    def _visit(self, key: str, value: Tree) -> None:
        if not isinstance(value, dict):
            return
        if key in {"RangeVar", "relation"} and "relname" in value:
            alias = value.get("alias", {}).get("aliasname")
            self.relations.append(Named(value.get("schemaname"), value["relname"], alias))
        elif key == "ColumnRef":
            self.columns.add(names(value.get("fields")))
        elif key == "CommonTableExpr":
            self.common.add(value.get("ctename", ""))
        elif key in {"InsertStmt", "UpdateStmt", "MergeStmt"}:
            self._targets(value)
            if key == "InsertStmt":
                self._fills(value)

    def _fills(self, body: dict[str, Tree]) -> None:
        """Take an INSERT that names no columns."""
        query = body.get("selectStmt", {}).get("SelectStmt", {})
        rows = [row.get("List", {}).get("items", ()) for row in query.get("valuesLists", ())]
        if query and "cols" not in body:
            self.positional.add((body.get("relation", {}).get("relname", ""), len(rows[0]) if rows else None))

    def _targets(self, body: dict[str, Tree]) -> None:
        table = body.get("relation", {}).get("relname", "")
        conflict = body.get("onConflictClause", {})
        lists = [body.get("cols"), conflict.get("targetList")]
        if "withClause" not in body or "targetList" in body:
            lists.append(body.get("targetList"))
        lists += [one.get("MergeWhenClause", {}).get("targetList") for one in body.get("mergeWhenClauses", ())]
        for one in lists:
            for item in one or ():
                name = item.get("ResTarget", {}).get("name")
                if name:
                    self.written.add((table, name))
        infer = conflict.get("infer", {})
        named = frozenset(item.get("IndexElem", {}).get("name", "") for item in infer.get("indexElems", ()))
        if named:
            self.arbiters.add(named)
        if infer.get("conname"):
            self.arbiters.add(frozenset({infer["conname"]}))


def queries_naming(
    catalog: Catalog | None, schema: str | None, table: str, column: str | None = None
) -> list[LiveQuery]:
    """Live queries that name the table, or the column of it, the most frequent first."""
    found = [query for query in live_queries(catalog) if query.names(schema, table)]
    if column is not None and catalog is not None:
        found = [query for query in found if names_column(catalog, query, table, column)]
    return sorted(found, key=lambda query: -query.calls)


def queries_filling(
    catalog: Catalog | None, relation: int, schema: str | None, table: str, column: str
) -> list[LiveQuery]:
    """Live INSERTs that name no columns and give a value to this one by its place: without it they fail, or shift."""
    if catalog is None:
        return []
    rows = catalog.grouped(PgAttribute, "relation").get(relation, ())
    place = next((place for place, row in enumerate(rows, 1) if row.name == column), 0)
    return [
        query
        for query in live_queries(catalog)
        if query.names(schema, table)
        and any(name == table and (count is None or count >= place > 0) for name, count in query.positional)
    ]


def names_column(catalog: Catalog, query: LiveQuery, table: str, column: str) -> bool:
    """Whether a query that names the table names this column of it."""
    if (table, column) in query.written:
        return True
    own = {table, *(one.alias for one in query.relations if one.name == table and one.alias)}
    others = [one for one in query.relations if one.name != table]
    for parts in query.columns:
        if parts[-1] != column:
            continue
        if len(parts) > 1:
            if parts[-2] in own:
                return True
        elif not any(_has_column(catalog, one, column) for one in others):
            return True
    return False


def _has_column(catalog: Catalog, named: Named, column: str) -> bool:
    columns = catalog.grouped(PgAttribute, "relation")
    rows = catalog.grouped(PgClass, "name").get(named.name, ())
    return any(one.name == column for row in rows for one in columns.get(row.oid, ()))


def query_evidence(catalog: Catalog | None, found: list[LiveQuery]) -> Evidence:
    """The queries as evidence: how many, how often they ran, the most frequent by shape; nothing where none were read.

    That none was found is evidence too. Queries whose text our role may not read are counted.
    """
    if catalog is None or catalog.absent(Statement):
        return {}
    hidden = sum(row.text is None for row in catalog.rows(Statement))
    evidence: dict[str, EvidenceValue] = {"live_query_count": len(found)}
    if found:
        evidence["live_query_calls"] = sum(query.calls for query in found)
        evidence["live_queries"] = tuple(f"{query.shape} ({query.calls} calls)" for query in found[:_SHOWN])
    if hidden:
        evidence["hidden_query_count"] = hidden
    return evidence


def in_words(found: list[LiveQuery]) -> str:
    """How many live queries there are, for a message; empty where there are none."""
    if not found:
        return ""
    return "a live query needs it" if len(found) == 1 else f"{len(found)} live queries need it"
