"""One statement being worked out: the world it changes, what it does on the way, and the server's refusals."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NoReturn, TypeAlias

import msgspec

from migrations_safety.effects.model import ALWAYS, Conditional, Reason, RelationRef, Role, When
from migrations_safety.effects.recorder import Recorder
from migrations_safety.effects.world import World
from probes.catalog.locks import LockMode
from probes.catalog.rows import (
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgIndex,
    PgInherits,
)
from probes.sql.parse import Parsed
from probes.sql.queries import Tree, load
from probes.sql.tree.atoms import RangeVar

Rel: TypeAlias = PgClass | PgIndex
"""A relation: a table, view, sequence ... or an index."""

AE = LockMode.ACCESS_EXCLUSIVE
SRE = LockMode.SHARE_ROW_EXCLUSIVE
SHARE = LockMode.SHARE
SUE = LockMode.SHARE_UPDATE_EXCLUSIVE
RE = LockMode.ROW_EXCLUSIVE
RS = LockMode.ROW_SHARE
AS = LockMode.ACCESS_SHARE

NO_CATALOG = Conditional(Reason.NO_CATALOG)
ROWS = Conditional(Reason.ROWS_PRESENT)

_SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema", "pg_toast"})


class Refused(Exception):  # noqa: N818 - the server's answer, not a fault
    """The server will refuse the statement."""

    def __init__(self, sqlstate: str, message: str) -> None:
        self.sqlstate = sqlstate
        super().__init__(message)


class Run:
    """What every handler of a statement works with."""

    __slots__ = ("_started", "depth", "in_transaction", "is_body", "major", "parsed", "record", "world")

    def __init__(self, world: World, parsed: Parsed | None = None, *, in_transaction: bool = False) -> None:
        self.parsed = parsed
        self.world = world
        self.major = world.major
        self.record = Recorder()
        self.in_transaction = in_transaction
        self.depth = 0
        """How many bodies this statement is nested in."""
        self.is_body = False
        """Part of a body: unqualified names may be variables."""
        self._started = world.fresh_mark()

    def tree(self) -> Tree:
        """The statement as the parser's JSON, by its kind; None where only its typed tree was given."""
        if self.parsed is None:
            self.record.opaque = "the statement's text was not given"
            return None
        body = load(self.parsed.source)
        return None if body is None else {self.parsed.kind: body}

    def inner(self, parsed: Parsed) -> Run:
        """The run of a statement that this one executes: what this one made is its own."""
        found = Run(self.world, parsed, in_transaction=True)
        found._started = self._started
        found.is_body = True
        found.depth = self.depth + 1
        return found

    # ---- noting effects

    def is_made_here(self, relation: Rel) -> bool:
        """Whether this statement itself makes the relation: nobody can wait for it."""
        return relation.oid < self._started and not self.is_assumed(relation)

    def is_made_now(self, oid: int) -> bool:
        """Whether this statement makes the object of that oid."""
        return oid < self._started and not self.world.is_assumed(oid)

    def ref(self, relation: Rel) -> RelationRef:
        """The relation as effects name it."""
        world = self.world
        is_assumed = world.is_assumed(relation.oid)
        return RelationRef(
            schema=world.schema_name(relation.namespace) if relation.namespace else None,
            name=relation.name,
            kind=None if is_assumed else relation.kind,
            oid=0 if is_assumed else relation.oid,
            is_new=self._is_new(relation),
        )

    def _is_new(self, relation: Rel) -> bool:
        """Whether an earlier statement of the transaction made the relation, or the table of the index."""
        oid = relation.relation if isinstance(relation, PgIndex) else relation.oid
        return self.world.is_new(oid) and not self.world.is_assumed(oid) and oid >= self._started

    def lock(self, relation: Rel, mode: LockMode, role: Role, when: When = ALWAYS, *, is_short: bool = False) -> None:
        """Note a lock on a relation."""
        if not self.is_made_here(relation):
            self.record.lock(self.ref(relation), mode, role, when, is_short=is_short)

    def describe(self, words: str, mode: LockMode, role: Role, work: str = "") -> None:
        """Note a lock on a relation that only a catalog could name, and why it is read, if it is.

        Args:
            words: Which relation it is, such as `the default partition of t`.
            mode: How it is locked.
            role: Why it is locked.
            work: Why it is read whole; empty where it is not.
        """
        ref = RelationRef(schema=None, name=words, is_described=True)
        self.record.lock(ref, mode, role, NO_CATALOG)
        if work:
            self.record.scan(ref, work, NO_CATALOG)

    def scan(self, relation: Rel, why: str, when: When = ALWAYS, *, is_empty: bool = False) -> None:
        """Note that a relation is read whole; the one row of a sequence takes no time."""
        if not self.is_made_here(relation):
            self.record.scan(self.ref(relation), why, when, is_empty=is_empty or relation.kind == "S")

    def rewrite(self, relation: Rel, why: str, when: When = ALWAYS, *, is_empty: bool = False) -> None:
        """Note that a relation is written anew."""
        if not self.is_made_here(relation):
            self.record.rewrite(self.ref(relation), why, when, is_empty=is_empty)

    def require_no_transaction(self) -> None:
        """Note that the server refuses the statement in a transaction block, and be refused in one.

        Raises:
            Refused: 25001, a transaction block is open.
        """
        self.record.requires_no_transaction = True
        if self.in_transaction:
            self.refuse("25001", "it cannot run inside a transaction block")

    def refuse(self, sqlstate: str, message: str) -> NoReturn:
        """End the statement as the server would."""
        raise Refused(sqlstate, message)

    def refuse_if_known(self, relation: Rel, sqlstate: str, message: str) -> None:
        """End the statement unless the relation is only assumed to exist."""
        if not self.is_assumed(relation):
            raise Refused(sqlstate, message)

    def is_assumed(self, relation: Rel) -> bool:
        """Whether nothing is known about the relation but its name."""
        return self.world.is_assumed(relation.oid)

    def knows_columns(self, relation: Rel) -> bool:
        """Whether the columns of the relation are all known: not where it, or what it was made from, is assumed."""
        return not self.is_assumed(relation) and relation.oid not in self.world.unresolved

    # ---- names

    def search_path(self) -> tuple[int, ...]:
        """Oids of the schemas that unqualified names are looked up in."""
        return self.world.search_path()

    def find(self, schema: str | None, name: str) -> Rel | None:
        """The relation or index of that name."""
        world = self.world
        named: list[Rel] = []
        named += world.where(PgClass, "name", name)
        named += world.where(PgIndex, "name", name)
        if not named:
            return None
        if schema is not None:
            wanted = world.schema_oid(schema)
            return next((row for row in named if row.namespace == wanted), None)
        for namespace in self.search_path():
            for row in named:
                if row.namespace == namespace:
                    return row
        return next((row for row in named if not row.namespace), None)

    def relation(
        self, named: RangeVar, *, missing_ok: bool = False, kind: str = "r", kinds: Collection[str] = ()
    ) -> Rel | None:
        """The relation that a statement names.

        None for relations of the system, and for missing ones where `missing_ok`. Without a catalog a missing one is
        assumed to exist, as a relation of `kind`.

        Raises:
            Refused: There is no such relation, or its kind is none of `kinds`.
        """
        found = self.find(named.schema, named.name)
        if found is None:
            if named.schema in _SYSTEM_SCHEMAS or (named.schema is None and named.name.startswith("pg_")):
                return None
            if not self.world.is_complete:
                return self._assume(named, kind)
            if missing_ok:
                return None
            if self.may_be_brought(f"relation {named.name}"):
                return self.world.assume_relation(named.schema, named.name, kind)
            if named.schema is not None and self.world.schema_oid(named.schema) is None:
                self.refuse("3F000", f"schema {named.schema} does not exist")
            self.refuse("42P01", f"relation {named.name} does not exist")
        if kinds and found.kind not in kinds and not self.is_assumed(found):
            self.refuse("42809", f"{found.name} is of the wrong kind")
        return found

    def may_be_brought(self, what: str) -> bool:
        """Whether an extension that the script makes may bring what is not there, which is then noted."""
        bringer = self.world.bringer
        if bringer is not None:
            self.record.opaque = f"{what} is not there yet, and extension {bringer}, made before it, may bring it"
        return bringer is not None

    def _assume(self, named: RangeVar, kind: str) -> Rel:
        self.record.assume(f"{'.'.join(named.parts)} exists")
        return self.world.assume_relation(named.schema, named.name, kind)

    def creation_namespace(self, named: RangeVar) -> int:
        """The schema in which a statement makes a relation."""
        if named.persistence == "t" or named.schema == "pg_temp":
            return self.world.temporary_schema()
        if named.schema is not None:
            return self.schema(named.schema)
        path = [oid for oid in self.search_path() if oid not in self.world.implicit_schemas]
        if path:
            return path[0]
        if self.world.is_complete:
            self.refuse("3F000", "no schema has been selected to create in")
        return 0

    def schema(self, name: str) -> int:
        """The oid of a schema; assumed to exist where no catalog can tell."""
        found = self.world.schema_oid(name)
        if found is not None:
            return found
        if self.world.is_complete and not self.may_be_brought(f"schema {name}"):
            self.refuse("3F000", f"schema {name} does not exist")
        return self.world.assume_schema(name)

    # ---- parts of a relation

    def columns(self, relation: int) -> list[PgAttribute]:
        """Live columns in attribute order."""
        return sorted(self.world.where(PgAttribute, "relation", relation), key=_number)

    def column(self, relation: int, name: str) -> PgAttribute | None:
        """A column by its name."""
        for row in self.world.where(PgAttribute, "relation", relation):
            if row.name == name:
                return row
        return None

    def column_names(self, relation: int, numbers: Collection[int]) -> list[str]:
        """Names of columns, expressions left out."""
        names = {row.number: row.name for row in self.world.where(PgAttribute, "relation", relation)}
        return [names[number] for number in numbers if number in names]

    def default_of(self, column: PgAttribute) -> PgAttrdef | None:
        """The default or generation expression of a column."""
        for row in self.world.where(PgAttrdef, "relation", column.relation):
            if row.column == column.number:
                return row
        return None

    def indexes(self, relation: int) -> list[PgIndex]:
        """Indexes of a relation."""
        return self.world.where(PgIndex, "relation", relation)

    def constraints(self, relation: int) -> list[PgConstraint]:
        """Constraints of a relation."""
        return self.world.where(PgConstraint, "relation", relation)

    def constraint(self, relation: int, name: str) -> PgConstraint | None:
        """A constraint by its name."""
        return next((row for row in self.constraints(relation) if row.name == name), None)

    def children(self, relation: int) -> list[Rel]:
        """Direct children: inheritance children, partitions, or indexes of partitions."""
        links = self.world.where(PgInherits, "parent", relation)
        return [found for link in links if (found := self.world.relation(link.child)) is not None]

    def descendants(self, relation: int) -> Iterator[Rel]:
        """Children of every generation, each once."""
        seen: set[int] = set()
        waiting = list(self.children(relation))
        while waiting:
            current = waiting.pop(0)
            if current.oid not in seen:
                seen.add(current.oid)
                yield current
                waiting.extend(self.children(current.oid))

    def parents(self, relation: int) -> list[Rel]:
        """Direct parents."""
        links = self.world.where(PgInherits, "child", relation)
        return [found for link in links if (found := self.world.relation(link.parent)) is not None]

    def ancestors(self, relation: int) -> Iterator[Rel]:
        """Parents of every generation, nearest first."""
        for parent in self.parents(relation):
            yield parent
            yield from self.ancestors(parent.oid)

    def child_role(self, relation: Rel) -> Role:
        """How a child stands to its parent."""
        if isinstance(relation, PgIndex):
            return Role.INDEX
        return Role.PARTITION if relation.is_partition else Role.CHILD

    def default_partition(self, relation: int) -> PgClass | None:
        """The default partition of a partitioned table."""
        cut = self.world.partitioning(relation)
        return self.world.one(PgClass, cut.default_partition) if cut and cut.default_partition else None

    # ---- changing rows

    def change(self, row: msgspec.Struct, **fields: object) -> None:
        """Replace a row by one with other values."""
        self.world.put(msgspec.structs.replace(row, **fields))  # type: ignore[arg-type]


def _number(row: PgAttribute) -> int:
    return row.number
