"""Values made of a number: for each type an expression that gives different values for different numbers, in order.

Nothing of the audited database but its types, their labels and the widths of values goes into them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probes.catalog.names import literal
from probes.catalog.navigation.types import TypeName

_SHORT_HEADER_BYTES = 1
_LONG_HEADER_BYTES = 4
_LONGEST_SHORT_VALUE = 126
_ARRAY_HEADER_BYTES = 24
_JSON_FRAME_BYTES = 12
_MODIFIER_BASE = 4
_LARGEST_SMALLINT = 32_767
_WIDEST_VALUE_BYTES = 1_900
"""Below what would be moved out of line."""
_OF_RANGE: Mapping[str, tuple[str, str]] = {
    "int4range": ("int4", "int4"),
    "int8range": ("int8", "int8"),
    "numrange": ("int8", "numeric"),
    "daterange": ("date", "date"),
    "tsrange": ("timestamp", "timestamp"),
    "tstzrange": ("timestamptz", "timestamptz"),
}
"""How the bounds of a range are made, and their type."""


def value_sql(kind: TypeName, number: str, width_bytes: int, distinct: int) -> str | None:
    """An expression of this type; None where none is known.

    Args:
        kind: The type of the column, which may be a domain.
        number: SQL that gives a whole number from 0 on.
        width_bytes: What a value is to take, on average.
        distinct: How many different numbers there will be.
    """
    base = kind.base
    if base.row is None:
        return None
    made = _value(base, number, min(width_bytes, _WIDEST_VALUE_BYTES), max(1, distinct))
    return None if made is None else f"({made})::{kind.sql}"


def _value(base: TypeName, number: str, width_bytes: int, distinct: int) -> str | None:
    row = base.row
    assert row is not None  # noqa: S101 - the caller has looked
    if row.kind == "e":
        return _label(row.labels, number)
    if row.name in _PLAIN:
        return _PLAIN[row.name](number)
    if row.name in _OF_RANGE:
        end, bound = _OF_RANGE[row.name]
        made = (f"({_PLAIN[end](n)})::{bound}" for n in (number, f"({number} + 1)"))
        return f"{row.name}({', '.join(made)})"
    if row.category == "A" and row.element:
        return _array(base, number, width_bytes, distinct)
    return _of_any_width(base, number, width_bytes, distinct)


def _of_any_width(base: TypeName, number: str, width_bytes: int, distinct: int) -> str | None:
    row = base.row
    assert row is not None  # noqa: S101 - the caller has looked
    match row.name:
        case "numeric":
            return _numeric(base.typmod, number)
        case "json" | "jsonb":
            return f"jsonb_build_object('v', {_text(number, width_bytes - _JSON_FRAME_BYTES, distinct)})"
        case "tsvector":
            return f"array_to_tsvector(array[{_text(number, width_bytes - _JSON_FRAME_BYTES, distinct)}])"
        case "bytea":
            return f"convert_to({_text(number, _payload(width_bytes), distinct)}, 'UTF8')"
        case _:
            return _text(number, _characters(base, width_bytes), distinct) if row.category == "S" else None


def _label(labels: tuple[str, ...], number: str) -> str | None:
    if not labels:
        return None
    listed = ", ".join(map(literal, labels))
    return f"(array[{listed}])[1 + ({number}) % {len(labels)}]"


def _smallint(number: str) -> str:
    return f"(({number}) % {2 * _LARGEST_SMALLINT}) - case when ({number}) > {_LARGEST_SMALLINT} then 32768 else 0 end"


_PLAIN: Mapping[str, Callable[[str], str]] = {
    "bool": lambda n: f"({n}) % 2 = 1",
    "int2": _smallint,
    "int4": lambda n: f"({n}) + 1",
    "int8": lambda n: f"({n}) + 1",
    "oid": lambda n: f"({n}) + 1",
    "float4": lambda n: f"({n}) + 0.5",
    "float8": lambda n: f"({n}) + 0.5",
    "money": lambda n: f"(({n}) + 1)::numeric",
    "date": lambda n: f"date '2000-01-01' + (({n}) % 1000000)::integer",
    "time": lambda n: f"time '00:00' + (({n}) % 86400) * interval '1 second'",
    "timetz": lambda n: f"timetz '00:00+00' + (({n}) % 86400) * interval '1 second'",
    "timestamp": lambda n: f"timestamp '2000-01-01' + ({n}) * interval '1 minute'",
    "timestamptz": lambda n: f"timestamptz '2000-01-01 00:00+00' + ({n}) * interval '1 minute'",
    "interval": lambda n: f"({n}) * interval '1 minute'",
    "uuid": lambda n: f"lpad(to_hex({n}), 32, '0')",
    "inet": lambda n: f"inet '10.0.0.0' + (({n}) % 16000000)",
    "cidr": lambda n: f"inet '10.0.0.0' + (({n}) % 16000000)",
    "macaddr": lambda n: f"lpad(to_hex({n}), 12, '0')",
    "macaddr8": lambda n: f"lpad(to_hex({n}), 16, '0')",
    "point": lambda n: f"point(({n}), ({n}))",
}
"""By the type's name in pg_catalog."""


def _numeric(typmod: int, number: str) -> str:
    """A number that its precision has room for, the last of its digits counting."""
    if typmod < 0:
        return f"({number}) + 1"
    raw = typmod - _MODIFIER_BASE
    precision, scale = raw >> 16, raw & 0x7FF
    scale = scale - 0x800 if scale & 0x400 else scale
    room = 10 ** min(precision, 17)
    return f"(({number}) % {room})::numeric * 10.0 ^ {-scale}"


def _payload(width_bytes: int) -> int:
    header = _SHORT_HEADER_BYTES if width_bytes <= _LONGEST_SHORT_VALUE + 1 else _LONG_HEADER_BYTES
    return max(1, width_bytes - header)


def _characters(base: TypeName, width_bytes: int) -> int:
    """Characters of a text of this width, within what the type allows."""
    wanted = _payload(width_bytes)
    row = base.row
    bounded = row is not None and row.name in ("varchar", "bpchar") and base.typmod > _MODIFIER_BASE
    return min(wanted, base.typmod - _MODIFIER_BASE) if bounded else wanted


def _text(number: str, characters: int, distinct: int) -> str:
    """Text in the order of its numbers, as long as wanted, but never too short to tell them apart."""
    needed = max(1, len(f"{max(distinct - 1, 0):x}"))
    return f"lpad(to_hex({number}), {max(characters, needed)}, '0')"


def _array(base: TypeName, number: str, width_bytes: int, distinct: int) -> str | None:
    row = base.row
    assert row is not None  # noqa: S101 - the caller has looked
    element = base.catalog.type_name(row.element, base.typmod)
    inner = value_sql(element, number, 8, distinct)
    return None if inner is None else f"array_fill({inner}, array[{max(1, (width_bytes - _ARRAY_HEADER_BYTES) // 8)}])"
