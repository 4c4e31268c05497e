"""Column definitions that the server refuses whatever the rows are: clauses at odds, types, expressions."""

from __future__ import annotations

from migrations_safety.effects.run import Run
from migrations_safety.effects.sequence_limits import refuse_limits
from migrations_safety.effects.types import SERIALS
from probes.sql.tree.enums import ConstraintType as C
from probes.sql.tree.parts import ColumnDef, DefElem, TypeName

_WHOLE_NUMBERS = frozenset({20, 21, 23})
_PAIRS = (
    (C.DEFAULT, C.IDENTITY, "default and identity"),
    (C.DEFAULT, C.GENERATED, "default and generation expression"),
    (C.IDENTITY, C.GENERATED, "identity and generation expression"),
)


def refuse_clauses(run: Run, definition: ColumnDef) -> None:
    """Clauses of one column that exclude each other (transformColumnDefinition).

    Raises:
        Refused: 42601, or 0A000 for an array of serial.
    """
    kinds = [one.kind for one in definition.constraints]
    name = definition.name
    is_serial = definition.type is not None and refuse_serial_array(run, definition.type)
    if not kinds:
        return
    seen: set[C] = {C.DEFAULT, C.NOTNULL} if is_serial else set()
    for kind in kinds:
        if kind is C.NULL and seen & {C.NOTNULL, C.IDENTITY}:
            run.refuse("42601", f"conflicting NULL/NOT NULL declarations for column {name}")
        if kind in (C.NOTNULL, C.IDENTITY) and C.NULL in seen:
            run.refuse("42601", f"conflicting NULL/NOT NULL declarations for column {name}")
        if kind in (C.DEFAULT, C.IDENTITY, C.GENERATED) and kind in seen:
            run.refuse("42601", f"multiple {kind.name.lower()} clauses for column {name}")
        seen.add(kind)
        for one, other, words in _PAIRS:
            if one in seen and other in seen:
                run.refuse("42601", f"both {words} specified for column {name}")


def refuse_serial_array(run: Run, written: TypeName) -> bool:
    """Whether a type is one of serial's kind.

    Raises:
        Refused: 0A000, an array of one.
    """
    names = written.names
    is_serial = len(names) == 1 and names[0] in SERIALS
    if is_serial and written.array_dimensions:
        run.refuse("0A000", "array of serial is not implemented")
    return is_serial


def refuse_identity(run: Run, type_oid: int, options: tuple[DefElem, ...] = ()) -> None:
    """An identity column has the type of a sequence, and its options are a sequence's.

    Raises:
        Refused: 22023, or 42601 for an option that is given twice.
    """
    refuse_identity_type(run, type_oid)
    if options:
        from migrations_safety.effects.sequences import sequence_row  # noqa: PLC0415 - cycle

        refuse_limits(run, sequence_row(0, type_oid, options), options)


def refuse_identity_type(run: Run, type_oid: int) -> None:
    """Identity columns are whole numbers, and not of a domain.

    Raises:
        Refused: 22023.
    """
    if type_oid and type_oid not in _WHOLE_NUMBERS:
        run.refuse("22023", "identity column type must be smallint, integer, or bigint")
