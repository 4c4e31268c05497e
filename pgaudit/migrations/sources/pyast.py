"""Reading Python migrations as syntax trees: constants, names and calls. Nothing here runs them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pgaudit.migrations.sources.errors import BadProjectFileError
from pgaudit.migrations.sources.files import read_source

Constants = Mapping[str, ast.expr]


def parse_python(path: Path) -> ast.Module:
    """The syntax tree of a Python file.

    Raises:
        BadProjectFileError: when it is not Python.
    """
    try:
        return ast.parse(read_source(path).text, filename=str(path))
    except SyntaxError as error:
        raise BadProjectFileError(path, f"is not valid Python ({error.msg})", error.lineno or 1) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadProjectFileError(path, f"cannot be parsed ({type(error).__name__})") from error


def assignments(body: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """Plain `name = value` and `name: type = value` statements of a body, the last one of each name."""
    found: dict[str, ast.expr] = {}
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
            case _:
                pass
    return found


def text_of(node: ast.expr | None, constants: Constants) -> str | None:
    """The text that an expression certainly is: a literal, literals joined, or the name of one; else None."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name) if name in constants and not isinstance(constants[name], ast.Name):
            return text_of(constants[name], constants)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = text_of(left, constants), text_of(right, constants)
            return None if first is None or second is None else first + second
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="strip"), args=[]):
            inner = text_of(node.func.value, constants) if isinstance(node.func, ast.Attribute) else None
            return None if inner is None else inner.strip()
        case _:
            return None


def texts_of(node: ast.expr | None, constants: Constants) -> tuple[str, ...]:
    """The text or texts of a literal: nothing for None, one for a string, all for a tuple, list or set of them."""
    match node:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return tuple(text for element in elements if (text := text_of(element, constants)) is not None)
        case _:
            text = text_of(node, constants)
            return () if text is None else (text,)


def is_constant(node: ast.expr | None, value: object) -> bool:
    """Whether the node is that very constant (True, False or None)."""
    return isinstance(node, ast.Constant) and node.value is value


def dotted_name(node: ast.expr) -> str:
    """`a.b.c` of a chain of names; a call in the chain shows as `()`, anything else as an empty text."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            base = dotted_name(value)
            return f"{base}.{attr}" if base else ""
        case ast.Call(func=func):
            base = dotted_name(func)
            return f"{base}()" if base else ""
        case _:
            return ""


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """Every call below a node."""
    return (child for child in ast.walk(node) if isinstance(child, ast.Call))


def imported_names(tree: ast.Module) -> dict[str, str]:
    """What each name imported at the top of a module stands for, as a dotted name."""
    names: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.Import(names=aliases):
                for alias in aliases:
                    bound = alias.asname or alias.name.split(".", 1)[0]
                    names[bound] = alias.name if alias.asname else bound
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                for alias in aliases:
                    names[alias.asname or alias.name] = f"{module}.{alias.name}"
            case _:
                pass
    return names
