"""Statements that read or write rows."""

from __future__ import annotations

from migrations_safety.effects.model import Conditional, Reason, Role, When
from migrations_safety.effects.planning import lock_indexes
from migrations_safety.effects.programs import run_triggers
from migrations_safety.effects.queries import (
    BY_ROWS,
    BY_WRAPPER,
    EXECUTED,
    PRUNING,
    Depth,
    work_query,
)
from migrations_safety.effects.resolution import check_columns, check_targets
from migrations_safety.effects.run import AS, RE, ROWS, RS, Rel, Run
from migrations_safety.effects.targets import (
    RULE_EVENTS,
    Written,
    check_always,
    check_conflict,
    check_rules,
    written_relations,
)
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgConstraint, PgDepend, PgPolicy, PgRewrite, PgTrigger
from probes.sql.queries import RelationUse, Tree
from probes.sql.tree.data import (
    Delete,
    Insert,
    Merge,
    Select,
    Update,
)

_INSERT, _DELETE, _UPDATE = 4, 8, 16
_EVENTS = {RelationUse.INSERT: _INSERT, RelationUse.UPDATE: _UPDATE, RelationUse.DELETE: _DELETE}
_OPENS_PARTITIONED_INDEXES_UNTIL = 13
_COPY_OPENS_PARTITIONED_INDEXES_UNTIL = 15
_FIRST_ROW = Conditional(Reason.ROWS_PRESENT, "the first row makes the server look up the partition's bounds")
VIOLATION = "23000"
"""The class of integrity constraint violations, for a refusal that depends on the rows."""
_CASCADES = {"c": RE, "n": RE, "d": RE}


def select(run: Run, statement: Select) -> None:
    """Work out SELECT."""
    tree = run.tree()
    if tree is not None:
        work(run, tree, EXECUTED)
    if statement.into is not None:
        from migrations_safety.effects.derived import make_table  # noqa: PLC0415 - rare

        make_table(run, statement.into, tree, "r")


def change(run: Run, _statement: Insert | Update | Delete | Merge) -> None:
    """Work out INSERT, UPDATE, DELETE and MERGE."""
    tree = run.tree()
    if tree is not None:
        work(run, tree, EXECUTED)


def work(run: Run, tree: Tree, depth: Depth) -> None:
    """Note what a query does, and what writing rows brings along. `tree` has the kind of statement as its key."""
    targets = list(written_relations(run, tree))
    for one in targets:
        if one.use is RelationUse.UPDATE and not run.is_body:
            check_columns(run, tree)  # the server looks at WHERE before it looks at SET
        check_targets(run, one.relation, one.columns)
    work_query(run, tree, depth)
    for one in targets:
        _target(run, one, depth)


def _target(run: Run, one: Written, depth: Depth) -> None:
    relation = one.relation
    check_conflict(run, one)
    check_rules(run, one)
    check_always(run, one)
    if one.use is RelationUse.INSERT:
        _insert_target(run, one, depth)
    for use in one.uses:
        _rules(run, relation, use)
        _policies(run, relation)
        if not depth.is_executed:
            continue
        for table in [relation, *run.descendants(relation.oid)]:
            run_triggers(run, table.oid, _EVENTS[use])
        follow_keys(run, relation, use)
    if depth.is_executed:
        _write_rows(run, one)


def _write_rows(run: Run, one: Written) -> None:
    relation = one.relation
    if _defers(run, relation):
        run.world.pending.add(relation.oid)
    if one.conflict is not None:
        follow_keys(run, relation, RelationUse.UPDATE)
    if one.uses != (RelationUse.DELETE,):
        _open_indexes(run, relation)
        _sequences_of_defaults(run, relation)
        if one.use is RelationUse.MERGE:
            _routed(run, relation)
    run.record.may_refuse(VIOLATION, f"rows may violate a constraint of {relation.name} or of what it references", ROWS)
    for parent in run.ancestors(relation.oid) if isinstance(relation, PgClass) and relation.is_partition else ():
        run.lock(parent, AS, Role.PARENT, _FIRST_ROW)


def _open_indexes(run: Run, relation: Rel) -> None:
    """Rows that are written go into every index; the lock lasts as long as the statement."""
    for table in [relation, *run.descendants(relation.oid)]:
        lock_indexes(run, table, RE, ROWS)
    if relation.kind == "p" and run.major <= _OPENS_PARTITIONED_INDEXES_UNTIL:
        for index in run.indexes(relation.oid):
            run.lock(index, RE, Role.INDEX, ROWS)


def _insert_target(run: Run, one: Written, depth: Depth) -> None:
    relation, conflict = one.relation, one.conflict
    tables = [relation, *(run.descendants(relation.oid) if relation.kind == "p" else ())]
    if conflict is not None and conflict.get("infer") and depth.is_planned:
        for index in run.indexes(relation.oid):
            run.lock(index, RE, Role.INDEX)
    if conflict is not None and depth.is_executed:
        for table in tables:
            run.scan(table, "duplicates are looked up", BY_ROWS)
    _routed(run, relation)


def _defers(run: Run, relation: Rel) -> bool:
    """Whether triggers of the table wait for the end of the transaction."""
    keys = [*run.constraints(relation.oid), *run.world.where(PgConstraint, "referenced", relation.oid)]
    triggers = run.world.where(PgTrigger, "relation", relation.oid)
    return any(key.initially_deferred for key in keys) or any(one.initially_deferred for one in triggers)


def insert_rows(run: Run, relation: Rel) -> None:
    """Note what rows bring along that are inserted without a query, by COPY."""
    if relation.kind == "f":
        run.record.may_refuse("55000", f"the wrapper of {relation.name} may not be able to", BY_WRAPPER)
    for index in run.indexes(relation.oid) if run.major <= _COPY_OPENS_PARTITIONED_INDEXES_UNTIL else ():
        run.lock(index, RE, Role.INDEX, ROWS)
    _routed(run, relation)
    for table in [relation, *run.descendants(relation.oid)]:
        run_triggers(run, table.oid, _INSERT)
    _open_indexes(run, relation)
    follow_keys(run, relation, RelationUse.INSERT)
    _sequences_of_defaults(run, relation)


def _routed(run: Run, relation: Rel) -> None:
    if relation.kind == "p":
        for child in run.descendants(relation.oid):
            run.lock(child, RE, run.child_role(child), PRUNING)
            lock_indexes(run, child, RE, PRUNING)


def _rules(run: Run, relation: Rel, use: RelationUse) -> None:
    for rule in run.world.where(PgRewrite, "relation", relation.oid):
        if rule.name == "_RETURN" or rule.event != RULE_EVENTS.get(use):
            continue
        run.record.opaque = f"rule {rule.name} of {relation.name} does more"
        for row in run.world.where(PgDepend, "object", rule.oid):
            other = run.world.relation(row.referenced)
            if row.referenced_catalog == "pg_class" and other is not None and other.oid != relation.oid:
                run.lock(other, RE, Role.SOURCE, Conditional(Reason.FUNCTION_BODY, f"rule {rule.name}"))


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
