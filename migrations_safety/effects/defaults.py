"""How volatile an expression is, after the server has inlined SQL functions."""

from __future__ import annotations

import enum
from functools import cache

from migrations_safety.effects.builtin_functions import is_builtin_function, is_volatile_builtin
from migrations_safety.effects.run import Run
from probes.catalog.rows import PgProc
from probes.sql.expressions import model as m
from probes.sql.expressions.build import parse_expression
from probes.sql.expressions.inspection import call_sites
from probes.sql.parse import ParseFailure, parse_statement
from probes.sql.queries import load


class Volatile(enum.Enum):
    """Whether an expression can give another value for each row."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


_DEPTH = 5


def volatility_of(run: Run, expression: m.Expression, depth: int = 0) -> Volatile:
    """Whether the expression is volatile; UNKNOWN where a function it calls is not known."""
    worst = Volatile.NO
    for site in call_sites(expression):
        found = _call(run, site.call.name, len(site.call.args), depth)
        if found is Volatile.YES:
            return found
        if found is Volatile.UNKNOWN:
            worst = found
    return worst


def _call(run: Run, name: tuple[str, ...], argument_count: int, depth: int) -> Volatile:
    own = candidates(run, name, argument_count)
    if own:
        answers = {_function(run, row, depth) for row in own}
        return answers.pop() if len(answers) == 1 else Volatile.UNKNOWN
    if len(name) == 1 or name[0] == "pg_catalog":
        if is_volatile_builtin(name[-1], argument_count):
            return Volatile.YES
        if is_builtin_function(name[-1]):
            return Volatile.NO
    if run.world.knows_all:
        run.refuse("42883", f"function {'.'.join(name)} does not exist")
    return Volatile.UNKNOWN


def candidates(run: Run, name: tuple[str, ...], argument_count: int | None) -> list[PgProc]:
    """Functions of users that a call of that name with so many arguments may mean; built-in ones come first."""
    rows = run.world.where(PgProc, "name", name[-1])
    if not rows:
        return []
    if len(name) > 1:
        schema = run.world.schema_oid(name[-2])
        rows = [row for row in rows if row.namespace == schema]
    else:
        path = run.search_path()
        rows = [row for row in rows if row.namespace in path]
    if argument_count is None:
        return rows
    return [row for row in rows if _accepts(row, argument_count)]


def input_count(row: PgProc) -> int:
    """How many input parameters a function has."""
    if not row.argument_modes:
        return len(row.argument_types)
    return sum(1 for mode in row.argument_modes if mode in {"i", "b", "v"})


def _accepts(row: PgProc, count: int) -> bool:
    inputs = input_count(row)
    return (row.variadic != 0 and count >= inputs - 1) or inputs - row.default_count <= count <= inputs


def _function(run: Run, row: PgProc, depth: int) -> Volatile:
    if row.volatility != "v":
        return Volatile.NO
    body = inlined_body(row)
    if body is None or depth > _DEPTH:
        return Volatile.YES
    return volatility_of(run, body, depth + 1)


def inlined_body(row: PgProc) -> m.Expression | None:
    """The expression that the planner puts in place of a call, or None (inline_function in clauses.c)."""
    if row.language != "sql" or row.kind != "f" or row.security_definer or row.config or row.returns_set:
        return None
    if row.strict and row.argument_types:
        return None
    return None if not row.source else _body_expression(row.source)


@cache
def _body_expression(source: str) -> m.Expression | None:
    parsed = parse_statement(source)
    if isinstance(parsed, ParseFailure) or parsed.kind != "SelectStmt":
        return None
    query = load(parsed.source)
    if set(query) - {"targetList", "limitOption", "op"} or len(query.get("targetList", ())) != 1:
        return None
    text = source.strip().rstrip(";").strip()
    head, _, rest = text.partition(" ")
    found = parse_expression(rest) if head.lower() == "select" else None
    return None if found is None or isinstance(found, m.Unknown) else found
