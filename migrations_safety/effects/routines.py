"""CREATE and ALTER FUNCTION and PROCEDURE."""

from __future__ import annotations

from migrations_safety.effects.functions import function_named
from migrations_safety.effects.queries import REWRITTEN, work_query
from migrations_safety.effects.run import Run
from migrations_safety.effects.types import resolve
from probes.catalog.rows import PgProc
from probes.sql.parse import ParseFailure, parse_text
from probes.sql.queries import load
from probes.sql.tree.enums import ParameterMode
from probes.sql.tree.routines import AlterFunction, CreateFunction


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
        work_query(run, load(statement.body), REWRITTEN)
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
            work_query(run, {one.kind: load(one.source)}, REWRITTEN)


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
