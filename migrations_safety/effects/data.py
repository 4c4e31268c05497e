"""Statements that read or write rows."""

from __future__ import annotations

from migrations_safety.effects.model import Conditional, Reason, Role, When
from migrations_safety.effects.planning import lock_indexes
from migrations_safety.effects.queries import (
    ANALYZED,
    BY_ROWS,
    EXECUTED,
    PLANNED,
    PRUNING,
    REWRITTEN,
    Depth,
    work_query,
)
from migrations_safety.effects.run import AS, RE, ROWS, RS, Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgConstraint, PgDepend, PgPolicy, PgRewrite, PgTrigger
from probes.sql.queries import RelationUse, Tree, load
from probes.sql.tree.atoms import RangeVar, Source
from probes.sql.tree.data import (
    Copy,
    DeclareCursor,
    Delete,
    Execute,
    Explain,
    Insert,
    Merge,
    Prepare,
    Select,
    Update,
)

_INSERT, _DELETE, _UPDATE = 4, 8, 16
_EVENTS = {RelationUse.INSERT: _INSERT, RelationUse.UPDATE: _UPDATE, RelationUse.DELETE: _DELETE}
_RULE_EVENTS = {RelationUse.UPDATE: "2", RelationUse.INSERT: "3", RelationUse.DELETE: "4"}
_CASCADES = {"c": RE, "n": RE, "d": RE}


def select(run: Run, statement: Select) -> None:
    """Work out SELECT."""
    tree = run.tree()
    if tree is not None:
        _work(run, tree, EXECUTED)
    if statement.into is not None:
        from migrations_safety.effects.derived import make_table  # noqa: PLC0415 - rare

        make_table(run, statement.into.relation, "r")


def change(run: Run, _statement: Insert | Update | Delete | Merge) -> None:
    """Work out INSERT, UPDATE, DELETE and MERGE."""
    tree = run.tree()
    if tree is not None:
        _work(run, tree, EXECUTED)


def _work(run: Run, tree: Tree, depth: Depth) -> None:
    found = work_query(run, tree, depth)
    for one in found.relations:
        if one.use in (RelationUse.READ, RelationUse.LOCK_ROWS):
            continue
        relation = run.relation(RangeVar(schema=one.parts[0] if len(one.parts) > 1 else None, name=one.parts[-1]))
        if relation is not None:
            _target(run, relation, one.use, tree, depth)


def _target(run: Run, relation: Rel, use: RelationUse, tree: Tree, depth: Depth) -> None:
    uses = [use] if use is not RelationUse.MERGE else [RelationUse.INSERT, RelationUse.UPDATE, RelationUse.DELETE]
    body = next(iter(tree.values())) if isinstance(tree, dict) else {}
    conflict = body.get("onConflictClause") if isinstance(body, dict) else None
    if use is RelationUse.INSERT:
        _insert_target(run, relation, conflict, depth)
    for one in uses:
        _rules(run, relation, one, depth)
        _triggers(run, relation, one)
        _policies(run, relation)
        if depth.is_executed:
            follow_keys(run, relation, one)
            if use is RelationUse.MERGE:
                _routed(run, relation)
    if conflict is not None and depth.is_executed:
        follow_keys(run, relation, RelationUse.UPDATE)
    if depth.is_executed and use is not RelationUse.DELETE:
        _sequences_of_defaults(run, relation)
        for code, what in (("23502", "a null"), ("23505", "a duplicate"), ("23514", "a value"), ("23503", "a key")):
            run.record.may_refuse(code, f"{what} may violate a constraint of {relation.name}", ROWS)
    elif depth.is_executed:
        run.record.may_refuse("23503", f"a row of {relation.name} may be referenced", ROWS)


def _insert_target(run: Run, relation: Rel, conflict: Tree, depth: Depth) -> None:
    if isinstance(conflict, dict) and conflict.get("infer") and depth.is_planned:
        lock_indexes(run, relation, RE)
        for child in run.descendants(relation.oid) if relation.kind == "p" else ():
            lock_indexes(run, child, RE, PRUNING)
    if conflict is not None:
        for table in [relation, *(run.descendants(relation.oid) if relation.kind == "p" else ())]:
            run.scan(table, "duplicates are looked up", BY_ROWS)
    _routed(run, relation)


def _routed(run: Run, relation: Rel) -> None:
    if relation.kind == "p":
        for child in run.descendants(relation.oid):
            run.lock(child, RE, run.child_role(child), PRUNING)


def _rules(run: Run, relation: Rel, use: RelationUse, depth: Depth) -> None:
    for rule in run.world.where(PgRewrite, "relation", relation.oid):
        if rule.name == "_RETURN" or rule.event != _RULE_EVENTS.get(use):
            continue
        run.record.opaque = f"rule {rule.name} of {relation.name} does more"
        for row in run.world.where(PgDepend, "object", rule.oid):
            other = run.world.relation(row.referenced)
            if row.referenced_catalog == "pg_class" and other is not None and other.oid != relation.oid:
                run.lock(other, AS, Role.SOURCE, Conditional(Reason.FUNCTION_BODY, f"rule {rule.name}"))
    del depth


def _triggers(run: Run, relation: Rel, use: RelationUse) -> None:
    for table in [relation, *run.descendants(relation.oid)]:
        for trigger in run.world.where(PgTrigger, "relation", table.oid):
            if trigger.type_bits & _EVENTS[use] and trigger.enabled != "D" and not trigger.is_internal:
                run.record.opaque = f"trigger {trigger.name} of {table.name} is called"


def _policies(run: Run, relation: Rel) -> None:
    """What policies look at, for those who do not bypass them."""
    if not isinstance(relation, PgClass) or not relation.row_security:
        return
    for policy in run.world.where(PgPolicy, "relation", relation.oid):
        for row in run.world.where(PgDepend, "object", policy.oid):
            other = run.world.relation(row.referenced)
            if row.catalog == "pg_policy" and other is not None and other.oid != relation.oid:
                run.lock(other, AS, Role.SOURCE, Conditional(Reason.FUNCTION_BODY, f"policy {policy.name}"))


def _sequences_of_defaults(run: Run, relation: Rel) -> None:
    for table in [relation, *run.descendants(relation.oid)]:
        for column in run.columns(table.oid):
            default = run.default_of(column)
            rows = run.world.where(PgDepend, "object", default.oid) if default else []
            rows += [
                row
                for row in run.world.where(PgDepend, "referenced", table.oid)
                if column.identity and row.catalog == "pg_class" and row.referenced_column == column.number
            ]
            for row in rows:
                oid = row.object if row.catalog == "pg_class" else row.referenced
                sequence = run.world.one(PgClass, oid)
                if sequence is not None and sequence.kind == "S":
                    run.lock(sequence, RE, Role.SEQUENCE, ROWS)


# ---- foreign keys


def follow_keys(run: Run, relation: Rel, use: RelationUse, when: When = ROWS, depth: int = 0) -> None:
    """Note what the triggers of foreign keys read and write, once there are rows with keys."""
    if depth > 8:  # noqa: PLR2004 - cascades deeper than that are rings
        return
    for table in [relation, *run.descendants(relation.oid)]:
        if use in (RelationUse.INSERT, RelationUse.UPDATE):
            for key in run.constraints(table.oid):
                if key.kind == "f" and key.enforced:
                    _look_up(run, key.referenced, RS, Role.FOREIGN_KEY_PARTNER, when)
        if use in (RelationUse.UPDATE, RelationUse.DELETE):
            for key in run.world.where(PgConstraint, "referenced", table.oid):
                if key.enforced:
                    _fire(run, key, use, when, depth)


def _fire(run: Run, key: PgConstraint, use: RelationUse, when: When, depth: int) -> None:
    action = key.on_delete if use is RelationUse.DELETE else key.on_update
    mode = _CASCADES.get(action, RS)
    _look_up(run, key.relation, mode, Role.FOREIGN_KEY_PARTNER, when)
    user = run.world.relation(key.relation)
    if user is not None and mode is RE and key.relation != key.referenced:
        next_use = RelationUse.DELETE if use is RelationUse.DELETE and action == "c" else RelationUse.UPDATE
        follow_keys(run, user, next_use, when, depth + 1)


def _look_up(run: Run, oid: int, mode: LockMode, role: Role, when: When) -> None:
    table = run.world.relation(oid)
    if table is None:
        return
    for one in [table, *run.descendants(oid)]:
        run.lock(one, mode, role if one.oid == oid else run.child_role(one), when)
        lock_indexes(run, one, mode, when)
        if one.kind == "r":
            run.scan(one, "keys are looked up", when)


# ---- COPY, EXPLAIN, cursors, prepared statements


def copy(run: Run, statement: Copy) -> None:
    """Work out COPY."""
    if statement.relation is None:
        tree = load(statement.query)
        if tree is not None:
            _work(run, tree, EXECUTED)
        return
    relation = run.relation(statement.relation)
    if relation is None:
        return
    if statement.is_from:
        _copy_from(run, relation)
        return
    run.lock(relation, AS, Role.SOURCE)
    if relation.kind not in {"r", "m"} and not run.is_assumed(relation):
        if not (relation.kind == "m"):
            run.refuse("42809", f"cannot copy from {relation.name}")
    run.scan(relation, "it is copied")


def _copy_from(run: Run, relation: Rel) -> None:
    run.lock(relation, RE, Role.TARGET)
    if relation.kind not in {"r", "p", "f", "v"} and not run.is_assumed(relation):
        run.refuse("42809", f"cannot copy to {relation.name}")
    _routed(run, relation)
    _triggers(run, relation, RelationUse.INSERT)
    follow_keys(run, relation, RelationUse.INSERT)
    _sequences_of_defaults(run, relation)
    for code in ("23502", "23505", "23514", "23503", "22P02"):
        run.record.may_refuse(code, "a row may violate a constraint", ROWS)


def explain(run: Run, statement: Explain) -> None:
    """Work out EXPLAIN, which executes only with ANALYZE."""
    tree = load(statement.query)
    if not isinstance(tree, dict):
        return
    analyze = any(option.name == "analyze" and option.is_on for option in statement.options)
    if next(iter(tree)) in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}:
        _work(run, tree, EXECUTED if analyze else PLANNED)
    else:
        run.record.opaque = "EXPLAIN of another statement"


def prepare(run: Run, statement: Prepare) -> None:
    """Work out PREPARE, which only analyzes."""
    tree = load(statement.query)
    if isinstance(tree, dict):
        _work(run, tree, REWRITTEN)


def execute(run: Run, _statement: Execute) -> None:
    """EXECUTE runs what was prepared elsewhere."""
    run.record.opaque = "a prepared statement is executed"


def declare_cursor(run: Run, statement: DeclareCursor) -> None:
    """Work out DECLARE CURSOR, which plans; rows are read by FETCH."""
    tree = load(statement.query)
    if not isinstance(tree, dict):
        return
    found = work_query(run, tree, PLANNED)
    for one in found.relations:
        relation = run.find(one.parts[0] if len(one.parts) > 1 else None, one.parts[-1])
        if relation is not None and relation.kind in {"r", "m"}:
            run.scan(relation, "FETCH reads it", BY_ROWS)


def fetch(run: Run, _statement: object) -> None:
    """FETCH runs a query declared before."""
    run.record.opaque = "a cursor declared before is read"


def analyzed(run: Run, source: Source) -> None:
    """Note what the server locks when it only analyzes a query."""
    tree = load(source)
    if isinstance(tree, dict):
        work_query(run, tree, ANALYZED)
