"""What a change of type does to values that do not fit."""

from __future__ import annotations

import enum

from migrations_safety.effects.run import Run
from migrations_safety.effects.types import TypeUse
from probes.catalog.rows import PgType

_INT2, _INT4, _INT8 = 21, 23, 20
_FLOAT4, _FLOAT8, _NUMERIC = 700, 701, 1700
_BPCHAR, _VARCHAR, _BIT, _VARBIT = 1042, 1043, 1560, 1562
_DATE, _TIME, _TIMETZ, _TIMESTAMP, _TIMESTAMPTZ, _INTERVAL = 1082, 1083, 1266, 1114, 1184, 1186
_WIDTHS = {_INT2: 1, _INT4: 2, _INT8: 3}
_LENGTHS = frozenset({_BPCHAR, _VARCHAR, _BIT, _VARBIT})
_TIMES = frozenset({_TIME, _TIMETZ, _TIMESTAMP, _TIMESTAMPTZ})
_FINEST = 6
_TEXT = "S"


class Loss(enum.Enum):
    """How a value that does not fit is treated."""

    FAILS = "fails"
    SILENT = "silent"


_INEXACT = {
    _NUMERIC: frozenset({_INT2, _INT4, _INT8, _FLOAT4, _FLOAT8}),
    _FLOAT8: frozenset({_INT2, _INT4, _INT8, _FLOAT4, _NUMERIC}),
    _FLOAT4: frozenset({_INT2, _INT4, _INT8, _NUMERIC}),
    _INT8: frozenset({_FLOAT4, _FLOAT8}),
    _INT4: frozenset({_FLOAT4}),
    _TIMESTAMP: frozenset({_DATE, _TIME}),
    _TIMESTAMPTZ: frozenset({_DATE, _TIME, _TIMETZ}),
    _TIMETZ: frozenset({_TIME}),
}
"""Targets, by source, that take every value and keep less of it."""


DIGITS = {_FLOAT4: 6, _FLOAT8: 15}
"""How many digits the cast of a type to numeric keeps; its text has as many as it takes to read the value back.

Sources: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT and float8_numeric() of the server
"""


def narrowing(run: Run, old: TypeUse, new: TypeUse, *, is_explicit: bool, is_through_text: bool = False) -> Loss | None:
    """What happens to values that do not fit; None where all do, or where the types are not known.

    Args:
        run: The world that has the types.
        old: The base type with its modifier.
        new: Likewise.
        is_explicit: Whether USING computes the values: an explicit cast cuts text instead of failing.
        is_through_text: Whether USING reads them from the text of the column, which holds every digit.
    """
    if is_through_text and is_measured_in_digits(old, new) and new.typmod < 0:
        return None
    if new.oid in _INEXACT.get(old.oid, ()):
        return Loss.SILENT
    if old.oid in _WIDTHS and new.oid in _WIDTHS:
        return Loss.FAILS if _WIDTHS[new.oid] < _WIDTHS[old.oid] else None
    was_text, is_text = _is_text(run, old.oid), _is_text(run, new.oid)
    if was_text and is_text is False:
        return Loss.FAILS
    is_same = bool(old.oid) and old.oid == new.oid
    return _shorter(old, new, is_explicit=is_explicit) if is_same or (was_text and is_text) else None


def is_measured_in_digits(old: TypeUse, new: TypeUse) -> bool:
    """Whether the cast between two types keeps a number of digits, and their text more."""
    return old.oid in DIGITS and new.oid == _NUMERIC


def _is_text(run: Run, oid: int) -> bool | None:
    """Whether it is a type of text; None where it is not known."""
    row = run.world.one(PgType, oid)
    return None if row is None else row.category == _TEXT


def _shorter(old: TypeUse, new: TypeUse, *, is_explicit: bool) -> Loss | None:
    if new.typmod < 0 or new.typmod == old.typmod:
        return None
    if new.oid in _LENGTHS:
        if 0 <= old.typmod <= new.typmod:
            return None
        return Loss.SILENT if is_explicit else Loss.FAILS
    if new.oid == _NUMERIC:
        return _less_exact(old.typmod, new.typmod)
    if new.oid in _TIMES:
        return Loss.SILENT if new.typmod < (old.typmod if old.typmod >= 0 else _FINEST) else None
    return Loss.SILENT if new.oid == _INTERVAL else None


def _less_exact(old: int, new: int) -> Loss | None:
    """Precision and scale are packed into the modifier of numeric."""
    if old < 0:
        return Loss.SILENT
    old_scale, new_scale = (old - 4) & 0x7FF, (new - 4) & 0x7FF
    if new_scale < old_scale:
        return Loss.SILENT
    fits = ((new - 4) >> 16) - new_scale >= ((old - 4) >> 16) - old_scale
    return None if fits else Loss.FAILS
