"""CREATE TYPE in its forms, and ALTER TYPE of enums."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.columns import plan_column
from migrations_safety.effects.run import Run
from migrations_safety.effects.types import has_row_type, refuse_taken_type, resolve, type_named
from migrations_safety.effects.world import new_class
from migrations_safety.effects.written import parsed, written_expression
from probes.catalog.rows import PgAttribute, PgClass, PgProc, PgType
from probes.sql.expressions import model as m
from probes.sql.tree.objects import AlterEnum, CreateCompositeType, CreateEnum, CreateRangeType
from probes.sql.tree.parts import TypeName, name_parts, schema_and_name

_TEXT = 25
_MULTIRANGES_SINCE = 14


def new_type(run: Run, name: str, namespace: int, kind: str) -> PgType:
    """A type as it is right after it was made, with its array."""
    oid, array = run.world.fresh_oid(), run.world.fresh_oid()
    row = PgType(
        oid=oid,
        name=name,
        namespace=namespace,
        owner=run.world.base.server.role_oid,
        kind=kind,
        category={"e": "E", "c": "C", "r": "R"}.get(kind, "U"),
        base_type=0,
        typmod=-1,
        not_null=False,
        dimensions=0,
        collation=0,
        element=0,
        array=array,
        relation=0,
        length=4 if kind == "e" else -1,
        by_value=kind == "e",
        alignment="d" if kind == "c" else "i",
        storage="p" if kind == "e" else "x",
        default=None,
        range_subtype=0,
        labels=(),
        acl=None,
    )
    made = msgspec.structs.replace(
        row,
        oid=array,
        name=f"_{name}",
        kind="b",
        category="A",
        element=oid,
        array=0,
        length=-1,
        by_value=False,
        storage="x",
    )
    run.world.put(row, made)
    return row


def type_name_is_taken(run: Run, names: tuple[str, ...]) -> int:
    """The schema in which a type is made.

    Raises:
        Refused: 42710, there is a type of that name.
    """
    schema, name = schema_and_name(names)
    if schema is not None:
        namespace = run.schema(schema)
    else:
        path = [oid for oid in run.search_path() if oid not in run.world.implicit_schemas]
        namespace = path[0] if path else 0
    refuse_taken_type(run, name, namespace)
    if any(one.namespace == namespace and has_row_type(run, one) for one in run.world.where(PgClass, "name", name)):
        run.refuse("42710", f"type {name} exists: it is the row type of a relation")
    return namespace


def create_enum(run: Run, statement: CreateEnum) -> None:
    """Work out CREATE TYPE ... AS ENUM."""
    namespace = type_name_is_taken(run, statement.name)
    run.change(new_type(run, statement.name[-1], namespace, "e"), labels=statement.labels)


def create_composite(run: Run, statement: CreateCompositeType) -> None:
    """Work out CREATE TYPE ... AS (...)."""
    named = statement.relation
    namespace = type_name_is_taken(run, named.parts)
    row = new_type(run, named.name, namespace, "c")
    relation = msgspec.structs.replace(
        new_class(run.world.fresh_oid(), named.name, namespace, "c"),
        row_type=row.oid,
        owner=run.world.base.server.role_oid,
    )
    run.world.put(msgspec.structs.replace(row, relation=relation.oid), relation)
    for definition in statement.columns:
        column = plan_column(run, relation, definition).row(relation)
        relation = msgspec.structs.replace(relation, column_slots=column.number)
        run.world.put(column, relation)


def create_range(run: Run, statement: CreateRangeType) -> None:
    """Work out CREATE TYPE ... AS RANGE, which makes constructors and, since 14, a multirange type."""
    namespace = type_name_is_taken(run, statement.name)
    name = statement.name[-1]
    options = {option.name: option.value for option in statement.options}
    subtype = options.get("subtype")
    inner = resolve(run, subtype).oid if isinstance(subtype, TypeName) else 0
    made = new_type(run, name, namespace, "r")
    run.change(made, range_subtype=inner)
    for count in (2, 3):
        run.world.put(_constructor(run, name, namespace, made.oid, (inner, inner, _TEXT)[:count]))
    if run.major < _MULTIRANGES_SINCE:
        return
    given = options.get("multirange_type_name")
    plural = name_parts(given)[-1] if given is not None else _multirange_name(name)
    multi = new_type(run, plural, namespace, "m")
    for arguments in ((), (made.oid,), (made.array,)):
        run.world.put(_constructor(run, plural, namespace, multi.oid, arguments))


def _multirange_name(name: str) -> str:
    return name.replace("range", "multirange", 1) if "range" in name else f"{name}_multirange"


def _constructor(run: Run, name: str, namespace: int, returns: int, arguments: tuple[int, ...]) -> PgProc:
    only = arguments[0] if len(arguments) == 1 else 0
    row = run.world.one(PgType, only)
    is_variadic = row is not None and row.category == "A"
    return PgProc(
        oid=run.world.fresh_oid(),
        name=name,
        namespace=namespace,
        owner=run.world.base.server.role_oid,
        language="internal",
        kind="f",
        security_definer=False,
        leakproof=False,
        strict=name != "" and len(arguments) <= 1,
        returns_set=False,
        volatility="i",
        parallel="s",
        cost=1.0,
        rows=0.0,
        returns=returns,
        argument_types=arguments,
        argument_modes=("v",) if is_variadic else (),
        argument_names=(),
        default_count=0,
        variadic=run.world.where(PgType, "array", only)[0].oid if is_variadic else 0,
        config=(),
        source=None,
        has_sql_body=False,
        acl=None,
    )


def alter_enum(run: Run, statement: AlterEnum) -> None:
    """Work out ALTER TYPE ... ADD VALUE and RENAME VALUE."""
    row = type_named(run, statement.name)
    if row is None:
        if run.world.knows_all:
            run.refuse("42704", f"type {'.'.join(statement.name)} does not exist")
        return
    if row.kind != "e":
        run.refuse("42809", f"{row.name} is not an enum")
    labels = list(row.labels)
    if statement.old_value is not None:
        if statement.old_value not in labels:
            run.refuse("22023", f"{statement.old_value} is not an existing enum label")
        if statement.new_value in labels:
            run.refuse("42710", f"enum label {statement.new_value} exists")
        labels[labels.index(statement.old_value)] = statement.new_value or ""
        _rename_in_defaults(run, row, statement.old_value, statement.new_value or "")
    elif statement.new_value in labels:
        if not statement.if_not_exists:
            run.refuse("42710", f"enum label {statement.new_value} exists")
        return
    else:
        _insert_label(run, labels, statement)
    run.change(row, labels=tuple(labels))


def _rename_in_defaults(run: Run, row: PgType, old: str, new: str) -> None:
    """Stored constants are numbers: they show the new label."""
    for column in run.world.where(PgAttribute, "type", row.oid):
        default = run.default_of(column)
        if default is not None and _constant(parsed(default.expression)) == old:
            run.change(default, expression=written_expression(m.Constant(new)))


def _constant(expression: m.Expression | None) -> object:
    match expression:
        case m.Cast(arg=arg):
            return _constant(arg)
        case m.Constant(value=value):
            return value
        case _:
            return None


def _insert_label(run: Run, labels: list[str], statement: AlterEnum) -> None:
    if statement.neighbor is None:
        labels.append(statement.new_value or "")
        return
    if statement.neighbor not in labels:
        run.refuse("22023", f"{statement.neighbor} is not an existing enum label")
    labels.insert(labels.index(statement.neighbor) + statement.is_after, statement.new_value or "")
