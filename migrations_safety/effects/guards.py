"""Triggers, policies and rules being made and changed."""

from __future__ import annotations

from migrations_safety.effects.constraining import constraint_row
from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.model import Role
from migrations_safety.effects.queries import ANALYZED, work_query
from migrations_safety.effects.resolution import has_column
from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import AE, AS, SRE, Rel, Run
from migrations_safety.effects.triggers import CLONES_SHOWN_SINCE
from migrations_safety.effects.written import written
from probes.catalog.expression import Expression
from probes.catalog.rows import PgClass, PgDepend, PgPolicy, PgRewrite, PgTrigger
from probes.sql.queries import load, reach_in
from probes.sql.tree.atoms import RangeVar, Source
from probes.sql.tree.enums import RuleEvent
from probes.sql.tree.parts import range_of
from probes.sql.tree.routines import AlterPolicy, CreatePolicy, CreateRule, CreateTrigger

_COMMANDS = {"all": "*", "select": "r", "insert": "a", "update": "w", "delete": "d"}
_RULE_EVENTS = {RuleEvent.SELECT: "1", RuleEvent.UPDATE: "2", RuleEvent.INSERT: "3", RuleEvent.DELETE: "4"}
_ROW, _BEFORE, _INSTEAD = 1, 2, 64
_TRUNCATE = 32
_SEQUENCES_HAVE_FIELDS_UNTIL = 13
_FOREIGN_TRUNCATE_SINCE = 16


# ---- triggers


def create_trigger(run: Run, statement: CreateTrigger) -> None:
    """Work out CREATE TRIGGER."""
    relation = run.relation(statement.relation)
    if relation is None:
        return
    run.lock(relation, SRE, Role.VIEW if relation.kind == "v" else Role.TARGET)
    if statement.constraint_relation is not None:
        partner = run.relation(statement.constraint_relation)
        if partner is not None:
            run.lock(partner, AS, Role.FOREIGN_KEY_PARTNER)
    _check_trigger(run, relation, statement)
    function = _function(run, statement.function)
    existing = next((t for t in run.world.where(PgTrigger, "relation", relation.oid) if t.name == statement.name), None)
    if existing is not None:
        if not statement.replace:
            run.refuse("42710", f"trigger {statement.name} exists")
        run.world.remove(existing)
    row = _trigger_row(run, relation, statement, function, parent=0)
    run.world.put(row)
    _depend_on_columns(run, row, relation, statement)
    if relation.kind == "p" and statement.row:
        _clone(run, relation, statement, function, row.oid)


def _clone(run: Run, relation: Rel, statement: CreateTrigger, function: int, parent: int) -> None:
    for child in run.children(relation.oid):
        run.lock(child, SRE, run.child_role(child))
        row = _trigger_row(run, child, statement, function, parent=parent)
        if run.major >= CLONES_SHOWN_SINCE:
            run.world.put(row)
        _clone(run, child, statement, function, row.oid)


def _check_trigger(run: Run, relation: Rel, statement: CreateTrigger) -> None:
    if run.is_assumed(relation):
        return
    kind = relation.kind
    if kind not in {"r", "p", "v", "f"}:
        run.refuse("42809", f"relation {relation.name} cannot have triggers")
    instead = statement.timing == _INSTEAD
    if instead != (kind == "v" and statement.row):
        run.refuse("42809", f"{relation.name} cannot have such triggers")
    if statement.transitions and kind in {"v", "f"}:
        run.refuse("42809", f"triggers on {relation.name} cannot have transition tables")
    if statement.events & _TRUNCATE and (kind == "v" or (kind == "f" and run.major < _FOREIGN_TRUNCATE_SINCE)):
        run.refuse("42809", f"{relation.name} cannot have TRUNCATE triggers")
    if kind == "p" and statement.row and (statement.transitions):
        run.refuse("0A000", "ROW triggers with transition tables are not supported on partitioned tables")
    if kind == "f" and statement.is_constraint:
        run.refuse("42809", "foreign tables cannot have constraint triggers")
    if statement.transitions and statement.row and isinstance(relation, PgClass) and run.parents(relation.oid):
        run.refuse("0A000", "ROW triggers with transition tables are not supported on partitions or children")


_BUILTIN = {
    "suppress_redundant_updates_trigger": 1291,
    "tsvector_update_trigger": 3752,
    "tsvector_update_trigger_column": 3753,
}
"""Oids of the trigger functions of pg_catalog that people use, the same on all majors."""


def _function(run: Run, name: tuple[str, ...]) -> int:
    rows = candidates(run, name, 0)
    if not rows and name[-1] in _BUILTIN and name[:-1] in {(), ("pg_catalog",)}:
        return _BUILTIN[name[-1]]
    if not rows and run.world.knows_all:
        run.refuse("42883", f"function {'.'.join(name)}() does not exist")
    return rows[0].oid if rows else 0


def _trigger_row(run: Run, relation: Rel, statement: CreateTrigger, function: int, *, parent: int) -> PgTrigger:
    names = statement.columns
    for name in names:
        if run.column(relation.oid, name) is None and run.knows_columns(relation):
            run.refuse("42703", f"column {name} does not exist")
    old = next((one.name for one in statement.transitions if not one.is_new), None)
    new = next((one.name for one in statement.transitions if one.is_new), None)
    return PgTrigger(
        oid=run.world.fresh_oid(),
        name=statement.name,
        relation=relation.oid,
        function=function,
        type_bits=(_ROW if statement.row else 0) | statement.timing | statement.events,
        enabled="O",
        is_internal=False,
        constraint=_constraint(run, relation, statement),
        parent=parent,
        columns=tuple(c.number for name in names if (c := run.column(relation.oid, name))),
        has_condition=bool(statement.condition),
        deferrable=statement.deferrable,
        initially_deferred=statement.initially_deferred,
        old_table=old,
        new_table=new,
    )


def _constraint(run: Run, relation: Rel, statement: CreateTrigger) -> int:
    """The row that a constraint trigger has among the constraints."""
    if not statement.is_constraint or not isinstance(relation, PgClass):
        return 0
    row = constraint_row(
        run,
        relation,
        statement.name,
        "t",
        deferrable=statement.deferrable,
        initially_deferred=statement.initially_deferred,
    )
    run.world.put(row)
    return row.oid


def _depend_on_columns(run: Run, row: PgTrigger, relation: Rel, statement: CreateTrigger) -> None:
    names = {parts[-1] for parts in reach_in(statement.condition).columns} if statement.condition else set[str]()
    for column in run.columns(relation.oid):
        if column.name in names or column.number in row.columns:
            run.world.put(depend("pg_trigger", row.oid, relation.oid, column.number))


def depend(catalog: str, oid: int, relation: int, column: int, kind: str = "n") -> PgDepend:
    """A dependency on a column."""
    return PgDepend(
        catalog=catalog,
        object=oid,
        sub_object=0,
        referenced_catalog="pg_class",
        referenced=relation,
        referenced_column=column,
        kind=kind,
    )


# ---- policies


def create_policy(run: Run, statement: CreatePolicy) -> None:
    """Work out CREATE POLICY."""
    relation = _policy_table(run, statement.table)
    if relation is None:
        return
    if statement.command == "insert" and statement.using:
        run.refuse("42601", "only WITH CHECK expression allowed for INSERT")
    if statement.command in {"select", "delete"} and statement.with_check:
        run.refuse("42601", "WITH CHECK cannot be applied to SELECT or DELETE")
    if any(policy.name == statement.name for policy in run.world.where(PgPolicy, "relation", relation.oid)):
        run.refuse("42710", f"policy {statement.name} exists")
    roles = tuple(role_oid(run, one) for one in statement.roles) or (0,)
    row = PgPolicy(
        oid=run.world.fresh_oid(),
        name=statement.name,
        relation=relation.oid,
        command=_COMMANDS.get(statement.command, "*"),
        permissive=statement.permissive,
        roles=roles,
        using=_condition(run, relation, statement.using),
        check=_condition(run, relation, statement.with_check),
    )
    run.world.put(row)
    _depend_policy(run, row, relation, statement.using, statement.with_check)


def alter_policy(run: Run, statement: AlterPolicy) -> None:
    """Work out ALTER POLICY."""
    relation = _policy_table(run, statement.table)
    if relation is None:
        return
    found = [row for row in run.world.where(PgPolicy, "relation", relation.oid) if row.name == statement.name]
    if not found:
        run.refuse_if_known(relation, "42704", f"policy {statement.name} does not exist")
        return
    row = found[0]
    changes: dict[str, object] = {}
    if statement.roles:
        changes["roles"] = tuple(role_oid(run, one) for one in statement.roles)
    if statement.using:
        changes["using"] = _condition(run, relation, statement.using)
    if statement.with_check:
        changes["check"] = _condition(run, relation, statement.with_check)
    run.change(row, **changes)
    _depend_policy(run, row, relation, statement.using, statement.with_check)


def _policy_table(run: Run, named: RangeVar) -> Rel | None:
    relation = run.relation(named)
    if relation is None:
        return None
    run.lock(relation, AE, Role.TARGET)
    if relation.kind not in {"r", "p"} and not run.is_assumed(relation):
        run.refuse("42809", f"{relation.name} is not a table")
    return relation


def _condition(run: Run, relation: Rel, source: Source) -> Expression | None:
    if not source:
        return None
    found = reach_in(source)
    for one in found.relations:
        other = run.relation(range_of(one.parts))
        if other is not None:
            run.lock(other, AS, Role.SOURCE)
    if not found.relations:
        for parts in found.columns:
            if run.column(relation.oid, parts[-1]) is None and run.knows_columns(relation):
                run.refuse("42703", f"column {parts[-1]} does not exist")
    return written(source)


def _depend_policy(run: Run, row: PgPolicy, relation: Rel, *sources: Source) -> None:
    names = {parts[-1] for source in sources if source for parts in reach_in(source).columns}
    for column in run.columns(relation.oid):
        if column.name in names:
            run.world.put(depend("pg_policy", row.oid, relation.oid, column.number))


# ---- rules


def create_rule(run: Run, statement: CreateRule) -> None:
    """Work out CREATE RULE."""
    relation = run.relation(statement.relation)
    if relation is None:
        return
    run.lock(relation, AE, Role.VIEW if relation.kind == "v" else Role.TARGET)
    if relation.kind == "m":
        run.refuse("0A000", "rules on materialized views are not supported")
    if relation.kind == "S" and run.major <= _SEQUENCES_HAVE_FIELDS_UNTIL:
        _check_actions(run, relation, statement)
    if relation.kind not in {"r", "p", "v"} and not run.is_assumed(relation):
        run.refuse("42809", f"relation {relation.name} cannot have rules")
    if statement.event is RuleEvent.SELECT and relation.kind != "v":
        run.refuse("55000" if run.major < 16 else "42809", "a rule on SELECT makes a view")  # noqa: PLR2004
    existing = next((r for r in run.world.where(PgRewrite, "relation", relation.oid) if r.name == statement.name), None)
    if existing is not None:
        if not statement.replace:
            run.refuse("42710", f"rule {statement.name} exists")
        run.world.remove(existing)
    rule = PgRewrite(
        oid=run.world.fresh_oid(),
        name=statement.name,
        relation=relation.oid,
        event=_RULE_EVENTS.get(statement.event, "1"),
        enabled="O",
        instead=statement.instead,
    )
    run.world.put(rule)
    _depend_rule(run, rule, relation, statement)


def _check_actions(run: Run, relation: Rel, statement: CreateRule) -> None:
    """The actions are analyzed before the kind of the relation is looked at."""
    for source in statement.actions:
        for parts in reach_in(source).columns:
            if parts[0] in {"new", "old"} and not has_column(run, relation, parts[-1]):
                run.refuse("42703", f"column {parts[-1]} does not exist")


def _depend_rule(run: Run, rule: PgRewrite, relation: Rel, statement: CreateRule) -> None:
    names: set[str] = set()
    for source in (*statement.actions, statement.condition):
        tree = load(source)
        if isinstance(tree, dict):
            names |= {parts[-1] for parts in work_query(run, tree, ANALYZED).columns}
    for column in run.columns(relation.oid):
        if column.name in names or "*" in names:
            run.world.put(depend("pg_rewrite", rule.oid, relation.oid, column.number))
