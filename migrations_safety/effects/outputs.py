"""The columns that a query gives, for views and tables made of it: names nearly always, types where they are plain."""

from __future__ import annotations

from collections import Counter

import msgspec

from migrations_safety.effects.run import Rel, Run
from migrations_safety.effects.types import TypeUse, resolve
from probes.catalog.rows import PgAttribute, PgClass, PgType
from probes.sql.queries import Tree, names
from probes.sql.tree.parts import TypeName

_Node = dict[str, Tree]
_INT4, _INT8, _NUMERIC, _TEXT, _BOOL = 23, 20, 1700, 25, 16
_KNOWN_RESULTS = {"count": _INT8, "row_number": _INT8, "rank": _INT8, "now": 1184, "length": _INT4}
_DEFAULT_COLLATION = 100
_COLLATABLE = frozenset({25, 1043, 1042, 19})
_KEYWORDS = {
    "CoalesceExpr": "coalesce",
    "CaseExpr": "case",
    "A_ArrayExpr": "array",
    "RowExpr": "row",
    "XmlExpr": "xml",
}


class Output(msgspec.Struct, frozen=True, gc=False):
    """One column of a query; type 0 where it cannot be told."""

    name: str
    type: int = 0
    typmod: int = -1
    collation: int = 0


SEQUENCE_COLUMNS = (Output("last_value", _INT8), Output("log_cnt", _INT8), Output("is_called", _BOOL))
_Source = tuple[str, tuple[Output, ...]]
_Known = dict[str, tuple[Output, ...]]


def outputs(
    run: Run, tree: Tree, tables: _Known | None = None, *, is_recursive: bool = False
) -> tuple[Output, ...] | None:
    """The columns of a SELECT given as the parser's JSON by kind; None where even their number is not known."""
    body = tree.get("SelectStmt") if isinstance(tree, dict) else None
    if not isinstance(body, dict):
        return None
    known = dict(tables or {})
    for one in body.get("withClause", {}).get("ctes", ()):
        table = one.get("CommonTableExpr", {})
        found = outputs(run, table.get("ctequery"), known, is_recursive=bool(body["withClause"].get("recursive")))
        if found is None:
            return None
        aliases = names(table.get("aliascolnames"))
        known[table.get("ctename", "")] = _renamed(found, aliases)
    if "larg" in body:
        return _union(run, body, known, is_recursive=is_recursive)
    if "valuesLists" in body:
        return _values(body)
    return _targets(run, body, known)


def _union(run: Run, body: _Node, known: _Known, *, is_recursive: bool) -> tuple[Output, ...] | None:
    left = outputs(run, {"SelectStmt": body["larg"]}, known)
    right = outputs(run, {"SelectStmt": body["rarg"]}, known)
    if left is None or right is None or len(left) != len(right) or is_recursive:
        return left  # the branch that does not recurse decides
    return tuple(
        a if (a.type, a.typmod) == (b.type, b.typmod) else Output(a.name) for a, b in zip(left, right, strict=True)
    )


def _values(body: _Node) -> tuple[Output, ...]:
    first = body["valuesLists"][0].get("List", {}).get("items", [])
    return tuple(Output(f"column{position}", _constant(item)) for position, item in enumerate(first, start=1))


def _renamed(found: tuple[Output, ...], aliases: tuple[str, ...]) -> tuple[Output, ...]:
    replaced = [msgspec.structs.replace(one, name=name) for one, name in zip(found, aliases, strict=False)]
    return (*replaced, *found[len(replaced) :])


def _targets(run: Run, body: _Node, known: _Known) -> tuple[Output, ...] | None:
    sources: list[_Source] | None = []
    for item in body.get("fromClause", ()):
        more = _sources(run, item, known)
        sources = None if more is None or sources is None else sources + more
    found: list[Output] = []
    for one in body.get("targetList", ()):
        target = one.get("ResTarget", {})
        value = target.get("val", {})
        parts = names(value.get("ColumnRef", {}).get("fields")) if "ColumnRef" in value else ()
        if parts and parts[-1] == "*":
            if sources is None:
                return None
            chosen = [out for alias, outs in sources if len(parts) == 1 or alias == parts[-2] for out in outs]
            found.extend(chosen)
            continue
        typed = _value(run, value, parts, sources or [])
        found.append(msgspec.structs.replace(typed, name=target.get("name") or typed.name))
    return tuple(found)


def _sources(run: Run, item: _Node, known: _Known) -> list[_Source] | None:
    if "RangeVar" in item:
        named = item["RangeVar"]
        alias = named.get("alias", {})
        outs = known.get(named["relname"]) if "schemaname" not in named else None
        if outs is None:
            relation = run.find(named.get("schemaname"), named["relname"])
            outs = relation_outputs(run, relation) if relation is not None else None
        if outs is None:
            return None
        return [(alias.get("aliasname") or named["relname"], _renamed(outs, names(alias.get("colnames"))))]
    if "JoinExpr" in item:
        join = item["JoinExpr"]
        left, right = _sources(run, join.get("larg", {}), known), _sources(run, join.get("rarg", {}), known)
        merges = "usingClause" in join or join.get("isNatural") or "alias" in join
        return None if left is None or right is None or merges else left + right
    if "RangeSubselect" in item:
        part = item["RangeSubselect"]
        found = outputs(run, part.get("subquery"), known)
        alias = part.get("alias", {})
        return None if found is None else [(alias.get("aliasname", ""), _renamed(found, names(alias.get("colnames"))))]
    return None


def relation_outputs(run: Run, relation: Rel) -> tuple[Output, ...] | None:
    """The columns of a relation as a query gives them."""
    if run.is_assumed(relation) or not isinstance(relation, PgClass):
        return None
    if relation.kind == "S":
        return SEQUENCE_COLUMNS
    found = tuple(Output(c.name, c.type, c.typmod, c.collation) for c in run.columns(relation.oid))
    return found or None


def _value(run: Run, value: _Node, parts: tuple[str, ...], sources: list[_Source]) -> Output:
    if parts:
        matching = [
            out
            for alias, outs in sources
            if len(parts) == 1 or alias == parts[-2]
            for out in outs
            if out.name == parts[-1]
        ]
        return matching[0] if len(matching) == 1 else Output(parts[-1])
    if "TypeCast" in value:
        return _cast(run, value["TypeCast"], sources)
    if "FuncCall" in value:
        name = names(value["FuncCall"].get("funcname"))[-1]
        return Output(name, _KNOWN_RESULTS.get(name, 0))
    if "A_Const" in value:
        oid = _constant(value)
        return Output("?column?", oid, -1, _DEFAULT_COLLATION if oid in _COLLATABLE else 0)
    kind = next(iter(value), "")
    return Output(_KEYWORDS.get(kind, "exists" if kind == "SubLink" else "?column?"))


def _cast(run: Run, cast: _Node, sources: list[_Source]) -> Output:
    arg = cast.get("arg", {})
    parts = names(arg.get("ColumnRef", {}).get("fields")) if "ColumnRef" in arg else ()
    inner = _value(run, arg, parts, sources)
    named = msgspec.convert(cast["typeName"], TypeName) if "typeName" in cast else None
    use = TypeUse(0) if named is None else resolve(run, named)
    name = inner.name if inner.name != "?column?" else (named.names[-1] if named else "?column?")
    return Output(name, use.oid, use.typmod, use.collation)


def _constant(item: _Node) -> int:
    constant = item.get("A_Const", {})
    for key, oid in (("ival", _INT4), ("fval", _NUMERIC), ("sval", _TEXT), ("boolval", _BOOL)):
        if key in constant:
            return oid
    return _TEXT if constant.get("isnull") else 0


def put_columns(run: Run, relation: PgClass, found: tuple[Output, ...], *, written: tuple[str, ...] = ()) -> None:
    """Give a relation the columns of a query, under the names that the statement writes for them."""
    columns = _renamed(found, written)
    twice = [name for name, count in Counter(one.name for one in columns).items() if count > 1]
    if twice:
        run.refuse("42701", f"column {twice[0]} specified more than once")
    for number, one in enumerate(columns, start=1):
        kind = run.world.one(PgType, one.type)
        run.world.put(
            PgAttribute(
                relation=relation.oid,
                number=number,
                name=one.name,
                type=one.type,
                typmod=one.typmod,
                not_null=False,
                has_default=False,
                identity="",
                generated="",
                collation=one.collation,
                dimensions=0,
                storage=kind.storage if kind else "p",
                compression="",
                statistics_target=None,
                inherited_count=0,
                is_local=True,
                options=(),
                acl=None,
            )
        )
    run.change(relation, column_slots=len(found))
