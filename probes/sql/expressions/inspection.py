"""What an expression names: columns, functions, subqueries; and how volatile it is."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from probes.sql.expressions import model as m

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Volatility(Enum):
    """How often a value may change; ordered by ``worst``."""

    IMMUTABLE = "i"
    STABLE = "s"
    VOLATILE = "v"


VolatilityOf: TypeAlias = "Callable[[tuple[str, ...], int], Volatility | None]"
"""The volatility of the function of this name and number of arguments; None when it is not known."""


class CallSite(msgspec.Struct, frozen=True, gc=False):
    """A function call and where it stands."""

    call: m.Call
    subquery: m.Subquery | None
    """The innermost subquery it stands in; None outside of one."""

    @property
    def runs_once(self) -> bool:
        """Whether the planner evaluates it once a query: inside a subquery that does not depend on the row."""
        return self.subquery is not None and self.subquery.correlation is m.Correlation.NO


def columns(expression: m.Expression) -> frozenset[str]:
    """Names of the columns referenced outside subqueries; ``*`` for a reference to the whole row."""
    return frozenset(part.name for part in _with_tests(expression) if isinstance(part, m.Column))


def call_sites(expression: m.Expression) -> tuple[CallSite, ...]:
    """Every function called, those inside subqueries included."""
    found: list[CallSite] = []
    for part in _with_tests(expression):
        if isinstance(part, m.Call):
            found.append(CallSite(part, None))
        elif isinstance(part, m.Subquery):
            found.extend(CallSite(call, part) for call in part.calls)
    return tuple(found)


def subqueries(expression: m.Expression) -> tuple[m.Subquery, ...]:
    """The subqueries of an expression, outermost only."""
    return tuple([part for part in _with_tests(expression) if isinstance(part, m.Subquery)])


def volatility(expression: m.Expression, volatility_of: VolatilityOf) -> Volatility | None:
    """The worst volatility of what is called; None when something in it is not known.

    Operators and casts count as immutable: the server's own are, and who has a catalog asks it.
    """
    worst = Volatility.IMMUTABLE
    is_known = True
    for found in _volatilities(expression, volatility_of):
        if found is None:
            is_known = False
        elif _RANK[found] > _RANK[worst]:
            worst = found
    return worst if is_known or worst is Volatility.VOLATILE else None


_RANK = {Volatility.IMMUTABLE: 0, Volatility.STABLE: 1, Volatility.VOLATILE: 2}


def _volatilities(expression: m.Expression, volatility_of: VolatilityOf) -> Iterator[Volatility | None]:
    for site in call_sites(expression):
        yield volatility_of(site.call.name, len(site.call.args))
    for part in _with_tests(expression):
        if isinstance(part, m.SessionValue) or (isinstance(part, m.Subquery) and part.relations):
            yield Volatility.STABLE
        elif isinstance(part, m.Unknown) and not part.args and part.kind not in ("bits", "nothing"):
            yield None


def _with_tests(expression: m.Expression) -> Iterator[m.Expression]:
    """The expression and everything below it, entering of a subquery only its left side."""
    for part in m.walk(expression):
        yield part
        if isinstance(part, m.Subquery) and part.test is not None:
            yield from _with_tests(part.test)
