"""Functions as statements name them."""

from __future__ import annotations

from migrations_safety.effects.defaults import candidates, input_count
from migrations_safety.effects.run import Run
from migrations_safety.effects.types import resolve
from probes.catalog.rows import PgProc
from probes.sql.tree.parts import ObjectWithArgs


def function_named(run: Run, named: ObjectWithArgs) -> PgProc | None:
    """The function that DROP, ALTER or COMMENT names; None where there is none of that name and those types.

    Raises:
        Refused: 42725, the name alone is not unique.
    """
    rows = candidates(run, named.name, None)
    if named.args_unspecified:
        if len(rows) > 1:
            run.refuse("42725", f"function name {'.'.join(named.name)} is not unique")
        return rows[0] if rows else None
    wanted = [resolve(run, use).oid for use in named.types if use is not None]
    for row in rows:
        inputs = [
            oid
            for position, oid in enumerate(row.argument_types)
            if not row.argument_modes or row.argument_modes[position] in {"i", "b", "v"}
        ]
        if inputs == wanted and input_count(row) == len(wanted):
            return row
    return None
