"""SQL inside DO blocks and functions, found as far as it is written out: statements that EXECUTE builds stay dark."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, TypeAlias

import msgspec

from migrations_safety.script.templates import parse_templated, placeholders_as_names
from probes.sql import pgparser
from probes.sql.expressions.build import parse_expression
from probes.sql.expressions.model import Constant
from probes.sql.parse import Parsed, ParseFailure, parse_pieces, parse_statement
from probes.sql.queries import load
from probes.sql.splitter import PieceKind, split
from probes.sql.tree.decode import decode_statement
from probes.sql.tree.parts import DefElem
from probes.sql.tree.routines import CreateFunction, DoBlock

_Tree: TypeAlias = Any

_CONDITIONAL = frozenset({
    "PLpgSQL_stmt_if", "PLpgSQL_stmt_case", "PLpgSQL_stmt_loop", "PLpgSQL_stmt_while", "PLpgSQL_stmt_fori",
    "PLpgSQL_stmt_fors", "PLpgSQL_stmt_forc", "PLpgSQL_stmt_foreach_a", "PLpgSQL_stmt_dynfors", "PLpgSQL_exception",
})  # fmt: skip
_EVALUATED = frozenset({"query", "cond", "lower", "upper", "step", "t_expr", "expr"})  # before any branch is taken
_TRANSACTION_CONTROL = frozenset({"PLpgSQL_stmt_commit", "PLpgSQL_stmt_rollback"})
_WHOLE_STATEMENT = 0  # RAW_PARSE_DEFAULT
_EXPRESSION = 2  # RAW_PARSE_PLPGSQL_EXPR; above it are assignments


class BodyReason(Enum):
    """Why a body, or a part of one, is dark."""

    LANGUAGE = "language"
    UNREADABLE = "unreadable"
    DYNAMIC = "dynamic"


class Embedded(msgspec.Struct, frozen=True, gc=False):
    """A statement written out in a body."""

    sql: str
    outcome: Parsed | ParseFailure
    line: int
    """Line inside the body, from 1; 1 where the body does not tell."""
    is_conditional: bool
    """It stands in a branch, a loop or an exception handler: it may run never, or many times."""
    is_expression: bool = False
    """An expression of the language, wrapped in SELECT to be parsed."""


class Dark(msgspec.Struct, frozen=True, gc=False):
    """Something a body does that cannot be read."""

    reason: BodyReason
    detail: str
    line: int = 1


class Body(msgspec.Struct, frozen=True, gc=False):
    """What is known of a body."""

    language: str
    statements: tuple[Embedded, ...] = ()
    dark: tuple[Dark, ...] = ()
    ends_transactions: bool = False
    """It contains COMMIT or ROLLBACK."""


def body_of(parsed: Parsed, sql: str) -> Body | None:
    """The body of a DO or CREATE FUNCTION statement, whose text is ``sql``; None for any other statement."""
    match parsed.tree:
        case DoBlock(args=args):
            return _body(_language(args, "plpgsql"), _source(args), sql)
        case CreateFunction(options=options, body=body):
            if body:
                return _atomic(parsed, body)
            return _body(_language(options, "sql"), _source(options), sql)
        case _:
            return None


def _language(options: tuple[DefElem, ...], default: str) -> str:
    for option in options:
        if option.name == "language" and isinstance(option.value, str):
            return option.value.lower()
    return default


def _source(options: tuple[DefElem, ...]) -> str:
    for option in options:
        if option.name == "as":
            value = option.value
            if isinstance(value, tuple) and value:
                value = value[0]
            return value if isinstance(value, str) else ""
    return ""


def _body(language: str, source: str, sql: str) -> Body:
    match language:
        case "plpgsql":
            found = _plpgsql(sql)
            if found.dark and found.dark[0].reason is BodyReason.UNREADABLE:
                again = _plpgsql(_with_names(sql, source))
                return found if again.dark and again.dark[0].reason is BodyReason.UNREADABLE else again
            return found
        case "sql":
            return _sql(source)
        case _:
            return Body(language, dark=(Dark(BodyReason.LANGUAGE, language),))


def _with_names(sql: str, source: str) -> str:
    """The statement with names in place of placeholders, also inside its body."""
    replaced = placeholders_as_names(source.encode("utf-8", "replace")).decode("utf-8", "replace")
    outer = placeholders_as_names(sql.encode("utf-8", "replace")).decode("utf-8", "replace")
    return outer.replace(source, replaced, 1)


def _atomic(parsed: Parsed, body: msgspec.Raw) -> Body:
    """BEGIN ATOMIC or RETURN: the statements are part of the tree."""
    tree = load(body)
    waiting: list[_Tree] = [tree]
    found: list[Embedded] = []
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, list):
            waiting = [*node, *waiting]
        elif isinstance(node, dict) and set(node) == {"List"}:
            waiting = [*node["List"].get("items", ()), *waiting]
        elif isinstance(node, dict) and len(node) == 1:
            ((kind, held),) = node.items()
            source = msgspec.Raw(msgspec.json.encode(held))
            outcome = Parsed(decode_statement(kind, source), parsed.origin, kind, source)
            found.append(Embedded("", outcome, 1, is_conditional=False))
    return Body("sql", tuple(found))


def _sql(source: str) -> Body:
    data = source.encode("utf-8", "replace")
    pieces = [piece for piece in split(data) if piece.kind is PieceKind.STATEMENT]
    found = [
        Embedded(data[piece.start : piece.end].decode(), outcome, piece.line, is_conditional=False)
        for piece, outcome in zip(pieces, parse_pieces(data, pieces), strict=True)
    ]
    return Body("sql", tuple(found))


def _plpgsql(sql: str) -> Body:
    try:
        functions = json.loads(pgparser.parse_plpgsql_json(sql))
    except (pgparser.ParseError, ValueError, RecursionError, UnicodeEncodeError) as error:
        return Body("plpgsql", dark=(Dark(BodyReason.UNREADABLE, str(error.args[0])[:200] if error.args else ""),))
    walker = _Walker()
    walker.walk(functions)
    return Body("plpgsql", tuple(walker.statements), tuple(walker.dark), walker.ends_transactions)


class _Walker:
    """Visits a tree of PL/pgSQL in the order of the text."""

    def __init__(self) -> None:
        self.statements: list[Embedded] = []
        self.dark: list[Dark] = []
        self.ends_transactions = False

    def walk(self, tree: _Tree) -> None:
        waiting = [_Visit(tree, "", 1)]
        while waiting:
            visit = waiting.pop()
            if isinstance(visit.node, list):
                waiting.extend([msgspec.structs.replace(visit, node=part) for part in reversed(visit.node)])
            elif visit.key == "PLpgSQL_expr":
                self._expression(visit)
            elif isinstance(visit.node, dict):
                self.ends_transactions = self.ends_transactions or visit.key in _TRANSACTION_CONTROL
                waiting.extend(_parts(visit))

    def _expression(self, visit: _Visit) -> None:
        text = str(visit.node.get("query", ""))
        mode = visit.node.get("parseMode", _WHOLE_STATEMENT)
        if visit.is_dynamic:
            self._dynamic(text, visit)
        elif mode == _WHOLE_STATEMENT:
            self._add(text, visit)
        elif "(" in text:
            value = text.partition(":=")[2] if mode > _EXPRESSION else text
            found = parse_statement(f"select {value}")
            if isinstance(found, Parsed):
                self.statements.append(Embedded(text, found, visit.line, visit.is_conditional, is_expression=True))

    def _dynamic(self, text: str, visit: _Visit) -> None:
        """EXECUTE of a constant is as good as the statement itself."""
        match parse_expression(text):
            case Constant(value=str() as constant):
                self._add(constant, visit)
            case _:
                self.dark.append(Dark(BodyReason.DYNAMIC, text[:200], visit.line))

    def _add(self, text: str, visit: _Visit) -> None:
        outcome = parse_statement(text)
        if isinstance(outcome, ParseFailure):
            outcome = parse_templated(text.encode("utf-8", "replace")) or outcome
        self.statements.append(Embedded(text, outcome, visit.line, visit.is_conditional))


class _Visit(msgspec.Struct, frozen=True, gc=False):
    """A node of the tree on its way through the walker."""

    node: _Tree
    key: str
    line: int
    is_conditional: bool = False
    is_dynamic: bool = False


def _parts(visit: _Visit) -> list[_Visit]:
    line = int(visit.node.get("lineno", visit.line))
    holds_branches = visit.key in _CONDITIONAL
    is_dynamic_statement = visit.key.startswith("PLpgSQL_stmt_dyn")
    return [
        _Visit(
            node=value,
            key=key,
            line=line,
            is_conditional=visit.is_conditional or (holds_branches and key not in _EVALUATED),
            is_dynamic=visit.is_dynamic or key == "dynquery" or (is_dynamic_statement and key == "query"),
        )
        for key, value in reversed(visit.node.items())
        if isinstance(value, dict | list)
    ]
