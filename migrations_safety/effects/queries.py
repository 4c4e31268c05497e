"""What a query locks and reads: relations, what is under views, indexes, partitions, sequences, functions."""

from __future__ import annotations

from dataclasses import dataclass

from migrations_safety.effects.builtin import is_builtin_function
from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.model import ALWAYS, Conditional, Reason, Role, When
from migrations_safety.effects.planning import PARTITIONED_INDEXES_SINCE
from migrations_safety.effects.run import AS, RE, RS, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgDepend, PgRewrite
from probes.sql.queries import Reach, Reached, RelationUse, Tree, reach_of
from probes.sql.tree.atoms import RangeVar

MODES = {
    RelationUse.READ: AS,
    RelationUse.LOCK_ROWS: RS,
    RelationUse.INSERT: RE,
    RelationUse.UPDATE: RE,
    RelationUse.DELETE: RE,
    RelationUse.MERGE: RE,
}
PRUNING = Conditional(Reason.RUNTIME_PRUNING, "only partitions that the condition leaves are opened")
BY_ROWS = Conditional(Reason.ROWS_PRESENT, "the planner may read it through an index, or not at all")
_SEQUENCE_FUNCTIONS = frozenset({"nextval", "setval", "currval"})


@dataclass(slots=True)
class Depth:
    """How far the server goes with a query."""

    is_planned: bool = True
    """Planned, so that indexes and partitions are opened."""
    is_executed: bool = True
    """Executed, so that rows are read."""
    is_rewritten: bool = True
    """Views are replaced by what is under them."""


EXECUTED = Depth()
PLANNED = Depth(is_executed=False)
REWRITTEN = Depth(is_planned=False, is_executed=False)
ANALYZED = Depth(is_planned=False, is_executed=False, is_rewritten=False)


def work_query(run: Run, tree: Tree, depth: Depth = EXECUTED) -> Reach:
    """Note what a query does; `tree` is the parser's JSON with the kind of statement as its key."""
    found = reach_of(tree)
    is_plain = _is_plain(tree, found)
    targets = {one.parts for one in found.relations if one.use not in (RelationUse.READ, RelationUse.LOCK_ROWS)}
    for one in found.relations:
        relation = run.relation(RangeVar(schema=_schema(one), name=one.parts[-1]))
        if relation is not None:
            _check_kind(run, relation, one)
            _reach(run, relation, one, depth, is_plain=is_plain and one.parts not in targets)
    if depth.is_planned:
        for call in found.calls:
            _call(run, call.name, call.argument_count, tree, depth)
    if not found.is_complete:
        run.record.opaque = "the query is nested too deeply to be read"
    return found


def _schema(one: Reached) -> str | None:
    return one.parts[-2] if len(one.parts) > 1 else None


def _is_plain(tree: Tree, found: Reach) -> bool:
    """Whether the one relation of the query is certainly read whole."""
    if len(found.relations) != 1 or not isinstance(tree, dict):
        return False
    body = next(iter(tree.values()))
    hidden = {"whereClause", "limitCount", "withClause", "onConflictClause", "groupClause", "sortClause"}
    return isinstance(body, dict) and not hidden & set(body) and found.relations[0].use is RelationUse.READ


def _check_kind(run: Run, relation: Rel, one: Reached) -> None:
    if run.is_assumed(relation):
        return
    if relation.kind in {"i", "I", "c"}:
        run.refuse("42809", f"{relation.name} is not a table")
    if one.use in (RelationUse.INSERT, RelationUse.UPDATE, RelationUse.DELETE, RelationUse.MERGE) and (
        relation.kind in {"S", "m"}
    ):
        run.refuse("42809", f"cannot change {relation.name}")


def _reach(run: Run, relation: Rel, one: Reached, depth: Depth, *, is_plain: bool) -> None:
    mode = MODES[one.use]
    run.lock(relation, mode, _role(relation, one.use))
    if relation.kind == "v":
        if depth.is_rewritten:
            under_view(run, relation, mode, depth)
        return
    if one.use is RelationUse.INSERT:
        return
    if depth.is_planned:
        plan_table(run, relation, mode, inherits=one.inherits)
    if depth.is_executed and relation.kind in {"r", "m"}:
        when: When = ALWAYS if is_plain else BY_ROWS
        run.scan(relation, "it is read", when)
    if depth.is_executed and one.inherits and isinstance(relation, PgClass):
        for child in run.descendants(relation.oid):
            if child.kind == "r":
                run.scan(child, "it is read", BY_ROWS)


def _role(relation: Rel, use: RelationUse) -> Role:
    if use in (RelationUse.READ, RelationUse.LOCK_ROWS):
        return {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW}.get(relation.kind, Role.SOURCE)
    return Role.TARGET


def plan_table(run: Run, relation: Rel, mode: LockMode, *, inherits: bool = True, when: When = ALWAYS) -> None:
    """Note the locks of planning: indexes of the table, its children and theirs."""
    _open_indexes(run, relation, mode, when)
    if not inherits or not isinstance(relation, PgClass):
        return
    below = PRUNING if relation.kind == "p" else when
    for child in run.descendants(relation.oid):
        run.lock(child, mode, run.child_role(child), below)
        _open_indexes(run, child, mode, BY_ROWS if below is ALWAYS else below)


def _open_indexes(run: Run, relation: Rel, mode: LockMode, when: When) -> None:
    if relation.kind == "p" and run.major < PARTITIONED_INDEXES_SINCE:
        return
    for index in run.indexes(relation.oid):
        if index.live:
            run.lock(index, mode, Role.INDEX, when)


# ---- views


def under_view(run: Run, view: Rel, mode: LockMode, depth: Depth, seen: frozenset[int] = frozenset()) -> None:
    """Note what a view is made of; a view that is written to passes the mode on to its table."""
    if view.oid in seen:
        return
    for oid in view_sources(run, view.oid):
        source = run.world.relation(oid)
        if source is None:
            continue
        run.lock(source, AS, _role(source, RelationUse.READ))
        if mode is not AS:
            written = Conditional(Reason.FUNCTION_BODY, "unless a trigger or rule takes the rows instead")
            run.lock(source, mode, Role.TARGET, written)
        if source.kind == "v":
            under_view(run, source, mode, depth, seen | {view.oid})
            continue
        if depth.is_planned:
            plan_table(run, source, AS)
            if mode is not AS:
                plan_table(run, source, mode, when=BY_ROWS)
        if depth.is_executed and source.kind in {"r", "m"}:
            run.scan(source, f"view {view.name} reads it", BY_ROWS)
        if depth.is_executed:
            for child in run.descendants(source.oid):
                run.scan(child, f"view {view.name} reads it", BY_ROWS)


def view_sources(run: Run, view: int) -> list[int]:
    """Oids of the relations that a view's query names."""
    found: dict[int, None] = {}
    for rule in run.world.where(PgRewrite, "relation", view):
        if rule.name != "_RETURN":
            continue
        for row in run.world.where(PgDepend, "object", rule.oid):
            if row.catalog == "pg_rewrite" and row.referenced_catalog == "pg_class" and row.referenced != view:
                found[row.referenced] = None
    return list(found)


# ---- functions


def _call(run: Run, name: tuple[str, ...], argument_count: int, tree: Tree, depth: Depth) -> None:
    if name[-1] in _SEQUENCE_FUNCTIONS:
        if depth.is_executed:
            for sequence in _named_sequences(run, tree):
                run.lock(sequence, RE, Role.SEQUENCE)
        return
    own = candidates(run, name, argument_count)
    if (own and depth.is_executed) or (not own and not is_builtin_function(name[-1]) and not run.world.is_complete):
        run.record.opaque = f"function {'.'.join(name)} is called"


def _named_sequences(run: Run, tree: Tree) -> list[Rel]:
    """Sequences that nextval() and its kind name as constants."""
    found: list[Rel] = []
    waiting: list[Tree] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            call = node.get("FuncCall")
            if isinstance(call, dict):
                found.extend(_first_argument(run, call))
            waiting.extend(value for value in node.values() if isinstance(value, dict | list))
    return found


def _first_argument(run: Run, call: dict[str, Tree]) -> list[Rel]:
    name = call.get("funcname", [{}])[-1].get("String", {}).get("sval", "")
    if name not in _SEQUENCE_FUNCTIONS or not call.get("args"):
        return []
    argument = call["args"][0]
    argument = argument.get("TypeCast", {}).get("arg", argument) if isinstance(argument, dict) else {}
    text = argument.get("A_Const", {}).get("sval", {}).get("sval", "")
    parts = [part.strip('"') for part in text.split(".")] if text else []
    relation = run.find(parts[-2] if len(parts) > 1 else None, parts[-1]) if parts else None
    return [relation] if relation is not None else []
