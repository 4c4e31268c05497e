"""Limits that no sequence can have."""

from __future__ import annotations

from collections import Counter

from migrations_safety.effects.run import Run
from probes.catalog.rows import PgSequence
from probes.sql.tree.parts import DefElem

_BITS = {21: 15, 23: 31, 20: 63}


def refuse_limits(run: Run, row: PgSequence, options: tuple[DefElem, ...]) -> None:
    """Refuse a sequence as its options leave it (init_params in sequence.c).

    Raises:
        Refused: 22023, or 42601 for an option that is given twice.
    """
    twice = [name for name, count in Counter(option.name for option in options).items() if count > 1]
    if twice:
        run.refuse("42601", f"conflicting or redundant options: {twice[0]}")
    why = _why_not(row, options)
    if why:
        run.refuse("22023", why)


def _why_not(row: PgSequence, options: tuple[DefElem, ...]) -> str:
    """What is wrong with the limits; empty where nothing is."""
    bits = _BITS.get(row.type)
    if bits is None:
        return "sequence type must be smallint, integer, or bigint"
    given = {option.name for option in options if option.value is not None}
    for name, value in (("minvalue", row.minimum), ("maxvalue", row.maximum)):
        if name in given and not -(2**bits) <= value < 2**bits:
            return f"{name.upper()} ({value}) is out of range for the type of the sequence"
    if row.increment == 0:
        return "INCREMENT must not be zero"
    if row.minimum >= row.maximum:
        return f"MINVALUE ({row.minimum}) must be less than MAXVALUE ({row.maximum})"
    starts = [("START", row.start), *(("RESTART", number) for number in _restarts(options))]
    for word, value in starts:
        if not row.minimum <= value <= row.maximum:
            return f"{word} value ({value}) is outside of MINVALUE ({row.minimum}) and MAXVALUE ({row.maximum})"
    return f"CACHE ({row.cache}) must be greater than zero" if row.cache <= 0 else ""


def _restarts(options: tuple[DefElem, ...]) -> list[int]:
    values = (option.value for option in options if option.name == "restart")
    return [int(str(value)) for value in values if value is not None and str(value).lstrip("-").isdigit()]
