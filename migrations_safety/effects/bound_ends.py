"""The ends of partition bounds, compared as far as what is written tells."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

import msgspec

from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import Source

_INSTANT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?"
    r"\s*(?:(Z|UTC)|([+-])(\d{1,2})(?::?(\d{2}))?)?",
    re.IGNORECASE,
)
_WIDEST_OFFSET = timedelta(hours=16)
"""No time zone is further from UTC."""
_UNZONED = frozenset({1082, 1114})
"""date and timestamp, for which a zone that is written says nothing."""
_TEXTS = frozenset({18, 19, 25, 1042, 1043})
_BYTEWISE = frozenset({950, 951})
"""The collations C and POSIX."""


class KeyType(msgspec.Struct, frozen=True, gc=False):
    """What is known of a column that a table is cut by; zeros where nothing is."""

    type: int = 0
    collation: int = 0


End: TypeAlias = tuple[int, object]
"""MINVALUE (-1) and MAXVALUE (1), or 0 and a value."""


def ends(sources: tuple[Source, ...], types: tuple[KeyType, ...]) -> tuple[tuple[End, KeyType], ...]:
    """The values of a bound, each with the type of its column."""
    known = types if len(types) == len(sources) else (types[0] if len(types) == 1 else KeyType(),) * len(sources)
    return tuple((_end(source, key), key) for source, key in zip(sources, known, strict=True))


def order(one: tuple[tuple[End, KeyType], ...], other: tuple[tuple[End, KeyType], ...]) -> int | None:
    """-1, 0 or 1 as the first is below, at or above the second; None where that cannot be told."""
    for (left, key), (right, _) in zip(one, other, strict=False):
        found = _order(left, right, key)
        if found != 0:
            return found
    return 0


def have_common(one: tuple[tuple[End, KeyType], ...], other: tuple[tuple[End, KeyType], ...]) -> bool:
    """Whether some value certainly stands in both lists: each is looked at once, however many there are."""
    known = {_identity(end) for end, _ in one}
    return any(_identity(end) in known for end, _ in other)


def _identity(end: End) -> tuple[int, type, object]:
    """What is equal for two values exactly where `order` finds them equal, whichever their collation is.

    Instants with a zone and without one never are: whether they are one is the session's to say.
    """
    value = end[1]
    return (end[0], type(value), _sortable(value) if isinstance(value, Decimal) else value)


def _end(source: Source, key: KeyType) -> End:
    found = from_source(source)
    while isinstance(found, m.Cast):
        found = found.arg
    match found:
        case m.Column(parts=parts) if parts[-1] in {"minvalue", "maxvalue"}:
            return (-1 if parts[-1] == "minvalue" else 1, 0)
        case m.Constant(value=bool() | None as value):
            return (0, value)
        case m.Constant(value=value):
            return (0, _value(str(value), key))
        case m.Number(text=text):
            return (0, Decimal(text))
        case m.Operator(name="-", left=None, right=m.Constant(value=int() as value)):
            return (0, Decimal(-value))
        case _:
            return (0, found)


def _value(text: str, key: KeyType) -> object:
    if key.type in _TEXTS:
        return text
    found = _INSTANT.fullmatch(text.strip())
    if found is not None:
        return _instant(found, key)
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _instant(found: re.Match[str], key: KeyType) -> object:
    year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = found.groups()
    try:
        when = datetime(  # noqa: DTZ001 - its zone, if it has one, follows
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "").ljust(6, "0")),
        )
    except ValueError:
        return found.string
    if key.type in _UNZONED or not (utc or sign):
        return when
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return when.replace(tzinfo=timezone(-offset if sign == "-" else offset))


def _order(one: End, other: End, key: KeyType) -> int | None:
    if one[0] != other[0]:
        return -1 if one[0] < other[0] else 1
    match one[1], other[1]:
        case (Decimal() as left, Decimal() as right):
            low, high = _sortable(left), _sortable(right)
            return (low > high) - (low < high)
        case (datetime() as left, datetime() as right):
            return _order_of_instants(left, right)
        case (str() as left, str() as right) if key.collation in _BYTEWISE:
            return (left.encode() > right.encode()) - (left.encode() < right.encode())
        case left, right:
            return 0 if type(left) is type(right) and left == right else None


def _sortable(number: Decimal) -> tuple[bool, Decimal]:
    """NaN equals itself and is above every other number.

    Source: https://www.postgresql.org/docs/current/datatype-numeric.html
    """
    return (True, Decimal(0)) if number.is_nan() else (False, number)


def _order_of_instants(one: datetime, other: datetime) -> int | None:
    """The one without a zone is in that of the session that will run it, whichever that is."""
    is_certain = (one.tzinfo is None) == (other.tzinfo is None)
    left, right = ((when if when.tzinfo is None or is_certain else _in_utc(when)) for when in (one, other))
    if not is_certain and abs(left - right) <= _WIDEST_OFFSET:
        return None
    return (left > right) - (left < right)


def _in_utc(when: datetime) -> datetime:
    offset = when.utcoffset() or timedelta()
    return when.replace(tzinfo=None) - offset
