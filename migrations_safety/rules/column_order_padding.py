"""The order of columns wastes room in every row.

What: CREATE TABLE in which columns of fixed width stand so that eight bytes or more of each row are padding.

Why it matters: A value of eight bytes begins at a multiple of eight: boolean, bigint, boolean, bigint takes 32 bytes
where 24 would do. The columns can never be moved afterwards; a billion rows make a difference of gigabytes, in memory
too.

When it is harmless: The table stays small, or the order means something to those who read it.

What to do: Wide columns first: bigint, timestamptz, double precision; then integer, date, real; then smallint,
boolean; text, numeric and arrays last.

Known limits: Columns of varying width, and types that are not built in, are passed over, so that the true waste may
differ by some bytes.

Sources: https://www.postgresql.org/docs/current/storage-page-layout.html

Unsafe::

    create table flags (seen boolean, id bigint primary key, sent boolean, at timestamptz);

Safe::

    create table flags (id bigint primary key, at timestamptz, seen boolean, sent boolean);

Safe::

    create table notes (seen boolean, id bigint primary key, note text);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._subjects import declared, type_name
from migrations_safety.timeline import Step
from probes.finding import Severity

_WORTH_BYTES = 8
_ALIGNMENT_BYTES = {"c": 1, "s": 2, "i": 4, "d": 8}
_SERIALS = {"serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2"}


def _end(columns: list[tuple[int, int]]) -> int:
    """Bytes that columns of this length and alignment take in this order, rounded up to a multiple of eight."""
    position = 0
    for length, alignment in columns:
        position = -(-position // alignment) * alignment + length
    return -(-position // 8) * 8


def _fixed(step: Step) -> Iterator[tuple[int, int]]:
    for found in declared(step):
        name = type_name(found.column) or ""
        for row in step.look.built_in_types(_SERIALS.get(name, name)):
            if row.length > 0:
                yield row.length, _ALIGNMENT_BYTES[row.alignment]


@rule(
    "Column order that wastes room",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=("CreateTable",),
    profile=Profile.PEDANTIC,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag orders that another one beats by a word."""
    columns = list(_fixed(step))
    wasted_bytes = _end(columns) - _end(sorted(columns, key=lambda one: -one[1]))
    if wasted_bytes >= _WORTH_BYTES:
        yield Flag(
            message=f"{wasted_bytes} bytes of every row are padding: wide columns first would save them",
            evidence={"wasted_bytes": wasted_bytes},
        )
