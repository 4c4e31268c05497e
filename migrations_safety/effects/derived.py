"""Views, materialized views, and tables made of a query."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.model import Role
from migrations_safety.effects.options import reloptions
from migrations_safety.effects.queries import ANALYZED, EXECUTED, under_view, work_query
from migrations_safety.effects.run import AE, AS, Run
from migrations_safety.effects.world import new_class
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgDepend, PgRewrite
from probes.sql.queries import Reach, load
from probes.sql.tree.atoms import RangeVar, Source
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.routines import CreateView, RefreshMaterializedView
from probes.sql.tree.tables import CreateTableAs


def create_table_as(run: Run, statement: CreateTableAs) -> None:
    """Work out CREATE TABLE AS and CREATE MATERIALIZED VIEW."""
    into = statement.into
    if into is None:
        return
    tree = load(statement.query)
    namespace = run.creation_namespace(into.relation)
    exists = namespace != 0 and run.find(run.world.schema_name(namespace), into.relation.name) is not None
    if exists and statement.if_not_exists:
        work_query(run, tree, ANALYZED)
        return
    if exists:
        run.refuse("42P07", f"relation {into.relation.name} exists")
    is_view = statement.object_type is ObjectType.MATVIEW
    found = work_query(run, tree, ANALYZED if into.skip_data else EXECUTED) if tree is not None else Reach()
    made = make_table(run, into.relation, "m" if is_view else "r")
    run.change(made, options=reloptions(into.options))
    if is_view:
        _make_rule(run, made, found)


def make_table(run: Run, named: RangeVar, kind: str) -> PgClass:
    """A relation whose columns follow from a query, and are not known."""
    row = msgspec.structs.replace(
        new_class(run.world.fresh_oid(), named.name, run.creation_namespace(named), kind),
        persistence=named.persistence,
        owner=run.world.base.server.role_oid,
    )
    run.world.put(row)
    return row


def _make_rule(run: Run, view: PgClass, found: Reach) -> None:
    """The rule that makes a view, with what it depends on as far as names tell."""
    rule = PgRewrite(oid=run.world.fresh_oid(), name="_RETURN", relation=view.oid, event="1", enabled="O", instead=True)
    run.world.put(rule)
    names = {parts[-1] for parts in found.columns}
    for one in found.relations:
        source = run.find(one.parts[0] if len(one.parts) > 1 else None, one.parts[-1])
        if source is None or source.oid == view.oid:
            continue
        for column in run.columns(source.oid):
            if column.name in names or "*" in names:
                run.world.put(_depend(rule.oid, source.oid, column.number))
        run.world.put(_depend(rule.oid, source.oid, 0))


def _depend(rule: int, relation: int, column: int) -> PgDepend:
    return PgDepend(
        catalog="pg_rewrite",
        object=rule,
        sub_object=0,
        referenced_catalog="pg_class",
        referenced=relation,
        referenced_column=column,
        kind="n",
    )


def create_view(run: Run, statement: CreateView) -> None:
    """Work out CREATE VIEW."""
    namespace = run.creation_namespace(statement.view)
    existing = run.find(run.world.schema_name(namespace), statement.view.name) if namespace else None
    found = _analyze(run, statement.query)
    if existing is not None:
        if not statement.replace:
            run.refuse("42P07", f"relation {statement.view.name} exists")
        if existing.kind != "v":
            run.refuse("42809", f"{existing.name} is not a view")
        run.lock(existing, AE, Role.VIEW)
        for rule in run.world.where(PgRewrite, "relation", existing.oid):
            run.world.remove(rule)
        view = existing if isinstance(existing, PgClass) else None
    else:
        if statement.replace and not run.world.is_complete:
            assumed = run.relation(statement.view, kind="v")
            if assumed is not None:
                run.lock(assumed, AE, Role.VIEW)
            return
        view = make_table(run, statement.view, "v")
    if view is not None:
        run.change(view, options=reloptions(statement.options))
        _make_rule(run, view, found)


def _analyze(run: Run, source: Source) -> Reach:
    tree = load(source)
    return work_query(run, tree, ANALYZED) if tree is not None else Reach()


def refresh(run: Run, statement: RefreshMaterializedView) -> None:
    """Work out REFRESH MATERIALIZED VIEW."""
    view = run.relation(statement.relation, kind="m")
    if view is None:
        return
    run.lock(view, LockMode.EXCLUSIVE if statement.concurrent else AE, Role.MATERIALIZED_VIEW)
    if view.kind != "m":
        code = "0A000" if view.kind in {"r", "p"} else "42809"
        run.refuse_if_known(view, code, f"{view.name} is not a materialized view")
    if statement.concurrent and statement.skip_data:
        run.refuse("42601", "CONCURRENTLY and WITH NO DATA exclude each other")
    unique = [index for index in run.indexes(view.oid) if _identifies(index.unique, index.valid, index.predicate)]
    if statement.concurrent and not unique and not run.is_assumed(view):
        run.refuse("55000", f"cannot refresh materialized view {view.name} concurrently")
    if not statement.skip_data:
        under_view(run, view, AS, EXECUTED)
    why = "its query is run again"
    if not statement.concurrent:
        empty = statement.skip_data
        run.record.rewrite(run.ref(view), why, is_empty=empty)
        for index in run.indexes(view.oid):
            run.lock(index, AE, Role.INDEX)
            run.record.build(run.ref(index), why, is_empty=empty)
            run.record.scan(run.ref(view), "its indexes are built", is_empty=empty)
        return
    run.scan(view, "old and new rows are compared")
    for index in run.indexes(view.oid):
        run.lock(index, LockMode.ROW_EXCLUSIVE, Role.INDEX)


def _identifies(unique: bool, valid: bool, predicate: object) -> bool:  # noqa: FBT001 - fields of a row
    return unique and valid and predicate is None
