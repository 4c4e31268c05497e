"""What a query locks and reads: relations, what is under views, indexes, partitions, sequences, functions."""

from __future__ import annotations

from dataclasses import dataclass

from migrations_safety.effects.builtin_functions import is_builtin_function
from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.model import ALWAYS, Conditional, Reason, Role, When
from migrations_safety.effects.planning import PARTITIONED_INDEXES_SINCE
from migrations_safety.effects.resolution import check_columns
from migrations_safety.effects.run import AS, RE, RS, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgDepend, PgProc, PgRewrite, PgTrigger
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
BY_WRAPPER = Conditional(Reason.FUNCTION_BODY, "the foreign data wrapper decides")
_ONE_OF_THEM = Conditional(Reason.FUNCTION_BODY, "the view writes to one of its relations")
_READABLE = frozenset("rmS")
_MERGE_INTO_VIEWS_SINCE = 17
INSTEAD = 64
"""The bit of an INSTEAD OF trigger in pg_trigger.tgtype."""
INSTEAD_EVENTS = {RelationUse.INSERT: 4, RelationUse.DELETE: 8, RelationUse.UPDATE: 16}
"""The bits of a trigger's events in pg_trigger.tgtype."""
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
    is_plain, is_idle = _is_plain(tree, found), _merges_nothing(tree)
    targets = {one.parts for one in found.relations if one.use not in (RelationUse.READ, RelationUse.LOCK_ROWS)}
    opened = [(one, relation) for one in found.relations if (relation := _named(run, one)) is not None]
    for one, relation in opened:
        _check_kind(run, relation, one)
    if not run.is_body:
        check_columns(run, tree)
    for one, relation in opened:
        _reach(run, relation, one, depth, is_plain=is_plain and one.parts not in targets, is_idle=is_idle)
    if depth.is_planned:
        for one, relation in opened:
            check_use(run, relation, one.use)
        for call in found.calls:
            _call(run, call.name, call.argument_count, tree, depth)
    if not found.is_complete:
        run.record.opaque = "the query is nested too deeply to be read"
    return found


def _merges_nothing(tree: Tree) -> bool:
    """Whether a MERGE has no action that changes rows."""
    body = tree.get("MergeStmt") if isinstance(tree, dict) else None
    clauses = [one.get("MergeWhenClause", {}) for one in body.get("mergeWhenClauses", ())] if body else []
    return bool(clauses) and all(clause.get("commandType") == "CMD_NOTHING" for clause in clauses)


def _named(run: Run, one: Reached) -> Rel | None:
    return run.relation(RangeVar(schema=_schema(one), name=one.parts[-1]))


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
    """What the server says when it opens the relation."""
    if run.is_assumed(relation):
        return
    if relation.kind in {"i", "I", "c"}:
        run.refuse("42809", f"{relation.name} is not a table")
    if one.use is RelationUse.MERGE:
        views = "v" if run.major >= _MERGE_INTO_VIEWS_SINCE else ""
        if relation.kind not in f"rp{views}":
            run.refuse("0A000", f"cannot execute MERGE on relation {relation.name}")


def check_use(run: Run, relation: Rel, use: RelationUse) -> None:
    """What the server says when it is about to execute.

    Raises:
        Refused: 42809, rows of such a relation cannot be changed or locked.
    """
    if run.is_assumed(relation) or use is RelationUse.READ:
        return
    if relation.kind in {"S", "m"}:
        run.refuse("42809", f"cannot change or lock rows in {relation.name}")


def _reach(run: Run, relation: Rel, one: Reached, depth: Depth, *, is_plain: bool, is_idle: bool) -> None:
    mode = MODES[one.use]
    run.lock(relation, mode, _role(relation, one.use))
    if relation.kind == "v":
        if depth.is_rewritten:
            open_view(run, relation, RelationUse.READ if is_idle else one.use, depth)
        return
    if relation.kind == "f" and depth.is_planned:
        run.record.may_refuse("55000", f"the wrapper of {relation.name} may not be able to", BY_WRAPPER)
    if one.use is RelationUse.INSERT:
        return
    if depth.is_planned:
        plan_table(run, relation, mode, inherits=one.inherits)
    if depth.is_executed and relation.kind in _READABLE:
        run.scan(relation, "it is read", ALWAYS if is_plain else BY_ROWS)
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
    children = list(run.descendants(relation.oid)) if inherits and isinstance(relation, PgClass) else []
    if relation.kind != "p" or run.major >= PARTITIONED_INDEXES_SINCE or not children:
        _open_indexes(run, relation, mode, when)
    below = PRUNING if relation.kind == "p" else when
    for child in children:
        run.lock(child, mode, run.child_role(child), below)
        if child.kind != "p" or run.major >= PARTITIONED_INDEXES_SINCE:
            _open_indexes(run, child, mode, BY_ROWS if below is ALWAYS else below)


def _open_indexes(run: Run, relation: Rel, mode: LockMode, when: When) -> None:
    for index in run.indexes(relation.oid):
        if index.live:
            run.lock(index, mode, Role.INDEX, when)


# ---- views


def open_view(run: Run, view: Rel, use: RelationUse, depth: Depth) -> None:
    """Note what the server does under a view that a statement reads or writes."""
    event = INSTEAD_EVENTS.get(use)
    if event is None:
        under_view(run, view, MODES[use], depth)
    elif not _takes_rows(run, view, event):
        under_view(run, view, RE, depth)
    elif use is not RelationUse.INSERT:
        under_view(run, view, AS, depth)


def _takes_rows(run: Run, view: Rel, event: int) -> bool:
    """Whether a trigger does the work instead of the view's table."""
    return any(
        trigger.type_bits & INSTEAD and trigger.type_bits & event
        for trigger in run.world.where(PgTrigger, "relation", view.oid)
    )


def under_view(run: Run, view: Rel, mode: LockMode, depth: Depth, seen: frozenset[int] = frozenset()) -> None:
    """Note what a view is made of; one that is written to passes the mode on to its table."""
    if view.oid in seen:
        return
    sources = [found for oid in view_sources(run, view.oid) if (found := run.world.relation(oid)) is not None]
    for source in sources:
        certain: When = ALWAYS
        if mode is RE:
            run.lock(source, AS, _role(source, RelationUse.READ))
            certain = ALWAYS if len(sources) == 1 else _ONE_OF_THEM
        run.lock(source, mode, _role(source, RelationUse.READ), certain)
        if source.kind == "v":
            under_view(run, source, mode, depth, seen | {view.oid})
            continue
        if depth.is_planned:
            plan_table(run, source, mode, when=BY_ROWS if mode is RE else ALWAYS)
        if depth.is_executed and source.kind in _READABLE:
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
    if own and depth.is_executed:
        _run_functions(run, own)
    if not own and not is_builtin_function(name[-1]) and not run.world.is_complete:
        run.record.opaque = f"function {'.'.join(name)} is called"


def _run_functions(run: Run, rows: list[PgProc]) -> None:
    from migrations_safety.effects.programs import run_function  # noqa: PLC0415 - only for functions of users

    for row in rows:
        run_function(run, row, Conditional(Reason.FUNCTION_BODY, f"function {row.name}"))


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
