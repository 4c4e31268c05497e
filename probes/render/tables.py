"""Tables as DDL: columns, storage, partitioning and inheritance; without defaults and constraints, which follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.catalog.names import quoted
from probes.catalog.rows import (
    ForeignServer,
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgInherits,
    PgPartitionedTable,
    PgSequence,
    PgType,
)
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.lists import split_list
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import FIRST_USER_OID, Names
from probes.render.scribe import Scribe, options
from probes.render.sequences import identities, limits
from probes.render.types import COMPRESSION, column_type

KINDS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
    "S": "sequence",
    "c": "composite type",
}
_TABLE_KINDS = "rpf"
_HEAP = 2
_IDENTITY_OF_PARTITIONS = 17
_STRATEGIES = {"r": "range", "l": "list", "h": "hash"}
STORAGE = {"p": "plain", "e": "external", "m": "main", "x": "extended"}


def about_relation(names: Names, row: PgClass) -> ObjectRef:
    """The relation as findings name it."""
    return ObjectRef(KINDS.get(row.kind, "relation"), row.name, names.catalog.schema_name(row.namespace))


def tables(names: Names) -> Iterator[Given]:
    """Every table of a user, and its place among partitions and heirs."""
    table = Tables(names)
    for row in names.catalog.rows(PgClass):
        if row.kind in _TABLE_KINDS and not names.is_member("pg_class", row.oid):
            yield table.definition(row)
            yield from table.places(row)


class Tables:
    """Writes tables; holds what their columns are looked up in."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._catalog = names.catalog
        self._identities = identities(names)
        self._defaults = {(row.relation, row.column): row for row in names.catalog.rows(PgAttrdef)}
        self._partition_keys = {row.relation: row for row in names.catalog.rows(PgPartitionedTable)}
        self._own_not_null = _own_not_null(names.catalog.rows(PgConstraint))

    def definition(self, row: PgClass) -> Given:
        """CREATE TABLE, and what of its columns only ALTER can say."""
        key: Key = ("pg_class", row.oid)

        def write(scribe: Scribe) -> Piece:
            sql = [self._create(scribe, row), *self._dropped(scribe, row), *self._alterations(scribe, row)]
            provides: set[Key] = {("pg_type", row.row_type)}
            provides |= {("pg_class", oid) for (relation, _), oid in self._identities.items() if relation == row.oid}
            return scribe.piece(key, Phase.DEFINITION, about_relation(self._names, row), sql, provides=provides)

        return written(self._names, key, about_relation(self._names, row), write)

    def places(self, row: PgClass) -> Iterator[Given]:
        """ATTACH PARTITION, or INHERIT where the table could not be made as an heir."""
        for parent in self._names.parents.get(row.oid, ()):
            if row.is_partition or not self._is_heir_from_birth(row):
                yield self._place(row, parent)

    def _place(self, row: PgClass, parent: PgInherits) -> Given:
        key: Key = ("attached", row.oid)

        def write(scribe: Scribe) -> Piece:
            child, above = scribe.relation(row.oid), scribe.relation(parent.parent)
            if row.is_partition:
                if parent.detach_pending:
                    scribe.lack("that it is being detached")
                sql = f"alter table only {above} attach partition {child} {scribe.text(row.partition_bound).lstrip()}"
            else:
                scribe.lack("its columns stand in another order than inheriting gives them: all became its own")
                sql = f"alter table only {child} inherit {above}"
            rank = -self._names.depth(row.oid)
            return scribe.piece(key, Phase.ATTACH, about_relation(self._names, row), [sql], rank=rank)

        return written(self._names, key, about_relation(self._names, row), write)

    # ---- create table

    def _create(self, scribe: Scribe, row: PgClass) -> str:
        if row.tablespace:
            scribe.lack("its tablespace is a place on the server's disks")
        if row.access_method >= FIRST_USER_OID:
            scribe.lack("its access method has no name in the catalog")
        head = {"u": "unlogged table", "p": "table"}.get(row.persistence, "temporary table")
        if row.kind == "f":
            head = "foreign table"
        name = scribe.in_schema(row.namespace, row.name)
        return f"create {head} {name} {self._body(scribe, row)}{self._tail(scribe, row)}"

    def _body(self, scribe: Scribe, row: PgClass) -> str:
        if row.of_type:
            return f"of {scribe.type(row.of_type)}"
        parents = self._parents(row)
        if not parents:
            return f"({', '.join(self._slots(scribe, row))})"
        own = [self._column(scribe, column) for column in self._columns(row.oid) if column.is_local]
        above = ", ".join(scribe.relation(parent.oid) for parent in parents)
        return f"({', '.join(own)}) inherits ({above})"

    def _slots(self, scribe: Scribe, row: PgClass) -> Iterator[str]:
        """Columns in their places; those that were dropped are made once more, to be dropped."""
        columns = {column.number: column for column in self._columns(row.oid)}
        for number in range(1, max(row.column_slots, *columns, 0) + 1):
            column = columns.get(number)
            yield self._column(scribe, column) if column else f"{_gap(number)} pg_catalog.int4"

    def _dropped(self, scribe: Scribe, row: PgClass) -> Iterator[str]:
        if self._parents(row) or row.of_type:
            return
        columns = {column.number for column in self._columns(row.oid)}
        name = scribe.in_schema(row.namespace, row.name)
        for number in range(1, row.column_slots + 1):
            if number not in columns:
                yield f"alter table {name} drop column {_gap(number)}"

    def _tail(self, scribe: Scribe, row: PgClass) -> str:
        tail = ""
        if row.kind == "p":
            tail += f" partition by {self._partition_key(scribe, row)}"
        if row.kind == "p" and row.access_method == _HEAP:
            tail += " using heap"  # what its partitions will use, from 17 on
        if row.kind == "f":
            tail += f" server {self._server(scribe)}"
        toast = options(row.toast_options, prefix="toast.") if row.kind == "r" else ""
        stored = ", ".join(part for part in (options(row.options), toast) if part)
        return f"{tail} with ({stored})" if stored else tail

    def _server(self, scribe: Scribe) -> str:
        scribe.lack("the catalog does not hold which server a foreign table is on, nor its options")
        if self._catalog.absent(ForeignServer) is not None or not self._catalog.rows(ForeignServer):
            raise UnwritableError("foreign servers were not collected")
        server = self._catalog.rows(ForeignServer)[0]
        scribe.need("1417", server.oid)
        return quoted(server.name)

    def _partition_key(self, scribe: Scribe, row: PgClass) -> str:
        key = self._partition_keys.get(row.oid)
        if key is None:
            raise UnwritableError("how it is partitioned is not in the catalog")
        scribe.need_mentioned("pg_class", row.oid)
        expressions = iter(split_list(scribe.text(key.expressions)) if key.expressions else [])
        parts: list[str] = []
        for position, number in enumerate(key.columns):
            column = self._names.columns.get((row.oid, number))
            text = quoted(column.name) if column else f"({next(expressions)})"
            collation = scribe.collation(key.collations[position], column.collation if column else 0)
            parts.append(text + collation + scribe.operator_class(key.operator_classes[position]))
        return f"{_STRATEGIES[key.strategy]} ({', '.join(parts)})"

    # ---- columns

    def _columns(self, relation: int) -> Sequence[PgAttribute]:
        return self._catalog.grouped(PgAttribute, "relation").get(relation, [])

    def _column(self, scribe: Scribe, column: PgAttribute) -> str:
        parts = [quoted(column.name), column_type(scribe, column)]
        if column.generated:
            parts.append(self._generated(scribe, column))
        elif self._has_identity_of_its_own(column):
            parts.append(self._identity(scribe, column))
        if column.not_null and (column.relation, column.number) not in self._own_not_null:
            parts.append("not null")
        return " ".join(parts)

    def _generated(self, scribe: Scribe, column: PgAttribute) -> str:
        stored = self._defaults.get((column.relation, column.number))
        if stored is None:
            raise UnwritableError(f"how column {column.name} is generated is not in the catalog")
        scribe.need_mentioned("pg_attrdef", stored.oid)
        scribe.need_mentioned("pg_class", column.relation)  # before 15 the column itself mentions the functions
        how = "stored" if column.generated == "s" else "virtual"
        return f"generated always as ({scribe.text(stored.expression)}) {how}"

    def _has_identity_of_its_own(self, column: PgAttribute) -> bool:
        if not column.identity:
            return False
        table = self._catalog.find(PgClass, column.relation)
        inherits = table is not None and table.is_partition
        return not (inherits and self._catalog.server.major >= _IDENTITY_OF_PARTITIONS)

    def _identity(self, scribe: Scribe, column: PgAttribute) -> str:
        when = "always" if column.identity == "a" else "by default"
        oid = self._identities.get((column.relation, column.number), 0)
        sequence, relation = self._catalog.find(PgSequence, oid, "relation"), self._catalog.find(PgClass, oid)
        if sequence is None or relation is None:
            scribe.lack(f"the sequence of identity column {column.name}")
            return f"generated {when} as identity"
        name = scribe.in_schema(relation.namespace, relation.name)
        return f"generated {when} as identity (sequence name {name} {limits(sequence)})"

    def _alterations(self, scribe: Scribe, row: PgClass) -> Iterator[str]:
        name = scribe.in_schema(row.namespace, row.name)
        for column in self._columns(row.oid):
            yield from self._identity_changes(scribe, row, column)
            for change in self._column_changes(row, column):
                yield f"alter {'foreign ' * (row.kind == 'f')}table only {name} alter column {change}"

    def _identity_changes(self, scribe: Scribe, row: PgClass, column: PgAttribute) -> Iterator[str]:
        """An identity that an heir got for an inherited column, and one whose sequence is of another type."""
        if not self._has_identity_of_its_own(column):
            return
        if self._inherited_from(row, column) is not None and not column.is_local:
            name = scribe.in_schema(row.namespace, row.name)
            added = self._identity(scribe, column)
            yield f"alter table only {name} alter column {quoted(column.name)} add {added}"
        oid = self._identities.get((column.relation, column.number), 0)
        sequence, relation = self._catalog.find(PgSequence, oid, "relation"), self._catalog.find(PgClass, oid)
        if sequence is not None and relation is not None and sequence.type != column.type:
            name = scribe.in_schema(relation.namespace, relation.name)
            yield f"alter sequence {name} as {scribe.type(sequence.type)} {limits(sequence)}"

    def _column_changes(self, row: PgClass, column: PgAttribute) -> Iterator[str]:
        name = quoted(column.name)
        above = self._inherited_from(row, column)
        of_type = self._catalog.find(PgType, column.type)
        storage = above.storage if above else of_type.storage if of_type else column.storage
        if column.storage != storage:
            yield f"{name} set storage {STORAGE[column.storage]}"
        born_without = (above is not None or row.of_type) and column.compression != (above.compression if above else "")
        if born_without:
            yield f"{name} set compression {COMPRESSION.get(column.compression, 'default')}"
        if column.statistics_target is not None:
            yield f"{name} set statistics {column.statistics_target}"
        if column.options:
            yield f"{name} set ({options(column.options)})"
        born_nullable = row.of_type or (above is not None and not column.is_local)
        own = (column.relation, column.number) in self._own_not_null
        if column.not_null and born_nullable and not own and not (above and above.not_null):
            yield f"{name} set not null"
        if above and above.not_null and not column.not_null:
            yield f"{name} drop not null"

    # ---- inheritance

    def _parents(self, row: PgClass) -> list[PgClass]:
        """The tables it is created as an heir of."""
        return self._all_parents(row) if not row.is_partition and self._is_heir_from_birth(row) else []

    def _all_parents(self, row: PgClass) -> list[PgClass]:
        above = (self._catalog.find(PgClass, one.parent) for one in self._names.parents.get(row.oid, ()))
        return [one for one in above if one is not None]

    def _is_heir_from_birth(self, row: PgClass) -> bool:
        """Whether INHERITS gives the columns in the order in which they stand."""
        merged = [column.name for parent in self._all_parents(row) for column in self._columns(parent.oid)]
        own = [column.name for column in self._columns(row.oid) if column.is_local]
        return list(dict.fromkeys([*merged, *own])) == [column.name for column in self._columns(row.oid)]

    def _inherited_from(self, row: PgClass, column: PgAttribute) -> PgAttribute | None:
        for parent in self._parents(row):
            for above in self._columns(parent.oid):
                if above.name == column.name:
                    return above
        return None


def _gap(number: int) -> str:
    return f'"dropped {number}"'


def _own_not_null(rows: Sequence[PgConstraint]) -> frozenset[tuple[int, int]]:
    """Columns whose NOT NULL constraint is said by a statement of its own: not valid, or not for heirs."""
    return frozenset((row.relation, number) for row in rows if row.kind == "n" for number in row.columns)
