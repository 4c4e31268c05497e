"""Views, materialized views, and tables made of a query."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.model import Role
from migrations_safety.effects.options import reloptions
from migrations_safety.effects.outputs import SEQUENCE_COLUMNS, Output, outputs, put_columns
from migrations_safety.effects.queries import ANALYZED, EXECUTED, under_view, work_query
from migrations_safety.effects.roles import tablespace_oid
from migrations_safety.effects.run import AE, AS, Rel, Run
from migrations_safety.effects.types import refuse_taken_type
from migrations_safety.effects.world import new_class
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass, PgDepend, PgRewrite
from probes.sql.queries import Reach, Tree, load
from probes.sql.tree.atoms import RangeVar, Source
from probes.sql.tree.enums import CheckOption, ObjectType
from probes.sql.tree.parts import schema_and_name
from probes.sql.tree.routines import CreateView, RefreshMaterializedView
from probes.sql.tree.tables import CreateTableAs, Into

_CHECK_OPTIONS = {
    CheckOption.LOCAL_CHECK_OPTION: "check_option=local",
    CheckOption.CASCADED_CHECK_OPTION: "check_option=cascaded",
}


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
    made = make_table(run, into, tree, "m" if is_view else "r")
    if is_view:
        _make_rule(run, made, found)


def make_table(run: Run, into: Into, tree: Tree, kind: str) -> PgClass:
    """The relation that a query is stored in."""
    row = msgspec.structs.replace(
        _new_relation(run, into.relation, kind, run.creation_namespace(into.relation)),
        persistence=into.relation.persistence,
        options=reloptions(into.options),
        tablespace=(tablespace_oid(run, into.tablespace) or 0) if into.tablespace else 0,
    )
    run.world.put(row)
    _fill(run, row, tree, into.columns)
    return run.world.one(PgClass, row.oid) or row


def _new_relation(run: Run, named: RangeVar, kind: str, namespace: int) -> PgClass:
    refuse_taken_type(run, named.name, namespace)
    return msgspec.structs.replace(
        new_class(run.world.fresh_oid(), named.name, namespace, kind),
        owner=run.world.base.server.role_oid,
        row_type=run.world.fresh_oid(),
    )


def _fill(run: Run, row: PgClass, tree: Tree, names: tuple[str, ...]) -> None:
    found = outputs(run, tree)
    if found is None:
        run.record.assume(f"the columns of {row.name} cannot be told from its query")
        run.world.unresolved.add(row.oid)
    else:
        put_columns(run, row, found, written=names)


def _make_rule(run: Run, view: PgClass, found: Reach) -> None:
    """The rule that makes a view, with what it depends on as far as names tell."""
    rule = PgRewrite(oid=run.world.fresh_oid(), name="_RETURN", relation=view.oid, event="1", enabled="O", instead=True)
    run.world.put(rule)
    names = {parts[-1] for parts in found.columns}
    for one in found.relations:
        source = run.find(*schema_and_name(one.parts))
        if source is None or source.oid == view.oid:
            continue
        columns = {column.name: column.number for column in run.columns(source.oid)}
        if source.kind == "S":
            columns = {column.name: number for number, column in enumerate(SEQUENCE_COLUMNS, start=1)}
        used = [number for name, number in columns.items() if name in names or "*" in names]
        for number in used:
            run.world.put(_depend(rule.oid, source.oid, number))
        if not used:
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
    named = statement.view
    found = _analyze(run, statement.query)
    namespace = _view_namespace(run, named, found)
    existing = run.find(run.world.schema_name(namespace), named.name) if namespace else None
    if existing is None and statement.replace and not run.world.is_complete:
        assumed = run.relation(named, kind="v")
        if assumed is not None:
            run.lock(assumed, AE, Role.VIEW)
        return
    columns = outputs(run, load(statement.query))
    if existing is not None:
        view = _replaced(run, existing, statement, columns)
    else:
        view = _new_relation(run, named, "v", namespace)
        view = msgspec.structs.replace(view, persistence="t" if namespace == run.world.temporary_schema() else "p")
    options = reloptions(statement.options)
    checked = _CHECK_OPTIONS.get(statement.check_option)
    run.world.put(msgspec.structs.replace(view, options=(*options, checked) if checked else options))
    if columns is not None:
        put_columns(run, run.world.one(PgClass, view.oid) or view, columns, written=statement.aliases)
    else:
        run.record.assume(f"the columns of {view.name} cannot be told from its query")
        run.world.unresolved.add(view.oid)
    _make_rule(run, view, found)


def _view_namespace(run: Run, named: RangeVar, found: Reach) -> int:
    """A view of temporary relations is temporary.

    Raises:
        Refused: 42P16, a schema is written for such a view.
    """
    sources = [run.find(*schema_and_name(one.parts)) for one in found.relations]
    if any(isinstance(source, PgClass) and source.persistence == "t" for source in sources):
        if named.schema is not None:
            run.refuse("42P16", "cannot create temporary relation in non-temporary schema")
        return run.world.temporary_schema()
    return run.creation_namespace(named)


def _replaced(run: Run, existing: Rel, statement: CreateView, columns: tuple[Output, ...] | None) -> PgClass:
    if not statement.replace:
        run.refuse("42P07", f"relation {existing.name} exists")
    if existing.kind != "v" or not isinstance(existing, PgClass):
        run.refuse("42809", f"{existing.name} is not a view")
    run.lock(existing, AE, Role.VIEW)
    old = run.columns(existing.oid)
    if columns is not None and len(columns) < len(old):
        run.refuse("42P16", "cannot drop columns from view")
    names = (*statement.aliases, *(one.name for one in (columns or ())[len(statement.aliases) :]))
    for column, name, one in zip(old, names, columns or (), strict=False):
        if column.name != name:
            run.refuse("42P16", f"cannot change name of view column {column.name} to {name}")
        if one.type and column.type and (one.type, one.typmod) != (column.type, column.typmod):
            run.refuse("42P16", f"cannot change data type of view column {column.name}")
    for rule in run.world.where(PgRewrite, "relation", existing.oid):
        if rule.name == "_RETURN":
            run.world.remove(rule, *run.world.where(PgDepend, "object", rule.oid))
    return existing


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
