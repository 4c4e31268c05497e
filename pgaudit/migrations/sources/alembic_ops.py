"""What the `upgrade()` function of an Alembic revision does, step by step, read from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from pgaudit.migrations.sources.alembic_graph import RevisionFile
from pgaudit.migrations.sources.interface import OpaqueReason, TxMode
from pgaudit.migrations.sources.pyast import assignments, dotted_name, imported_names, text_of

_HARMLESS = frozenset({"op.get_bind", "op.get_context", "op.f", "print", "len", "str", "int"})


@dataclass(frozen=True, slots=True)
class LiteralSql:
    """SQL that is written in the file."""

    text: str
    line: int
    tx_mode: TxMode | None


@dataclass(frozen=True, slots=True)
class OpCall:
    """A call of Alembic's own operations, or `enum.create` and `enum.drop` of a type.

    `batch` is the call that opened the batch it belongs to.
    """

    name: str
    call: ast.Call
    tx_mode: TxMode | None
    batch: ast.Call | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Code whose SQL is known only by running it."""

    reason: OpaqueReason
    detail: str
    line: int


Step = LiteralSql | OpCall | Unread


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that a revision's code may use: imports, constants, and batches that are open."""

    imports: dict[str, str]
    constants: dict[str, ast.expr]
    batches: dict[str, ast.Call] = field(default_factory=dict)
    tx_mode: TxMode | None = None


def upgrade_function(revision: RevisionFile) -> ast.FunctionDef | None:
    """The `upgrade` function; None when the file has none."""
    functions = (node for node in revision.tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade")
    return next(functions, None)


def scope_of(revision: RevisionFile) -> Scope:
    """The names known in `upgrade()`: imports and constants of the file, and constants of the function."""
    function = upgrade_function(revision)
    local = assignments(function.body) if function is not None else {}
    return Scope(imported_names(revision.tree), {**assignments(revision.tree.body), **local})


def upgrade_steps(revision: RevisionFile) -> list[Step]:
    """Every step of `upgrade()` in order."""
    function = upgrade_function(revision)
    return [] if function is None else list(_steps(function.body, scope_of(revision)))


def _steps(body: Sequence[ast.stmt], scope: Scope) -> Iterator[Step]:
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call() as call):
                yield from _call_steps(call, scope)
            case ast.Assign(value=ast.Call() as call) | ast.AnnAssign(value=ast.Call() as call):
                yield from _assigned_steps(call, scope)
            case ast.With():
                yield from _with_steps(statement, scope)
            case ast.If():
                yield Unread(OpaqueReason.PROGRAM_CODE, "a condition decides whether this runs", statement.lineno)
                yield from _steps(statement.body, scope)
                yield from _steps(statement.orelse, scope)
            case ast.Try():
                yield from _steps(statement.body, scope)
            case ast.For() | ast.While() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield Unread(OpaqueReason.PROGRAM_CODE, "a loop or function that has to be run", statement.lineno)
            case _:
                pass


def _with_steps(statement: ast.With, scope: Scope) -> Iterator[Step]:
    inner = replace(scope, batches=dict(scope.batches))
    for item in statement.items:
        match item.context_expr:
            case ast.Call(func=ast.Attribute(attr="autocommit_block")):
                inner = replace(inner, tx_mode=TxMode.PER_STATEMENT)
            case ast.Call(func=ast.Attribute(attr="batch_alter_table")) as call:
                if isinstance(item.optional_vars, ast.Name):
                    inner.batches[item.optional_vars.id] = call
            case _:
                pass
    yield from _steps(statement.body, inner)


def _assigned_steps(call: ast.Call, scope: Scope) -> Iterator[Step]:
    """A call whose value is kept: of interest only when it does something to the database."""
    base, _, method = _operation(call, scope).rpartition(".")
    if base == "op" or base in scope.batches or method == "execute":
        yield from _call_steps(call, scope)


def _operation(call: ast.Call, scope: Scope) -> str:
    """The dotted name of what is called, with Alembic's operations always called `op`."""
    name = dotted_name(call.func)
    first, dot, rest = name.partition(".")
    return f"op{dot}{rest}" if scope.imports.get(first) == "alembic.op" else name


def _call_steps(call: ast.Call, scope: Scope) -> Iterator[Step]:
    name = _operation(call, scope)
    base, _, method = name.rpartition(".")
    if name in _HARMLESS:
        return
    if method in {"execute", "exec_driver_sql"}:
        yield _executed(call, scope)
    elif base in scope.batches:
        yield OpCall(method, call, scope.tx_mode, scope.batches[base])
    elif base == "op":
        yield OpCall(method, call, scope.tx_mode)
    elif method in {"create", "drop"}:
        yield OpCall(f"enum.{method}", call, scope.tx_mode)
    else:
        yield Unread(OpaqueReason.PROGRAM_CODE, f"{name or 'a call'}() has to be run", call.lineno)


def _executed(call: ast.Call, scope: Scope) -> Step:
    argument = call.args[0] if call.args else next((keyword.value for keyword in call.keywords), None)
    if isinstance(argument, ast.Call) and dotted_name(argument.func).rpartition(".")[2] in {"text", "DDL"}:
        argument = argument.args[0] if argument.args else None
    text = text_of(argument, scope.constants)
    if text is None or argument is None:
        return Unread(OpaqueReason.INTERPOLATED, "SQL that is put together while it runs", call.lineno)
    origin = scope.constants.get(argument.id, argument) if isinstance(argument, ast.Name) else argument
    return LiteralSql(text.replace("\\:", ":"), origin.lineno, scope.tx_mode)
