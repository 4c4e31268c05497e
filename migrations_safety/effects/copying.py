"""COPY, EXPLAIN, cursors and prepared statements: queries inside other statements."""

from __future__ import annotations

from migrations_safety.effects.data import VIOLATION, insert_rows, work
from migrations_safety.effects.model import Conditional, Reason, Role
from migrations_safety.effects.queries import EXECUTED, PLANNED, REWRITTEN
from migrations_safety.effects.resolution import check_targets
from migrations_safety.effects.run import AS, RE, ROWS, Rel, Run
from probes.sql.queries import Tree, load
from probes.sql.tree.atoms import Source
from probes.sql.tree.data import Copy, DeclareCursor, Execute, Explain, Prepare
from probes.sql.tree.utility import ClosePortal, Deallocate, Fetch

_MATERIALIZED_VIEWS_SINCE = 18
_QUERIES = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
_BY_FUNCTION = Conditional(Reason.FUNCTION_BODY, "unless a function opened it")


def copy(run: Run, statement: Copy) -> None:
    """Work out COPY."""
    if statement.relation is None:
        _work_source(run, statement.query, executed=True)
        return
    relation = run.relation(statement.relation)
    if relation is None:
        return
    if statement.is_from:
        _copy_from(run, relation, statement)
        return
    run.lock(relation, AS, Role.SOURCE)
    check_targets(run, relation, list(statement.columns))
    _refuse_generated(run, relation, statement)
    kinds = "rm" if run.major >= _MATERIALIZED_VIEWS_SINCE else "r"
    if relation.kind not in kinds and not run.is_assumed(relation):
        run.refuse("42809", f"cannot copy from {relation.name}")
    run.scan(relation, "it is copied")


def _refuse_generated(run: Run, relation: Rel, statement: Copy) -> None:
    """COPY names no generated columns.

    Raises:
        Refused: 42P10.
    """
    for name in statement.columns:
        column = run.column(relation.oid, name)
        if column is not None and column.generated:
            run.refuse("42P10", f"column {name} is a generated column")


def _copy_from(run: Run, relation: Rel, statement: Copy) -> None:
    run.lock(relation, RE, Role.TARGET)
    check_targets(run, relation, list(statement.columns))
    _refuse_generated(run, relation, statement)
    if relation.kind not in {"r", "p", "f", "v"} and not run.is_assumed(relation):
        run.refuse("42809", f"cannot copy to {relation.name}")
    insert_rows(run, relation)
    run.record.may_refuse(VIOLATION, f"rows may violate a constraint of {relation.name}", ROWS)


def _work_source(run: Run, source: Source, *, executed: bool) -> None:
    tree = load(source)
    if isinstance(tree, dict):
        _work_tree(run, tree, executed=executed)


def _work_tree(run: Run, tree: dict[str, Tree], *, executed: bool) -> None:
    kind, body = next(iter(tree.items()))
    if kind in _QUERIES:
        work(run, tree, EXECUTED if executed else PLANNED)
    elif kind == "ExecuteStmt":
        _execute(run, body.get("name", ""), executed=executed)
    elif isinstance(body, dict) and isinstance(body.get("query"), dict):  # DECLARE CURSOR, CREATE TABLE AS
        _work_tree(run, body["query"], executed=executed)
    else:
        run.record.opaque = f"{kind} is not looked into"


def explain(run: Run, statement: Explain) -> None:
    """Work out EXPLAIN, which executes only with ANALYZE."""
    analyze = any(option.name == "analyze" and option.is_on for option in statement.options)
    _work_source(run, statement.query, executed=analyze)


def prepare(run: Run, statement: Prepare) -> None:
    """Work out PREPARE, which analyzes and rewrites but does not plan."""
    if statement.name in run.world.prepared:
        run.refuse("42P05", f"prepared statement {statement.name} exists")
    tree = load(statement.query)
    if isinstance(tree, dict):
        work(run, tree, REWRITTEN)
        run.world.prepared[statement.name] = tree


def execute(run: Run, statement: Execute) -> None:
    """Work out EXECUTE of what the script has prepared."""
    _execute(run, statement.name, executed=True)


def _execute(run: Run, name: str, *, executed: bool) -> None:
    tree = run.world.prepared.get(name)
    if not isinstance(tree, dict):
        run.refuse("26000", f"prepared statement {name} does not exist")
    _work_tree(run, tree, executed=executed)


def deallocate(run: Run, statement: Deallocate) -> None:
    """Work out DEALLOCATE."""
    if statement.name is None:
        run.world.prepared.clear()
    elif run.world.prepared.pop(statement.name, None) is None:
        run.refuse("26000", f"prepared statement {statement.name} does not exist")


def declare_cursor(run: Run, statement: DeclareCursor) -> None:
    """Work out DECLARE CURSOR, which plans; rows are read by FETCH."""
    tree = load(statement.query)
    if isinstance(tree, dict):
        work(run, tree, PLANNED)
        run.world.cursors[statement.name] = tree


def fetch(run: Run, statement: Fetch) -> None:
    """Work out FETCH and MOVE."""
    tree = run.world.cursors.get(statement.name)
    if isinstance(tree, dict):
        work(run, tree, EXECUTED)
        return
    run.record.opaque = "a cursor is read that the script does not declare"
    run.record.may_refuse("34000", f"cursor {statement.name} does not exist", _BY_FUNCTION)


def close(run: Run, statement: ClosePortal) -> None:
    """Work out CLOSE."""
    if statement.name is None:
        run.world.cursors.clear()
    elif run.world.cursors.pop(statement.name, None) is None:
        run.record.may_refuse("34000", f"cursor {statement.name} does not exist", _BY_FUNCTION)
