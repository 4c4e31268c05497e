"""SQL of Alembic's own operations, rendered by Alembic offline from literal arguments.

No code of the project runs: arguments are built here from the syntax tree, from constants and from an allowlist of
SQLAlchemy's schema and type constructors. Whatever else occurs makes the operation unreadable.
"""

from __future__ import annotations

import ast
import io
from typing import Any

import sqlalchemy
import sqlalchemy.exc
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.util import CommandError
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import conv
from sqlalchemy.types import TypeEngine

from pgaudit.migrations.sources.alembic_ops import OpCall, Scope
from pgaudit.migrations.sources.pyast import dotted_name

RENDERED = frozenset(
    {
        "add_column",
        "alter_column",
        "create_check_constraint",
        "create_exclude_constraint",
        "create_foreign_key",
        "create_index",
        "create_primary_key",
        "create_table",
        "create_table_comment",
        "create_unique_constraint",
        "drop_column",
        "drop_constraint",
        "drop_index",
        "drop_table",
        "drop_table_comment",
        "rename_table",
    }
)
_DIALECT: Any = postgresql.dialect()  # type: ignore[no-untyped-call]
_ENUM_STATEMENTS: dict[str, Any] = {"enum.create": postgresql.CreateEnumType, "enum.drop": postgresql.DropEnumType}
_CONSTRUCTORS = (
    sqlalchemy.CheckConstraint,
    sqlalchemy.Column,
    sqlalchemy.Computed,
    sqlalchemy.ForeignKey,
    sqlalchemy.ForeignKeyConstraint,
    sqlalchemy.Identity,
    sqlalchemy.PrimaryKeyConstraint,
    sqlalchemy.Sequence,
    sqlalchemy.UniqueConstraint,
    postgresql.ExcludeConstraint,
)
_FUNCTIONS = frozenset(
    {"text", "literal_column", "column", "true", "false", "null", "desc", "asc", "nulls_first", "nulls_last"}
)


class UnreadableArgumentError(ValueError):
    """An argument is no literal and no constructor of SQLAlchemy."""


def render(step: OpCall, scope: Scope) -> str | None:
    """The SQL of one operation; None when an argument has to be computed by the project's own code."""
    if step.name not in RENDERED and step.name not in _ENUM_STATEMENTS:
        return None
    buffer = io.StringIO()
    options = {"as_sql": True, "output_buffer": buffer, "literal_binds": True}
    operations = Operations(MigrationContext.configure(dialect_name="postgresql", opts=options))
    try:
        if step.name in _ENUM_STATEMENTS:
            return _enum_statement(step, scope)
        if step.batch is None:
            _apply(operations, step.call, step.name, scope)
        else:
            args, kwargs = _arguments(step.batch, scope)
            with operations.batch_alter_table(*args, **kwargs) as batch:
                _apply(batch, step.call, step.name, scope)
    except (
        UnreadableArgumentError,
        CommandError,
        sqlalchemy.exc.SQLAlchemyError,
        ArithmeticError,
        AttributeError,
        AssertionError,
        LookupError,
        NotImplementedError,
        RecursionError,
        TypeError,
        ValueError,
    ):
        # Arguments come from a file that nobody vouches for: whatever the constructors refuse is unreadable, no more.
        return None
    return buffer.getvalue().strip() or None


def _enum_statement(step: OpCall, scope: Scope) -> str:
    """CREATE TYPE or DROP TYPE of an enum that the file creates by itself."""
    if not isinstance(step.call.func, ast.Attribute):
        raise UnreadableArgumentError
    enum = _value(step.call.func.value, scope)
    if not isinstance(enum, sqlalchemy.Enum):
        raise UnreadableArgumentError
    native = enum.dialect_impl(_DIALECT)
    return f"{_ENUM_STATEMENTS[step.name](native).compile(dialect=_DIALECT)};"


def _apply(operations: object, call: ast.Call, name: str, scope: Scope) -> None:
    args, kwargs = _arguments(call, scope)
    getattr(operations, name)(*args, **kwargs)


def _arguments(call: ast.Call, scope: Scope) -> tuple[list[Any], dict[str, Any]]:
    args: list[Any] = []
    for argument in call.args:
        if isinstance(argument, ast.Starred):
            raise UnreadableArgumentError
        args.append(_value(argument, scope))
    kwargs: dict[str, Any] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise UnreadableArgumentError
        kwargs[keyword.arg] = _value(keyword.value, scope)
    return args, kwargs


def _value(node: ast.expr, scope: Scope) -> Any:  # noqa: PLR0911 -- one return for each form of literal
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=elements):
            return tuple(_value(element, scope) for element in elements)
        case ast.List(elts=elements):
            return [_value(element, scope) for element in elements]
        case ast.Dict(keys=keys, values=values):
            return {_key(key, scope): _value(value, scope) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(_value(operand, scope))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(_value(left, scope)) + _text(_value(right, scope))
        case ast.Call():
            return _called(node, scope)
        case ast.Name(id=name) if name in scope.constants:
            rest = {key: value for key, value in scope.constants.items() if key != name}
            return _value(scope.constants[name], Scope(scope.imports, rest))
        case ast.Name() | ast.Attribute():
            return _type_class(node, scope)
        case _:
            raise UnreadableArgumentError


def _key(node: ast.expr | None, scope: Scope) -> Any:
    if node is None:
        raise UnreadableArgumentError
    return _value(node, scope)


def _number(value: object) -> int | float:
    if isinstance(value, (int, float)):
        return value
    raise UnreadableArgumentError


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise UnreadableArgumentError


def _called(call: ast.Call, scope: Scope) -> Any:
    target = _resolved(call.func, scope)
    args, kwargs = _arguments(call, scope)
    if target == "alembic.op.f":
        return conv(*args)
    parent, _, name = target.rpartition(".")
    if parent == "sqlalchemy.func":
        return getattr(sqlalchemy.func, name)(*args, **kwargs)
    found = _sqlalchemy_object(target)
    is_class = isinstance(found, type) and issubclass(found, (TypeEngine, *_CONSTRUCTORS))
    if is_class or (name in _FUNCTIONS and found is getattr(sqlalchemy, name, None)):
        return found(*args, **kwargs)
    raise UnreadableArgumentError


def _type_class(node: ast.expr, scope: Scope) -> Any:
    """A type that is given without brackets, as `sa.Integer`."""
    found = _sqlalchemy_object(_resolved(node, scope))
    if isinstance(found, type) and issubclass(found, TypeEngine):
        return found
    raise UnreadableArgumentError


def _resolved(node: ast.expr, scope: Scope) -> str:
    first, dot, rest = dotted_name(node).partition(".")
    return f"{scope.imports.get(first, '')}{dot}{rest}"


def _sqlalchemy_object(target: str) -> Any:
    first, *names = target.split(".")
    if first != "sqlalchemy" or any(name.startswith("_") or not name.isidentifier() for name in names):
        raise UnreadableArgumentError
    found: Any = sqlalchemy
    for name in names:
        found = getattr(found, name)
    return found
