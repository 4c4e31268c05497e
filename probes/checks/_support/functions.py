"""Judging functions."""

from __future__ import annotations

from probes.catalog.navigation import Function
from probes.finding import ObjectRef

_COMPILED = frozenset({"c", "internal"})


def function_ref(function: Function) -> ObjectRef:
    """The reference to a function; overloaded ones are told apart by `function_key`."""
    return ObjectRef(function.noun, function.name, function.schema)


def function_key(function: Function) -> tuple[str, ...]:
    """What tells overloaded functions apart: the types of their arguments."""
    return (function.argument_list,)


def is_bound_late(function: Function) -> bool:
    """Whether names in its body are looked up when it runs, by the search_path of that moment."""
    return not function.row.has_sql_body and function.row.language not in _COMPILED
