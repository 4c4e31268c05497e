"""The statement that a question is about, found by its id."""

from __future__ import annotations

import msgspec

from pgaudit.errors import BadConfiguration, NoStatements
from pgaudit.review.shadow.plans import NoPlanError, plannable
from probes.catalog.catalog import Catalog
from probes.catalog.rows import Statement
from probes.sql.parse import Parsed, parse_statement
from probes.sql.queries import RelationUse, reach

_SHOWN_IDS = 3
_KINDS = {
    "SelectStmt": "SELECT",
    "InsertStmt": "INSERT",
    "UpdateStmt": "UPDATE",
    "DeleteStmt": "DELETE",
    "MergeStmt": "MERGE",
}
UTILITY_MARK = "***"
"""What the collector leaves behind the head of a utility statement."""


class Asked(msgspec.Struct, frozen=True):
    """A statement of the workload, the calls of all roles together."""

    query_id: int
    text: str
    calls: int
    total_ms: float
    max_ms: float
    stddev_ms: float
    """Of the role that called it most."""
    rows: int
    blocks: int
    share: float
    """Of all execution time that was recorded."""

    @property
    def mean_ms(self) -> float:
        """Mean time of a call."""
        return self.total_ms / self.calls if self.calls else 0.0

    @property
    def kind(self) -> str:
        """What it is, in capitals: SELECT for a query that begins with WITH."""
        parsed = self._parsed
        word = self.text.split(maxsplit=1)[0] if self.text.split() else ""
        return _KINDS.get(parsed.kind, word.upper()) if parsed is not None else word.upper()

    @property
    def changes_rows(self) -> bool:
        """Whether running it may change rows; so it is taken where it cannot be parsed."""
        parsed = self._parsed
        if parsed is None:
            return self.kind != _KINDS["SelectStmt"]
        used = {one.use for one in reach(parsed.kind, parsed.source).relations}
        return parsed.kind != "SelectStmt" or bool(used - {RelationUse.READ})

    @property
    def _parsed(self) -> Parsed | None:
        try:
            found = parse_statement(plannable(self.text))
        except NoPlanError:
            return None
        return found if isinstance(found, Parsed) else None


def asked_statement(catalog: Catalog, wanted: str | None) -> Asked:
    """The statement with that id, or the one that took most time where none is given.

    Raises:
        BadConfiguration: The id is no number, or no readable statement has it.
        NoStatements: The database keeps no statements, or none can be read.
    """
    missing = catalog.absent(Statement)
    if missing is not None:
        raise NoStatements(catalog.server.database, missing.reason, missing.needs)
    rows = [row for row in catalog.rows(Statement) if row.text and row.query_id is not None]
    hidden = [row for row in catalog.rows(Statement) if row.text is None]
    heaviest = _heaviest(rows)
    if not rows or (wanted is None and _outweighed(rows, hidden, heaviest[0])):
        raise _nothing_to_see(catalog, len(hidden))
    if wanted is None:
        return _asked(rows, heaviest[0])
    try:
        number = int(wanted)
    except ValueError:
        advice = f"take it from pg_stat_statements.queryid, such as {heaviest[0]}"
        raise BadConfiguration("--queryid", f"{wanted!r} is no number", advice) from None
    if number not in heaviest and hidden:
        problem = f"no readable statement has the id {number}, and the texts of {len(hidden)} are hidden"
        raise BadConfiguration("--queryid", problem, _grant(catalog))
    if number not in heaviest:
        some = ", ".join(map(str, heaviest[:_SHOWN_IDS]))
        raise BadConfiguration("--queryid", f"no statement with the id {number} was recorded", f"the heaviest: {some}")
    found = _asked(rows, number)
    if found.text.endswith(UTILITY_MARK):
        head = found.text.removesuffix(UTILITY_MARK).strip()
        problem = f"statement {number} is a utility statement ({head} ...), which has no plan"
        raise BadConfiguration("--queryid", problem, f"ask about a query, such as {heaviest[0]}")
    return found


def _outweighed(rows: list[Statement], hidden: list[Statement], number: int) -> bool:
    """Whether one whose text is hidden took more time than the heaviest that can be read."""
    shown = sum(row.total_exec_ms for row in rows if row.query_id == number)
    return any(row.total_exec_ms > shown for row in hidden)


def _nothing_to_see(catalog: Catalog, hidden: int) -> NoStatements:
    database = catalog.server.database
    if hidden:
        return NoStatements(database, f"the texts of {hidden} statements are hidden", _grant(catalog))
    return NoStatements(database, "no statement was recorded yet", "ask again once it was used")


def _grant(catalog: Catalog) -> str:
    return f"grant pg_read_all_stats to {catalog.server.role}"


def _heaviest(rows: list[Statement]) -> list[int]:
    totals: dict[int, float] = {}
    for row in rows:
        if row.query_id is not None and not (row.text or "").endswith(UTILITY_MARK):
            totals[row.query_id] = totals.get(row.query_id, 0.0) + row.total_exec_ms
    for row in rows:  # utility statements last: they may be asked for, and are never the default
        totals.setdefault(row.query_id or 0, -1.0)
    return sorted(totals, key=lambda one: (-totals[one], one))


def _asked(rows: list[Statement], number: int) -> Asked:
    own = sorted((row for row in rows if row.query_id == number), key=lambda row: -row.calls)
    total = sum(row.total_exec_ms for row in own)
    everything = sum(row.total_exec_ms for row in rows)
    return Asked(
        query_id=number,
        text=own[0].text or "",
        calls=sum(row.calls for row in own),
        total_ms=total,
        max_ms=max(row.max_exec_ms for row in own),
        stddev_ms=own[0].stddev_exec_ms,
        rows=sum(row.rows for row in own),
        blocks=sum(row.shared_blocks_hit + row.shared_blocks_read for row in own),
        share=total / everything if everything else 0.0,
    )
