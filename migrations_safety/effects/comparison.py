"""Whether two expressions of a catalog say the same."""

from __future__ import annotations

from probes.catalog.expression import Expression, text_of
from probes.sql.expressions.canonical import canonical_text


def same_expression(one: Expression | None, other: Expression | None) -> bool:
    """Whether both are missing, or both are known and equal once written alike."""
    if one is None or other is None:
        return one is other
    first, second = text_of(one), text_of(other)
    if first is None or second is None:
        return False
    return first == second or canonical_text(f"row({first})") == canonical_text(f"row({second})")
