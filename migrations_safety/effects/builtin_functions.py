"""Signatures of the functions and operators that every server brings along, read from servers 13 to 18."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeAlias

import msgspec


class Signature(NamedTuple):
    """A built-in function: types of its parameters, of its result, volatility, how many parameters may be left out."""

    arguments: tuple[int, ...]
    result: int
    volatility: str
    is_variadic: bool
    default_count: int

    def accepts(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        have = len(self.arguments)
        return have - self.default_count <= count <= have or (self.is_variadic and count >= have - 1)


_Row: TypeAlias = tuple[tuple[int, ...], int, str, int, int]


class _Data(msgspec.Struct, frozen=True):
    """What stands in the file by name; a script calls a handful of the thousands, and only those are decoded."""

    functions: dict[str, msgspec.Raw]
    operators: dict[str, msgspec.Raw]


@cache
def _data() -> _Data:
    return msgspec.json.decode((Path(__file__).parent / "functions.json").read_bytes(), type=_Data)


def is_builtin_function(name: str) -> bool:
    """Whether pg_catalog has a function of this name on any supported major."""
    return name in _data().functions


@cache
def signatures(name: str, argument_count: int) -> tuple[Signature, ...]:
    """The built-in functions that a call with so many arguments may mean."""
    source = _data().functions.get(name)
    rows = () if source is None else msgspec.json.decode(source, type=tuple[_Row, ...])
    found = (Signature(args, result, kind, bool(variadic), defaults) for args, result, kind, variadic, defaults in rows)
    return tuple(one for one in found if one.accepts(argument_count))


def is_volatile_builtin(name: str, argument_count: int) -> bool:
    """Whether the built-in function with so many arguments is volatile."""
    found = signatures(name, argument_count)
    return bool(found) and all(one.volatility == "v" for one in found)


@cache
def operators(name: str) -> tuple[tuple[int, int, int], ...]:
    """Left type (0 for a prefix operator), right type and result of the built-in operators of that name."""
    source = _data().operators.get(name)
    return () if source is None else msgspec.json.decode(source, type=tuple[tuple[int, int, int], ...])
