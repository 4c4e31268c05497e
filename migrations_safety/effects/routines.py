"""CREATE and ALTER FUNCTION and PROCEDURE."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.functions import function_named
from migrations_safety.effects.queries import REWRITTEN, work_query
from migrations_safety.effects.resolution import has_column
from migrations_safety.effects.run import Run
from migrations_safety.effects.types import resolve, row_type_of
from probes.catalog.names import quoted
from probes.catalog.rows import PgProc
from probes.sql.parse import ParseFailure, parse_text
from probes.sql.queries import Tree, load
from probes.sql.tree.enums import ParameterMode, VariableSetKind
from probes.sql.tree.parts import DefElem, Parameter, VariableSet, schema_and_name
from probes.sql.tree.routines import AlterFunction, CreateFunction

_RECORD, _VOID = 2249, 2278
_DEFAULT_COST, _DEFAULT_ROWS = 100.0, 1000.0
_VOLATILITY = {"volatile": "v", "stable": "s", "immutable": "i"}
_PARALLEL = {"unsafe": "u", "restricted": "r", "safe": "s"}
_MODES = {
    ParameterMode.OUT: "o",
    ParameterMode.INOUT: "b",
    ParameterMode.VARIADIC: "v",
    ParameterMode.TABLE: "t",
}
_OUTPUT = frozenset("obt")
_INPUT = frozenset("ibv")
_LISTS = frozenset({"search_path", "temp_tablespaces", "session_preload_libraries", "local_preload_libraries"})
_ANALYZED = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})


def create_function(run: Run, statement: CreateFunction) -> None:
    """Work out CREATE FUNCTION and PROCEDURE: bodies in SQL are analyzed."""
    name = statement.name
    schema, bare_name = schema_and_name(name)
    namespace = run.schema(schema) if schema is not None else _creation_schema(run)
    modes = [_MODES.get(one.mode, "i") for one in statement.parameters]
    types = tuple(resolve(run, one.type).oid if one.type else 0 for one in statement.parameters)
    inputs = tuple(oid for oid, mode in zip(types, modes, strict=True) if mode in _INPUT)
    returns = _returned(run, statement, types, modes)
    same = [row for row in run.world.where(PgProc, "name", bare_name) if row.namespace == namespace]
    old = next((row for row in same if input_types(row) == inputs), None)
    if old is not None:
        _check_replacement(run, old, statement, returns)
    options = {option.name: option for option in statement.options}
    language = str(options["language"].value).lower() if "language" in options else "sql"
    _analyze(run, statement, language)
    has_outputs = any(mode in _OUTPUT for mode in modes)
    returns_set = "t" in modes or bool(statement.returns and statement.returns.setof)
    row = PgProc(
        oid=old.oid if old else run.world.fresh_oid(),
        name=bare_name,
        namespace=namespace,
        owner=old.owner if old else run.world.base.server.role_oid,
        language=language,
        kind="p" if statement.is_procedure else ("w" if "window" in options else "f"),
        security_definer=False,
        leakproof=False,
        strict=False,
        returns_set=returns_set,
        volatility="v",
        parallel="u",
        cost=1.0 if language in {"c", "internal"} else _DEFAULT_COST,
        rows=_DEFAULT_ROWS if returns_set else 0.0,
        returns=returns,
        argument_types=types if has_outputs else inputs,
        argument_modes=tuple(modes) if has_outputs or "v" in modes else (),
        argument_names=_names(statement.parameters),
        default_count=sum(1 for one in statement.parameters if one.default),
        variadic=_variadic(run, types, modes),
        config=(),
        source=_source(options),
        has_sql_body=bool(statement.body),
        acl=old.acl if old else None,
    )
    run.world.put(_with_options(row, statement.options))


def _creation_schema(run: Run) -> int:
    path = [oid for oid in run.search_path() if oid not in run.world.implicit_schemas]
    return path[0] if path else 0


def input_types(row: PgProc) -> tuple[int, ...]:
    """The types that a call of the function gives."""
    if not row.argument_modes:
        return row.argument_types
    return tuple(oid for oid, mode in zip(row.argument_types, row.argument_modes, strict=True) if mode in _INPUT)


def _names(parameters: tuple[Parameter, ...]) -> tuple[str, ...]:
    return tuple(one.name or "" for one in parameters) if any(one.name for one in parameters) else ()


def _variadic(run: Run, types: tuple[int, ...], modes: list[str]) -> int:
    from probes.catalog.rows import PgType  # noqa: PLC0415 - for variadic functions only

    for oid, mode in zip(types, modes, strict=True):
        if mode == "v":
            array = run.world.one(PgType, oid)
            return array.element if array else 0
    return 0


def _returned(run: Run, statement: CreateFunction, types: tuple[int, ...], modes: list[str]) -> int:
    given = [oid for oid, mode in zip(types, modes, strict=True) if mode in _OUTPUT]
    if statement.returns is not None and "t" not in modes:
        return resolve(run, statement.returns).oid
    if not given:
        return _VOID
    return given[0] if len(given) == 1 and not statement.is_procedure else _RECORD


def _check_replacement(run: Run, old: PgProc, statement: CreateFunction, returns: int) -> None:
    if not statement.replace:
        run.refuse("42723", f"function {old.name} exists")
    if (old.kind == "p") != statement.is_procedure:
        run.refuse("42809", f"cannot change the kind of {old.name}")
    if returns and old.returns != returns:
        run.refuse("42P13", f"cannot change return type of function {old.name}")


def _source(options: dict[str, DefElem]) -> str | None:
    value = options["as"].value if "as" in options else None
    return str(value[0]) if isinstance(value, tuple) and value else None


# ---- bodies


def _analyze(run: Run, statement: CreateFunction, language: str) -> None:
    if statement.body:
        work_query(run, load(statement.body), REWRITTEN)
        return
    if not run.world.checks_function_bodies:
        return
    source = _source({option.name: option for option in statement.options})
    found = parse_text(source) if language == "sql" and source is not None else ()
    for one in () if isinstance(found, ParseFailure) else found:
        if one.kind in _ANALYZED:
            tree = {one.kind: load(one.source)}
            _check_fields(run, tree, statement)
            inner = run.inner(one)
            work_query(inner, tree, REWRITTEN)
            _keep_locks(run, inner)


def _keep_locks(run: Run, inner: Run) -> None:
    for lock in inner.record.effects().locks:
        run.record.lock(lock.relation, lock.mode, lock.role, lock.when)


def _check_fields(run: Run, tree: Tree, statement: CreateFunction) -> None:
    """Refuse `$1.field` where the row type has no such field."""
    waiting: list[Tree] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            part = node.get("A_Indirection", {})
            number = part.get("arg", {}).get("ParamRef", {}).get("number", 0)
            field = (part.get("indirection") or [{}])[0].get("String", {}).get("sval")
            if field and 0 < number <= len(statement.parameters):
                _check_field(run, statement.parameters[number - 1], field)
            waiting.extend(node.values())


def _check_field(run: Run, parameter: Parameter, field: str) -> None:
    relation = row_type_of(run, parameter.type.names) if parameter.type else None
    if relation is not None and not run.is_assumed(relation) and not has_column(run, relation, field):
        run.refuse("42703", f"column {field} not found in data type {relation.name}")


# ---- options


def alter_function(run: Run, statement: AlterFunction) -> None:
    """Work out ALTER FUNCTION."""
    row = function_named(run, statement.function) if statement.function else None
    if row is not None:
        run.world.put(_with_options(row, statement.actions))
    elif run.world.knows_all and statement.function is not None:
        run.refuse("42883", f"function {'.'.join(statement.function.name)} does not exist")


def _with_options(row: PgProc, options: tuple[DefElem, ...]) -> PgProc:
    changed = row
    for option in options:
        changed = _with_option(changed, option)
    return changed


def _with_option(row: PgProc, option: DefElem) -> PgProc:  # noqa: PLR0911 - one return per option
    value = option.value
    match option.name:
        case "volatility":
            return msgspec.structs.replace(row, volatility=_VOLATILITY.get(str(value).lower(), "v"))
        case "security":
            return msgspec.structs.replace(row, security_definer=option.is_on)
        case "strict":
            return msgspec.structs.replace(row, strict=option.is_on)
        case "leakproof":
            return msgspec.structs.replace(row, leakproof=option.is_on)
        case "parallel":
            return msgspec.structs.replace(row, parallel=_PARALLEL.get(str(value).lower(), "u"))
        case "cost":
            return msgspec.structs.replace(row, cost=float(str(value)))
        case "rows":
            return msgspec.structs.replace(row, rows=float(str(value)))
        case "set" if isinstance(value, VariableSet):
            return msgspec.structs.replace(row, config=_configured(row.config, value))
        case _:
            return row


def _configured(config: tuple[str, ...], setting: VariableSet) -> tuple[str, ...]:
    if setting.kind is VariableSetKind.RESET_ALL:
        return ()
    name = setting.name or ""
    kept = [one for one in config if one.partition("=")[0].lower() != name.lower()]
    if setting.kind is not VariableSetKind.SET_VALUE:
        return tuple(kept)
    values = [quoted(str(one)) if name in _LISTS else str(one) for one in setting.args]
    return (*kept, f"{name}={', '.join(values)}")
