"""Schemas, functions, extensions, extended statistics, sequences, publications, comments, privileges."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import columns_addition, make_object_name
from migrations_safety.effects.queries import ANALYZED, work_query
from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import AS, SRE, SUE, Rel, Run
from migrations_safety.effects.tables import name_is_taken
from migrations_safety.effects.types import resolve, type_named
from migrations_safety.effects.world import new_class
from probes.catalog.rows import (
    PgClass,
    PgConstraint,
    PgExtension,
    PgNamespace,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRewrite,
    PgSequence,
    PgStatisticExt,
    PgTrigger,
    Row,
)
from probes.sql.parse import ParseFailure, parse_text
from probes.sql.queries import load
from probes.sql.tree.administration import AlterPublication, CreatePublication, Grant
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.decode import statements_in
from probes.sql.tree.enums import GrantTarget, ParameterMode, PublicationAction
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.objects import Comment, CreateExtension, CreateSchema, SecurityLabel
from probes.sql.tree.parts import TypeName, name_parts
from probes.sql.tree.routines import AlterFunction, CreateFunction
from probes.sql.tree.tables import AlterSequence, AlterStatistics, CreateSequence, CreateStatistics

_GRANTS_LOCK_SINCE = 18
_RELATIONS = {O.TABLE: "rp", O.VIEW: "v", O.MATVIEW: "m", O.SEQUENCE: "S", O.FOREIGN_TABLE: "f", O.INDEX: "iI"}
_ON_TABLE: dict[O, type[Row]] = {
    O.TABCONSTRAINT: PgConstraint,
    O.TRIGGER: PgTrigger,
    O.POLICY: PgPolicy,
    O.RULE: PgRewrite,
}


# ---- schemas and functions


def create_schema(run: Run, statement: CreateSchema) -> None:
    """Work out CREATE SCHEMA and what is written inside it."""
    from migrations_safety.effects.dispatch import handler_of  # noqa: PLC0415 - it imports us

    name = statement.name or (statement.owner.name if statement.owner else None) or ""
    if run.world.schema_oid(name) is not None:
        if statement.if_not_exists:
            return
        run.refuse("42P06", f"schema {name} exists")
    owner = role_oid(run, statement.owner) if statement.owner else run.world.base.server.role_oid
    run.world.put(PgNamespace(oid=run.world.fresh_oid(), name=name, owner=owner, acl=None))
    path = run.world.settings["search_path"]
    run.world.settings["search_path"] = f'"{name}", {path}'
    for inner in statements_in(statement.elements):
        handler = handler_of(type(inner).__name__)
        if handler is not None:
            handler(run, inner)
    run.world.settings["search_path"] = path


def create_function(run: Run, statement: CreateFunction) -> None:
    """Work out CREATE FUNCTION and PROCEDURE: bodies in SQL are analyzed."""
    options = {option.name: option.value for option in statement.options}
    inputs = [one for one in statement.parameters if one.mode not in (ParameterMode.OUT, ParameterMode.TABLE)]
    types = tuple(resolve(run, one.type).oid if one.type else 0 for one in inputs)
    name = statement.name
    if len(name) > 1:
        namespace = run.schema(name[-2])
    else:
        path = [oid for oid in run.search_path() if oid not in run.world.implicit_schemas]
        namespace = path[0] if path else 0
    same = [row for row in run.world.where(PgProc, "name", name[-1]) if row.namespace == namespace]
    old = next((row for row in same if row.argument_types == types), None)
    if old is not None and not statement.replace:
        run.refuse("42723", f"function {name[-1]} exists")
    language = str(options.get("language", "sql"))
    if statement.body:
        work_query(run, load(statement.body), ANALYZED)
    body = options.get("as")
    source = str(body[0]) if isinstance(body, tuple) and body else None
    if language == "sql" and source is not None:
        _analyze_body(run, source)
    words = {"volatile": "v", "stable": "s", "immutable": "i"}
    row = PgProc(
        oid=old.oid if old else run.world.fresh_oid(),
        name=name[-1],
        namespace=namespace,
        owner=run.world.base.server.role_oid,
        language=language,
        kind="p" if statement.is_procedure else "f",
        security_definer=bool(options.get("security", False)),
        leakproof=bool(options.get("leakproof", False)),
        strict=bool(options.get("strict", False)),
        returns_set=bool(statement.returns and statement.returns.setof),
        volatility=words.get(str(options.get("volatility", "volatile")), "v"),
        parallel="u",
        cost=1.0 if language in {"c", "internal"} else 100.0,
        rows=0.0,
        returns=resolve(run, statement.returns).oid if statement.returns else 2278,
        argument_types=types,
        argument_modes=(),
        argument_names=tuple(one.name or "" for one in inputs) if any(one.name for one in inputs) else (),
        default_count=sum(1 for one in inputs if one.default),
        variadic=0,
        config=(),
        source=source,
        has_sql_body=bool(statement.body),
        acl=None,
    )
    run.world.put(row)


def _analyze_body(run: Run, source: str) -> None:
    found = parse_text(source)
    if isinstance(found, ParseFailure):
        return
    for one in found:
        if one.kind in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"}:
            work_query(run, {one.kind: load(one.source)}, ANALYZED)


def alter_function(run: Run, statement: AlterFunction) -> None:
    """Work out ALTER FUNCTION."""
    row = function_named(run, statement.function) if statement.function else None
    if row is None:
        if run.world.is_complete and statement.function is not None:
            run.refuse("42883", f"function {'.'.join(statement.function.name)} does not exist")
        return
    words = {"volatile": "v", "stable": "s", "immutable": "i"}
    for action in statement.actions:
        if action.name == "volatility":
            run.change(row, volatility=words.get(str(action.value), "v"))
        elif action.name == "security":
            run.change(row, security_definer=bool(action.value))
        elif action.name == "strict":
            run.change(row, strict=bool(action.value))
        row = run.world.one(PgProc, row.oid) or row


def create_extension(run: Run, statement: CreateExtension) -> None:
    """CREATE EXTENSION runs a script that is not looked into."""
    if run.world.where(PgExtension, "name", statement.name):
        if statement.if_not_exists:
            return
        run.refuse("42710", f"extension {statement.name} exists")
    run.record.opaque = f"the script of extension {statement.name} is executed"
    run.world.put(
        PgExtension(
            oid=run.world.fresh_oid(),
            name=statement.name,
            owner=run.world.base.server.role_oid,
            namespace=0,
            relocatable=True,
            version="",
        )
    )


def opaque_extension(run: Run, _statement: object) -> None:
    """ALTER EXTENSION UPDATE runs a script."""
    run.record.opaque = "the script of an extension is executed"


# ---- statistics and sequences


def create_statistics(run: Run, statement: CreateStatistics) -> None:
    """Work out CREATE STATISTICS."""
    relation = run.relation(statement.relations[0]) if statement.relations else None
    if relation is None:
        return
    run.lock(relation, SUE, Role.TARGET)
    if relation.kind not in {"r", "p", "m", "f"} and not run.is_assumed(relation):
        run.refuse("42809", f"cannot define statistics for relation {relation.name}")
    names = [element.name or "expr" for element in statement.elements]
    numbers: list[int] = []
    for element in statement.elements:
        column = run.column(relation.oid, element.name) if element.name else None
        if element.name and column is None and not run.is_assumed(relation):
            run.refuse("42703", f"column {element.name} does not exist")
        if column is not None:
            numbers.append(column.number)
    name = statement.name[-1] if statement.name else make_object_name(relation.name, columns_addition(names), "stat")
    if any(row.namespace == relation.namespace for row in run.world.where(PgStatisticExt, "name", name)):
        if statement.if_not_exists:
            return
        run.refuse("42710", f"statistics object {name} exists")
    kinds = {"ndistinct": "d", "dependencies": "f", "mcv": "m"}
    run.world.put(
        PgStatisticExt(
            oid=run.world.fresh_oid(),
            name=name,
            namespace=relation.namespace,
            owner=run.world.base.server.role_oid,
            relation=relation.oid,
            kinds=tuple(kinds[kind] for kind in statement.kinds if kind in kinds) or ("d", "f", "m"),
            columns=tuple(sorted(numbers)),
            has_expressions=any(not element.name for element in statement.elements),
        )
    )


def alter_statistics(run: Run, statement: AlterStatistics) -> None:
    """Work out ALTER STATISTICS SET STATISTICS."""
    if not run.world.where(PgStatisticExt, "name", statement.name[-1]):
        if run.world.is_complete and not statement.missing_ok:
            run.refuse("42704", f"statistics object {statement.name[-1]} does not exist")


def create_sequence(run: Run, statement: CreateSequence) -> None:
    """Work out CREATE SEQUENCE."""
    named = statement.sequence
    namespace = run.creation_namespace(named)
    if name_is_taken(run, namespace, named.name):
        if statement.if_not_exists:
            return
        run.refuse("42P07", f"relation {named.name} exists")
    row = msgspec.structs.replace(
        new_class(run.world.fresh_oid(), named.name, namespace, "S"),
        persistence=named.persistence,
        owner=run.world.base.server.role_oid,
    )
    type_oid = 0
    for option in statement.options:
        if option.name == "as" and isinstance(option.value, TypeName):
            type_oid = resolve(run, option.value).oid
    run.world.put(row, sequences.sequence_row(row.oid, type_oid, statement.options))
    _owned_by(run, row.oid, row, statement.options)


def alter_sequence(run: Run, statement: AlterSequence) -> None:
    """Work out ALTER SEQUENCE."""
    relation = run.relation(statement.sequence, missing_ok=statement.missing_ok, kind="S")
    if relation is None:
        return
    run.lock(relation, SRE, Role.SEQUENCE)
    if relation.kind != "S":
        run.refuse("42809", f"{relation.name} is not a sequence")
    limits = run.world.one(PgSequence, relation.oid, "relation")
    if limits is not None:
        sequences.change_options(run, limits, statement.options)
        for option in statement.options:
            if option.name == "as" and isinstance(option.value, TypeName):
                sequences.change_type(run, relation.oid, resolve(run, option.value).oid)
    _owned_by(run, relation.oid, relation, statement.options)


def _owned_by(run: Run, sequence: int, row: Rel, options: tuple[object, ...]) -> None:
    for option in options:
        value = getattr(option, "value", None)
        if getattr(option, "name", "") != "owned_by" or not isinstance(value, tuple):
            continue
        parts = name_parts(value)
        if parts == ("none",):
            sequences.disown(run, sequence)
            continue
        table = run.relation(RangeVar(schema=parts[-3] if len(parts) > 2 else None, name=parts[-2]))  # noqa: PLR2004
        if table is None:
            continue
        run.lock(table, AS, Role.SOURCE)
        column = run.column(table.oid, parts[-1])
        if table.kind not in {"r", "p", "f", "v"} and not run.is_assumed(table):
            run.refuse("42809", f"sequence cannot be owned by relation {table.name}")
        if isinstance(row, PgClass) and row.namespace != table.namespace and not run.is_assumed(table):
            run.refuse("55000", "sequence must be in same schema as table it is linked to")
        if column is None:
            run.refuse_if_known(table, "42703", f"column {parts[-1]} does not exist")
            continue
        sequences.own(run, sequence, column, "a")


# ---- publications


def create_publication(run: Run, statement: CreatePublication) -> None:
    """Work out CREATE PUBLICATION."""
    if run.world.where(PgPublication, "name", statement.name):
        run.refuse("42710", f"publication {statement.name} exists")
    oids = _publication_tables(run, statement)
    run.world.put(
        PgPublication(
            oid=run.world.fresh_oid(),
            name=statement.name,
            owner=run.world.base.server.role_oid,
            all_tables=statement.for_all_tables,
            inserts=True,
            updates=True,
            deletes=True,
            truncates=True,
            via_root=False,
            relations=oids,
            filtered_relations=(),
            namespaces=(),
        )
    )


def alter_publication(run: Run, statement: AlterPublication) -> None:
    """Work out ALTER PUBLICATION."""
    rows = run.world.where(PgPublication, "name", statement.name)
    if not rows and run.world.is_complete:
        run.refuse("42704", f"publication {statement.name} does not exist")
    oids = _publication_tables(run, statement)
    if not rows:
        return
    row = rows[0]
    if not statement.objects:
        return
    match statement.action:
        case PublicationAction.ADD_OBJECTS:
            if set(oids) & set(row.relations):
                run.refuse("42710", "a relation is already member of the publication")
            run.change(row, relations=tuple(sorted({*row.relations, *oids})))
        case PublicationAction.DROP_OBJECTS:
            if set(oids) - set(row.relations):
                run.refuse("42704", "a relation is not part of the publication")
            run.change(row, relations=tuple(oid for oid in row.relations if oid not in oids))
        case _:
            run.change(row, relations=tuple(sorted(oids)))


def _publication_tables(run: Run, statement: CreatePublication | AlterPublication) -> tuple[int, ...]:
    oids: list[int] = []
    for one in statement.objects:
        relation = run.relation(one.table.relation) if one.table else None
        if relation is None or one.table is None:
            continue
        run.lock(relation, SUE, Role.TARGET)
        if relation.kind not in {"r", "p"} and not run.is_assumed(relation):
            run.refuse("22023", f"cannot add relation {relation.name} to publication")
        if isinstance(relation, PgClass) and relation.persistence != "p":
            run.refuse("22023", f"cannot add relation {relation.name} to publication")
        oids.append(relation.oid)
        if one.table.relation.inherits and relation.kind != "p":
            for child in run.descendants(relation.oid):
                run.lock(child, SUE, run.child_role(child))
                oids.append(child.oid)
    return tuple(sorted(oids))


# ---- comments and labels


def comment(run: Run, statement: Comment) -> None:
    """Work out COMMENT."""
    _addressed(run, statement.object_type, statement.object)


def security_label(run: Run, statement: SecurityLabel) -> None:
    """SECURITY LABEL needs a provider; none is built in."""
    run.record.assume("a label provider is loaded")
    if run.world.is_complete:
        run.refuse("22023", "no security label providers have been loaded")
    _addressed(run, statement.object_type, statement.object)


def _addressed(run: Run, kind: O, named: object) -> None:
    parts = name_parts(named)
    if kind in _RELATIONS:
        relation = run.relation(_range(parts), kind=_RELATIONS[kind][0])
        if relation is not None:
            run.lock(relation, SUE, _role(relation))
            if relation.kind not in _RELATIONS[kind] and not run.is_assumed(relation):
                run.refuse("42809", f"{relation.name} is of another kind")
    elif kind is O.COLUMN:
        relation = run.relation(_range(parts[:-1]))
        if relation is not None:
            run.lock(relation, SUE, _role(relation))
            if run.column(relation.oid, parts[-1]) is None:
                run.refuse_if_known(relation, "42703", f"column {parts[-1]} does not exist")
            if relation.kind not in set("rvmcfp") and not run.is_assumed(relation):
                run.refuse("42809", f"cannot set comment on relation {relation.name}")
    elif kind in _ON_TABLE:
        relation = run.relation(_range(parts[:-1]))
        if relation is not None:
            run.lock(relation, AS, _role(relation))
            rows = run.world.where(_ON_TABLE[kind], "relation", relation.oid)
            if all(getattr(row, "name", "") != parts[-1] for row in rows):
                run.refuse_if_known(relation, "42704", f"{parts[-1]} does not exist")
    elif kind in (O.TYPE, O.DOMAIN) and type_named(run, parts) is None and run.world.is_complete:
        run.refuse("42704", f"type {'.'.join(parts)} does not exist")
    elif kind is O.STATISTIC_EXT and not run.world.where(PgStatisticExt, "name", parts[-1]) and run.world.is_complete:
        run.refuse("42704", f"statistics object {parts[-1]} does not exist")


def _range(parts: tuple[str, ...]) -> RangeVar:
    return RangeVar(schema=parts[-2] if len(parts) > 1 else None, name=parts[-1])


def _role(relation: Rel) -> Role:
    by_kind = {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW, "S": Role.SEQUENCE, "i": Role.INDEX, "I": Role.INDEX}
    return by_kind.get(relation.kind, Role.TARGET)


# ---- privileges


def grant(run: Run, statement: Grant) -> None:
    """Work out GRANT and REVOKE: from 18 on the relations are opened."""
    if statement.object_type not in (O.TABLE, O.SEQUENCE, O.COLUMN):
        if statement.object_type is O.SCHEMA:
            for named in statement.objects:
                run.schema(name_parts(named)[-1])
        return
    for spec in statement.grantees:
        role_oid(run, spec)
    if statement.target is GrantTarget.ALL_IN_SCHEMA:
        for named in statement.objects:
            namespace = run.schema(name_parts(named)[-1])
            kinds = {"S"} if statement.object_type is O.SEQUENCE else {"r", "p", "v", "m", "f"}
            for row in run.world.where(PgClass, "namespace", namespace):
                if row.kind in kinds:
                    _open(run, row)
        return
    for named in statement.objects:
        relation = run.relation(named) if isinstance(named, RangeVar) else None
        if relation is not None:
            _check_grant(run, relation, statement)
            _open(run, relation)


def _check_grant(run: Run, relation: Rel, statement: Grant) -> None:
    if run.is_assumed(relation):
        return
    if relation.kind in {"i", "I", "c"}:
        run.refuse("42809", f"{relation.name} is an index or a type")
    if statement.object_type is O.SEQUENCE and relation.kind != "S":
        run.refuse("42809", f"{relation.name} is not a sequence")
    for privilege in statement.privileges:
        for name in privilege.columns:
            if run.column(relation.oid, name) is None:
                run.refuse("42703", f"column {name} does not exist")


def _open(run: Run, relation: Rel) -> None:
    if run.major >= _GRANTS_LOCK_SINCE:
        run.lock(relation, AS, _role(relation))
