"""Expressions as values: small, immutable, comparable, independent of how they were written."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class Expression(msgspec.Struct, frozen=True, gc=False):
    """Any expression."""


class Constant(Expression, frozen=True):
    """A literal: text, integer, boolean or None; a decimal is ``Number``."""

    value: str | int | bool | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


class Number(Expression, frozen=True):
    """A number with a fraction or an exponent, as written."""

    text: str


class Column(Expression, frozen=True):
    """A column, perhaps qualified; ``*`` as last part stands for the whole row."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The column's own name."""
        return self.parts[-1] if self.parts else ""


class Call(Expression, frozen=True):
    """A function call; ``pg_catalog`` is dropped from the name."""

    name: tuple[str, ...]
    args: tuple[Expression, ...] = ()
    modifiers: str = ""
    """DISTINCT, FILTER, OVER and the like, as opaque text: calls differing in them differ."""


class Operator(Expression, frozen=True):
    """An operator that returns null for a null operand, unless it is ``IS DISTINCT FROM``."""

    name: str
    left: Expression | None
    right: Expression


class Quantified(Expression, frozen=True):
    """``left op ANY (array)`` or ``left op ALL (array)``."""

    name: str
    left: Expression
    array: Expression
    is_all: bool


class And(Expression, frozen=True):
    """A conjunction, flat."""

    args: tuple[Expression, ...]


class Or(Expression, frozen=True):
    """A disjunction, flat."""

    args: tuple[Expression, ...]


class Not(Expression, frozen=True):
    """A negation."""

    arg: Expression


class NullTest(Expression, frozen=True):
    """``IS NULL`` or ``IS NOT NULL``."""

    arg: Expression
    is_null: bool


class BooleanTest(Expression, frozen=True):
    """``IS [NOT] TRUE``, ``FALSE`` or ``UNKNOWN``."""

    arg: Expression
    tested: bool | None
    """True, False, or None for UNKNOWN."""
    negated: bool


class Cast(Expression, frozen=True):
    """A cast; the type as the server's internal name with modifiers, such as ``varchar(10)`` or ``int4[]``."""

    arg: Expression
    type: str


class ArrayOf(Expression, frozen=True):
    """``ARRAY[...]``."""

    elements: tuple[Expression, ...]


class RowOf(Expression, frozen=True):
    """``ROW(...)``."""

    elements: tuple[Expression, ...]


class Case(Expression, frozen=True):
    """``CASE``; branches are pairs of condition and result."""

    subject: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    default: Expression | None


class Coalesce(Expression, frozen=True):
    """``COALESCE``."""

    args: tuple[Expression, ...]


class Extreme(Expression, frozen=True):
    """``GREATEST`` or ``LEAST``."""

    name: str
    args: tuple[Expression, ...]


class SessionValue(Expression, frozen=True):
    """``CURRENT_USER``, ``CURRENT_TIMESTAMP`` and their relatives, by the grammar's name."""

    name: str


class Collated(Expression, frozen=True):
    """``COLLATE``."""

    arg: Expression
    collation: tuple[str, ...]


class Part(Expression, frozen=True):
    """A field or an element of a value: ``(x).f``, ``x[1]``."""

    arg: Expression
    path: str


class Parameter(Expression, frozen=True):
    """``$1``."""

    number: int


class SubqueryKind(Enum):
    """How a subquery is used."""

    SCALAR = "scalar"
    EXISTS = "exists"
    ARRAY = "array"
    ANY = "any"
    ALL = "all"
    OTHER = "other"


class Correlation(Enum):
    """Whether a subquery refers to columns of the query around it."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class Subquery(Expression, frozen=True):
    """A subquery, with what is asked of subqueries worked out."""

    kind: SubqueryKind
    text: str
    """The query without locations, for comparison only."""
    test: Expression | None
    """Left side of IN, ANY and ALL."""
    operator: str
    only_output: Expression | None
    """The expression returned, when the query is no more than ``SELECT expression``."""
    columns: tuple[Column, ...]
    calls: tuple[Call, ...]
    relations: tuple[tuple[str, ...], ...]
    correlation: Correlation


class Unknown(Expression, frozen=True):
    """Something not understood: ``kind`` is the grammar's name, ``text`` tells two of them apart."""

    kind: str
    text: str = ""
    args: tuple[Expression, ...] = ()


Values: TypeAlias = tuple[Expression, ...]


def children(expression: Expression) -> Iterator[Expression]:
    """The direct parts of an expression, subqueries not entered."""
    if isinstance(expression, Subquery):
        return
    for name in expression.__struct_fields__:
        held = getattr(expression, name)
        if isinstance(held, Expression):
            yield held
        elif isinstance(held, tuple):
            for element in held:
                if isinstance(element, Expression):
                    yield element
                elif isinstance(element, tuple):
                    yield from (part for part in element if isinstance(part, Expression))


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything below it, subqueries not entered."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(children(current))))
