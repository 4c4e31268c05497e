"""What the conditions of a table prove about the rows of a partial index."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.expression import text_of
from probes.catalog.navigation import Index
from probes.checks._support.policies import parsed
from probes.sql.expressions import model as m
from probes.sql.expressions.implication import implies, proves_not_null
from probes.sql.expressions.inspection import columns

_STRICT = frozenset({"btrim", "ltrim", "rtrim", "lower", "upper", "length", "char_length", "md5", "date_part", "abs"})
"""Built-in functions that give null for null."""


def holds_no_null(index: Index, column: str) -> bool:
    """Whether no row of the index has a null in the column, by the index's predicate and the table's CHECKs.

    A CHECK of the form `kind <> 1 or (user_id is not null and ...)` says so for an index WHERE kind = 1.
    """
    checks = list(_checks(index))
    if proves_not_null(checks, column):
        return True
    text = text_of(index.row.predicate)
    if text is None:
        return False
    predicate = parsed(text)
    wanted = m.NullTest(m.Column((column,)), is_null=False)
    return any(
        implies([part], wanted, is_strict=_is_strict) for part in (predicate, *_left_of(checks, predicate, column))
    )


def _is_strict(name: tuple[str, ...], _argument_count: int) -> bool:
    return name[-1] in _STRICT


def _checks(index: Index) -> Iterator[m.Expression]:
    for constraint in index.relation.constraints:
        row = constraint.row
        text = text_of(row.expression) if row.kind == "c" and row.validated and row.enforced else None
        if text is not None:
            yield parsed(text)


def _left_of(checks: list[m.Expression], predicate: m.Expression, column: str) -> Iterator[m.Expression]:
    """What remains of each CHECK with branches when those that the predicate rules out are gone."""
    for check in checks:
        if isinstance(check, m.Or) and column in columns(check):
            left = tuple(branch for branch in check.args if not implies([predicate], m.Not(branch)))
            if left and len(left) < len(check.args):
                yield left[0] if len(left) == 1 else m.Or(left)
