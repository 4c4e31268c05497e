"""Reading the database as it is before a statement: what rules ask beyond the effects."""

from __future__ import annotations

from contextlib import AbstractContextManager

from migrations_safety.effects.model import RelationRef
from migrations_safety.effects.run import Rel, Run
from migrations_safety.effects.world import PG_CATALOG, Rewound, World
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgIndex, PgType, Row, TableStatistics
from probes.sql.tree.atoms import RangeVar


class _Before:
    """The block of `Look.before`, one a statement."""

    __slots__ = ("_look", "_mark")

    def __init__(self, look: Look, mark: int) -> None:
        self._look = look
        self._mark = mark

    def __enter__(self) -> None:
        self._look.look_back(self._mark)

    def __exit__(self, *_: object) -> None:
        self._look.look_at_now()


class Look:
    """The world under a statement. It says what stood before it while rules judge, and what stands after it later.

    Most rules ask nothing of it, so the world is taken back only once one does.
    """

    __slots__ = ("_mark", "_taken_back", "_world")

    def __init__(self, world: World) -> None:
        self._world = world
        self._mark: int | None = None
        self._taken_back: Rewound | None = None

    def before(self, mark: int) -> AbstractContextManager[None]:
        """The world as it was at a mark for as long as the block runs, then as it is now."""
        return _Before(self, mark)

    def look_back(self, mark: int) -> None:
        """Say from now on what stood at a mark."""
        self._mark = mark

    def look_at_now(self) -> None:
        """Say from now on what stands now."""
        self._mark = None
        if self._taken_back is not None:
            self._world.restore(self._taken_back)
            self._taken_back = None

    @property
    def world(self) -> World:
        """The world as it is to be seen now."""
        if self._mark is not None:
            self._taken_back, self._mark = self._world.rewind(self._mark), None
        return self._world

    @property
    def has_catalog(self) -> bool:
        """Whether a real catalog stands behind it, or only what the script itself made is known."""
        return self._world.is_complete

    @property
    def catalog(self) -> Catalog | None:
        """The catalog before the script; None where there was none."""
        return self._world.base if self._world.is_complete else None

    @property
    def major(self) -> int:
        """13 to 18."""
        return self._world.major

    @property
    def run(self) -> Run:
        """Everything else that effects can ask; its record leads nowhere."""
        return Run(self.world)

    def never_had(self, row_type: type[Row]) -> bool:
        """Whether there is no row of an area, and neither was before the script or any statement of it."""
        store = self._world.store(row_type)
        return store.is_empty and not store.is_changed

    def built_in_types(self, name: str) -> list[PgType]:
        """The types of that name in pg_catalog. No statement changes them: the world need not be taken back for it."""
        base = self._world.base
        rows = base.grouped(PgType, "name").get(name, ()) if base.absent(PgType) is None else ()
        return [row for row in rows if row.namespace == PG_CATALOG]

    def relation(self, named: RangeVar) -> Rel | None:
        """The relation or index that a statement names; None where it is not known."""
        return self.run.find(named.schema, named.name)

    def of(self, ref: RelationRef) -> PgClass | None:
        """The row of a relation that effects name; None for indexes and for what is not known."""
        return self.world.one(PgClass, ref.oid) if ref.oid else None

    def columns(self, relation: Rel) -> list[PgAttribute]:
        """Live columns in attribute order; none where only the relation's name is known."""
        return self.run.columns(relation.oid)

    def column(self, relation: Rel, name: str) -> PgAttribute | None:
        """A column by its name."""
        return self.run.column(relation.oid, name)

    def indexes(self, relation: Rel) -> list[PgIndex]:
        """Indexes of a relation."""
        return self.run.indexes(relation.oid)

    def constraints(self, relation: Rel) -> list[PgConstraint]:
        """Constraints of a relation."""
        return self.run.constraints(relation.oid)

    def constraint(self, relation: Rel, name: str) -> PgConstraint | None:
        """A constraint by its name."""
        return self.run.constraint(relation.oid, name)

    def column_names(self, relation: Rel, numbers: tuple[int, ...]) -> list[str]:
        """Names of columns by number, expressions left out."""
        return self.run.column_names(relation.oid, numbers)

    def is_empty(self, ref: RelationRef) -> bool:
        """Whether the table provably had no row when it was looked at: vacuumed or analyzed, and not written since."""
        if self.catalog is None or ref.oid <= 0:
            return False
        row = self.of(ref)
        if row is None or row.pages or row.tuples > 0:
            return False
        if self.catalog.absent(TableStatistics):
            return False
        counters = self.catalog.find(TableStatistics, ref.oid, "relation")
        if counters is None or counters.live_tuples or counters.inserted:
            return False
        vacuumed = counters.last_vacuum_at or counters.last_autovacuum_at
        return bool(vacuumed or counters.last_analyze_at or counters.last_autoanalyze_at)
