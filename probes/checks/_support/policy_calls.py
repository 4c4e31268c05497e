"""Function calls in policies: how often they run, and how to make them run once."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgNamespace, PgProc
from probes.checks._support.policies import parsed
from probes.sql.expressions import model as m
from probes.sql.expressions.inspection import CallSite, call_sites

_STABLE_BUILT_INS = frozenset({"current_setting"})
"""Built-in functions that cost something and whose value is the same for all rows of a query."""
_OPENING = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]""")


@functools.lru_cache(maxsize=4096)
def calls_per_row(text: str) -> tuple[m.Call, ...]:
    """The calls in a condition that are certainly evaluated for each row; of a text that tenants share, found once."""
    return tuple(site.call for site in call_sites(parsed(text)) if _runs_per_row(site))


def _runs_per_row(site: CallSite) -> bool:
    return site.subquery is None or site.subquery.correlation is m.Correlation.YES


def takes_no_column(call: m.Call) -> bool:
    """Whether its arguments are the same for every row."""
    return not any(isinstance(part, m.Column | m.Unknown | m.Subquery) for arg in call.args for part in m.walk(arg))


def volatilities(catalog: Catalog, name: tuple[str, ...]) -> set[str]:
    """Volatility letters of the functions of that name; empty where none is known."""
    if len(name) == 1:
        return {"s"} if name[0] in _STABLE_BUILT_INS else set()
    schema = catalog.find(PgNamespace, name[0], "name")
    rows = catalog.grouped(PgProc, "name").get(name[-1], []) if schema else []
    return {row.volatility for row in rows if schema and row.namespace == schema.oid}


def repeated_calls(catalog: Catalog, text: str) -> Iterator[m.Call]:
    """Calls of stable functions that could run once a query and run once a row."""
    for call in calls_per_row(text):
        if takes_no_column(call) and volatilities(catalog, call.name) == {"s"}:
            yield call


def wrapped(text: str, names: set[tuple[str, ...]]) -> str | None:
    """The deparsed text with each bare call of these functions put into a subquery; None where that is not certain."""
    for name in sorted(names):
        written = r"\.".join(re.escape(quoted(part)) for part in name)
        pattern = re.compile(rf'(?<![\w."])(?<!SELECT ){written}\(')
        position = 0
        while match := pattern.search(text, position):
            end = _closing(text, match.end() - 1)
            if end is None:
                return None
            call = text[match.start() : end]
            text = f"{text[: match.start()]}( SELECT {call}){text[end:]}"
            position = match.start() + len("( SELECT ") + len(match[0])
    return text


def is_bare(text: str, name: tuple[str, ...]) -> bool:
    """Whether a call of the function stands in the deparsed text without a SELECT of its own around it."""
    return wrapped(text, {name}) != text


def _closing(text: str, opening: int) -> int | None:
    """The position behind the parenthesis that closes the one at `opening`."""
    depth = 0
    for token in _OPENING.finditer(text, opening):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None
