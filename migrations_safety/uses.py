"""What the database knows to name a table or a column: live queries, bodies of functions, everything that depends.

Live queries come from pg_stat_statements. They are shown by id, verb and the relations they name, never by their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from migrations_safety.effects.dependents import Kind, Obj, dependents
from migrations_safety.effects.run import Run
from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgPolicy,
    PgProc,
    PgRewrite,
    PgTrigger,
    Statement,
)
from probes.finding import Evidence
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import Tree, load, names

_VERBS = {
    "SelectStmt": "select",
    "InsertStmt": "insert",
    "UpdateStmt": "update",
    "DeleteStmt": "delete",
    "MergeStmt": "merge",
}
_WORD = re.compile(r"\w+")
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
    first: dict[str, Statement] = {}
    for row in rows:
        if row.text is not None:
            calls[row.text] = calls.get(row.text, 0) + row.calls
            first.setdefault(row.text, row)
    for text, row in first.items():
        parsed = parse_statement(text)
        if isinstance(parsed, Parsed) and parsed.kind in _VERBS:
            tree = load(parsed.source)
            if tree is not None:
                yield _Reading().query(row.query_id, calls[text], parsed.kind, tree)


class _Reading:
    """One walk through a query."""

    def __init__(self) -> None:
        self.relations: list[Named] = []
        self.columns: set[tuple[str, ...]] = set()
        self.written: set[tuple[str, str]] = set()
        self.arbiters: set[frozenset[str]] = set()
        self.common: set[str] = set()

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
            verb=_VERBS[kind],
            relations=relations,
            columns=frozenset(self.columns),
            written=frozenset(self.written),
            arbiters=frozenset(self.arbiters),
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
        found = [query for query in found if _names_column(catalog, query, table, column)]
    return sorted(found, key=lambda query: -query.calls)


def _names_column(catalog: Catalog, query: LiveQuery, table: str, column: str) -> bool:
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


def query_evidence(found: list[LiveQuery]) -> Evidence:
    """The queries as evidence: how many, how often they ran, the most frequent by shape."""
    if not found:
        return {}
    return {
        "live_query_count": len(found),
        "live_query_calls": sum(query.calls for query in found),
        "live_queries": tuple(f"{query.shape} ({query.calls} calls)" for query in found[:_SHOWN]),
    }


def in_words(found: list[LiveQuery]) -> str:
    """How many live queries there are, for a message; empty where there are none."""
    if not found:
        return ""
    return "a live query names it" if len(found) == 1 else f"{len(found)} live queries name it"


# ---- bodies of functions


def functions_naming(catalog: Catalog | None, relation: int, table: str, column: str | None = None) -> list[PgProc]:
    """Functions in whose body the table, or the table and the column, stand as words.

    A function that a trigger of the table calls may name the column alone.
    """
    if catalog is None or catalog.absent(PgProc):
        return []
    bodies = catalog.derived("words of functions", (PgProc,), lambda: _words(catalog.rows(PgProc)))
    called = {row.function for row in catalog.grouped(PgTrigger, "relation").get(relation, ())}
    wanted = {table.lower()} if column is None else {column.lower()}
    found: list[PgProc] = []
    for oid, words in bodies.items():
        if wanted <= words and (column is None or table.lower() in words or oid in called):
            row = catalog.find(PgProc, oid)
            if row is not None:
                found.append(row)
    return found


def _words(rows: Iterable[PgProc]) -> dict[int, frozenset[str]]:
    return {
        row.oid: frozenset(map(str.lower, _WORD.findall(row.source)))
        for row in rows
        if row.source and not row.has_sql_body
    }


def function_name(catalog: Catalog, row: PgProc) -> str:
    """The function as `schema.name`."""
    return f"{catalog.schema_name(row.namespace)}.{row.name}"


# ---- what the server tracks


def dependent_names(run: Run, relation: int, column: int = 0) -> tuple[str, ...]:
    """What depends on a relation, or on a column of it, and does not go with it of itself, in words."""
    found = (_described(run, obj, relation) for obj, _ in dependents(run, Obj(Kind.RELATION, relation, column)))
    return tuple(dict.fromkeys(filter(None, found)))


def _described(run: Run, obj: Obj, relation: int) -> str | None:  # noqa: PLR0911 - one return per kind
    world = run.world
    match obj.kind:
        case Kind.RELATION:
            row = world.one(PgClass, obj.oid)
            if row is None or (row.oid == relation and not obj.column) or row.kind == "S":
                return None
            if obj.column:
                name = ", ".join(run.column_names(row.oid, (obj.column,)))
                return f"column {qualified(run, row)}.{name}"
            return f"{_NOUNS.get(row.kind, 'relation')} {qualified(run, row)}"
        case Kind.POLICY:
            policy = world.one(PgPolicy, obj.oid)
            return f"policy {policy.name}" if policy else None
        case Kind.TRIGGER:
            trigger = world.one(PgTrigger, obj.oid)
            return f"trigger {trigger.name}" if trigger and not trigger.is_internal else None
        case Kind.RULE:
            rule = world.one(PgRewrite, obj.oid)
            return f"rule {rule.name}" if rule else None
        case Kind.FUNCTION:
            function = world.one(PgProc, obj.oid)
            return f"function {world.schema_name(function.namespace)}.{function.name}" if function else None
        case Kind.CONSTRAINT:
            key = world.one(PgConstraint, obj.oid)
            table = world.one(PgClass, key.relation) if key and key.relation != relation else None
            return f"foreign key {key.name} of {qualified(run, table)}" if key and table else None
        case _:
            return None


_NOUNS = {"v": "view", "m": "materialized view", "r": "table", "p": "table", "f": "foreign table", "c": "type"}


def qualified(run: Run, row: PgClass) -> str:
    """`schema.name`, or the name where the schema is not known."""
    return f"{run.world.schema_name(row.namespace)}.{row.name}" if row.namespace else row.name
