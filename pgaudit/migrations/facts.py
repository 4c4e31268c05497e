"""What is known of the relations that a migration touches: sizes, rows, traffic, each with the age of its counters.

Sizes are estimates from the catalog and the counters, as the planner makes them: the same from a snapshot as live.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from migrations_safety.uses import LiveQuery, live_queries
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import IndexStatistics, PgClass, PgIndex, Statement, StatementsInfo, TableStatistics

_ROW_BYTES = 100
"""Assumed where ANALYZE has not yet seen a table, only the counters have."""
_GROWN = 3
"""How many times the rows of the last VACUUM or ANALYZE are believed: the counters may count one load twice."""
_YOUNGEST_SECONDS = 1.0
_HAS_ROWS = frozenset({"r", "m", "p"})


class Traffic(msgspec.Struct, frozen=True, gc=False):
    """What the counters tell of a table's use, as a mean over their age."""

    scans_per_second: float
    """Scans of the table and of its indexes."""
    writes_per_second: float
    """Rows inserted, updated and deleted."""
    age_seconds: float


class Statements(msgspec.Struct, frozen=True, gc=False):
    """What pg_stat_statements tells of the statements that name a table."""

    reads_per_second: float | None
    """Calls of SELECT; None where nobody knows since when they are counted."""
    writes_per_second: float | None
    mean_ms: float
    age_seconds: float | None


class RelationFacts(msgspec.Struct, frozen=True, gc=False):
    """One relation; the leaves of a partitioned one are summed up."""

    name: str
    oid: int
    kind: str
    table_bytes: int | None
    """With TOAST; None where nothing tells: never analyzed, and without counters."""
    index_bytes: int
    rows: int | None
    traffic: Traffic | None
    statements: Statements | None


class Facts:
    """Facts about the relations of one catalog, each worked out once."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._known: dict[int, RelationFacts | None] = {}
        self._touched: dict[int, RelationFacts] = {}

    def touch(self, oids: Iterable[int]) -> None:
        """Remember that a statement touches these relations."""
        for oid in oids:
            found = self.of(oid) if oid > 0 else None
            if found is not None and found.kind in _HAS_ROWS:
                self._touched.setdefault(found.oid, found)

    @property
    def touched(self) -> tuple[RelationFacts, ...]:
        """What is known of the tables that statements touch, each once, in the order of the statements."""
        return tuple(self._touched.values())

    def of(self, oid: int) -> RelationFacts | None:
        """The facts about a relation or, for an index, about its table; None where the catalog does not hold it."""
        if oid not in self._known:
            self._known[oid] = self._look(oid)
        return self._known[oid]

    def apart(self, oids: Iterable[int]) -> list[RelationFacts | None]:
        """The facts about relations, none of them counted twice: a partition not beside its parent.

        None stands for those of which nothing is known. Relations that the script itself makes are left out.
        """
        known = {oid: self.of(oid) for oid in dict.fromkeys(oids) if oid >= 0}
        found: list[RelationFacts | None] = [None] * sum(one is None for one in known.values())
        seen: set[int] = set()
        tables = {one.oid: set(self.leaves(one.oid)) for one in known.values() if one is not None}
        for oid, leaves in sorted(tables.items(), key=lambda table: -len(table[1])):
            if not leaves or not leaves <= seen:
                found.append(self.of(oid))
                seen |= leaves
        return found

    def leaves(self, oid: int) -> tuple[int, ...]:
        """The tables that hold the rows of a relation or of an index's table; none for what the catalog lacks."""
        relation = self._table(oid)
        return tuple(leaf.oid for leaf in relation.leaves) if relation else ()

    def _table(self, oid: int) -> Relation | None:
        if oid <= 0:
            return None
        index = self.catalog.find(PgIndex, oid)
        return self.catalog.relation(index.relation if index else oid)

    def _look(self, oid: int) -> RelationFacts | None:
        relation = self._table(oid)
        if relation is None:
            return None
        leaves = list(relation.leaves)
        sizes = [_size(self.catalog, leaf) for leaf in leaves]
        known = [size for size in sizes if size is not None]
        whole = len(known) == len(sizes)
        return RelationFacts(
            name=relation.qualified_name,
            oid=relation.oid,
            kind=relation.row.kind,
            table_bytes=sum(size for size, _ in known) if whole else None,
            index_bytes=sum(index.bytes for leaf in leaves for index in leaf.indexes),
            rows=sum(rows for _, rows in known) if whole else None,
            traffic=_traffic(self.catalog, leaves) if relation.row.kind in _HAS_ROWS else None,
            statements=_statements(self.catalog, relation),
        )


def _size(catalog: Catalog, leaf: Relation) -> tuple[int, int] | None:
    """Bytes and rows of a table; None where nothing tells."""
    row = leaf.row
    if row.kind not in _HAS_ROWS:
        return 0, 0
    analyzed_bytes = (row.pages + row.toast_pages) * catalog.server.block_size
    counted = _live_rows(catalog, row)
    if not row.pages:
        if counted is not None:
            return max(analyzed_bytes, counted * _ROW_BYTES), counted
        return (analyzed_bytes, 0) if analyzed_bytes else None
    rows = max(round(row.tuples), 0)
    if counted is None or counted <= rows * _GROWN:
        return analyzed_bytes, rows
    return (round(analyzed_bytes * counted / rows) if rows else max(analyzed_bytes, counted * _ROW_BYTES)), counted


def _live_rows(catalog: Catalog, row: PgClass) -> int | None:
    if catalog.absent(TableStatistics):
        return None
    counters = catalog.find(TableStatistics, row.oid, "relation")
    return counters.live_tuples if counters else None


def _traffic(catalog: Catalog, leaves: Iterable[Relation]) -> Traffic | None:
    """The mean use since the counters began; None where they are not known or too young to divide by."""
    age_seconds = catalog.server.counters_age_seconds
    if catalog.absent(TableStatistics) or age_seconds < _YOUNGEST_SECONDS:
        return None
    scans = writes = 0
    for leaf in leaves:
        counters = leaf.statistics
        if counters is not None:
            scans += counters.sequential_scans
            writes += counters.inserted + counters.updated + counters.deleted
        scans += sum(_index_scans(catalog, leaf))
    return Traffic(scans / age_seconds, writes / age_seconds, age_seconds)


def _index_scans(catalog: Catalog, leaf: Relation) -> Iterator[int]:
    if catalog.absent(IndexStatistics):
        return
    for index in leaf.indexes:
        if index.statistics:
            yield index.statistics.scans


def _statements(catalog: Catalog, relation: Relation) -> Statements | None:
    """What statements that name the relation, or a partition of it, cost; None where none is known."""
    if catalog.absent(Statement):
        return None
    tables = [relation, *(leaf for leaf in relation.leaves if leaf.oid != relation.oid)]
    by_name = catalog.derived("live queries by table", (Statement,), lambda: _by_name(live_queries(catalog)))
    found: dict[int, LiveQuery] = {}
    for table in tables:
        queries = by_name.get(table.name, ())
        found |= {id(query): query for query in queries if query.names(table.schema, table.name)}
    calls = sum(query.calls for query in found.values())
    if not calls:
        return None
    age_seconds = _statements_age_seconds(catalog)
    reads = sum(query.calls for query in found.values() if query.verb == "select")
    return Statements(
        reads_per_second=reads / age_seconds if age_seconds else None,
        writes_per_second=(calls - reads) / age_seconds if age_seconds else None,
        mean_ms=sum(query.total_exec_ms for query in found.values()) / calls,
        age_seconds=age_seconds,
    )


def _by_name(queries: Iterable[LiveQuery]) -> dict[str, list[LiveQuery]]:
    found: dict[str, list[LiveQuery]] = {}
    for query in queries:
        for name in {one.name for one in query.relations}:
            found.setdefault(name, []).append(query)
    return found


def _statements_age_seconds(catalog: Catalog) -> float | None:
    """How long pg_stat_statements has counted; None on 13, which does not say, and in the first second."""
    if catalog.absent(StatementsInfo):
        return None
    since = next((row.stats_reset_at for row in catalog.rows(StatementsInfo) if row.stats_reset_at), None)
    age_seconds = catalog.server.collected_at - since if since else 0.0
    return age_seconds if age_seconds >= _YOUNGEST_SECONDS else None
