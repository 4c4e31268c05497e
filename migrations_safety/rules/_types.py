"""Types in the words of the manual."""

from __future__ import annotations

from migrations_safety.effects.run import Run
from probes.catalog.navigation import TypeName
from probes.catalog.rows import PgType


def type_words(run: Run, oid: int, typmod: int = -1) -> str:
    """The type as format_type() writes it."""
    return TypeName(run.world.base, run.world.one(PgType, oid), oid, typmod).sql
