"""How far sequences have run, and what they feed: their limit is the narrower of their own and their column's."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttrdef, PgAttribute, PgDepend, PgSequence, PgType, Row, SequenceUse
from probes.checks._support.columns import Types

SEQUENCE_AREAS: tuple[type[Row], ...] = (PgAttribute, PgAttrdef, PgType, PgSequence, SequenceUse)

_INTEGER_BITS = {Types.SMALLINT: 15, Types.INTEGER: 31, Types.BIGINT: 63}


class Fed(msgspec.Struct, frozen=True, gc=False):
    """A sequence with the columns that take their values from it."""

    relation: Relation
    row: PgSequence
    use: SequenceUse | None
    columns: tuple[Column, ...]
    owner: Column | None
    """The column that owns it: dropping that column drops the sequence."""
    is_identity: bool

    @property
    def is_ascending(self) -> bool:
        """Whether it counts upwards."""
        return self.row.increment > 0

    @property
    def limit(self) -> int:
        """The last value that can be used: of the sequence or of the narrowest column, in its direction."""
        bits = [found for column in self.columns if (found := integer_bits(column)) is not None]
        if self.is_ascending:
            return min(self.row.maximum, *((1 << bit) - 1 for bit in bits), self.row.maximum)
        return max(self.row.minimum, *(-(1 << bit) for bit in bits), self.row.minimum)

    @property
    def used_ratio(self) -> float:
        """Share of its values that are spent, 0 to 1; 0 where it was never used or cannot be read."""
        last = self.use.last_value if self.use else None
        if last is None:
            return 0.0
        first = self.row.minimum if self.is_ascending else self.row.maximum
        span = abs(self.limit - first)
        return abs(last - first) / span if span else 1.0


def integer_bits(column: Column) -> int | None:
    """How many bits a positive value of the column may have; None where it is no integer."""
    base = column.type.base.row
    return _INTEGER_BITS.get(base.oid) if base else None


Wanted = Callable[[SequenceUse | None], bool]


def fed_sequences(
    catalog: Catalog, *, wanted: Wanted = lambda _use: True, feeding: Container[int] | None = None
) -> Iterator[Fed]:
    """Every sequence in scope with what it feeds.

    Args:
        catalog: The picture.
        wanted: Whether a sequence that was used like this is to be given; None where nothing is known of its use.
        feeding: Oids of relations one of which it must feed; None for any.
    """
    uses = catalog.keyed(SequenceUse, "relation")
    rows = catalog.keyed(PgSequence, "relation")
    owners, users = catalog.derived("sequence links", (PgSequence, PgDepend, PgAttrdef), lambda: _links(catalog))
    for relation in catalog.relations_in_scope:
        row = rows.get(relation.oid) if relation.kind == "S" else None
        if row and wanted(uses.get(relation.oid)):
            owner, fed = owners.get(relation.oid), users.get(relation.oid, ())
            if feeding is None or (owner and owner.referenced in feeding) or any(one in feeding for one, _ in fed):
                yield _fed(catalog, Relation(catalog, relation), row, owner, fed)


_Users = dict[int, list[tuple[int, int]]]


def _links(catalog: Catalog) -> tuple[dict[int, PgDepend], _Users]:
    """Of each sequence the link to its owner, and the columns whose defaults use it."""
    sequences = catalog.keyed(PgSequence, "relation")
    owners: dict[int, PgDepend] = {}
    users: _Users = {}
    for link in catalog.rows(PgDepend):
        if link.catalog == "pg_class" and link.kind in {"a", "i"} and link.object in sequences:
            owners[link.object] = link
        elif link.catalog == "pg_attrdef" and link.kind == "n" and link.referenced in sequences:
            default = catalog.find(PgAttrdef, link.object)
            if default:
                users.setdefault(link.referenced, []).append((default.relation, default.column))
    return owners, users


def _fed(
    catalog: Catalog, relation: Relation, row: PgSequence, link: PgDepend | None, users: Iterable[tuple[int, int]]
) -> Fed:
    owner = _column(catalog, link.referenced, link.referenced_column) if link else None
    is_identity = link is not None and link.kind == "i"
    found = [_column(catalog, *user) for user in users]
    columns = [column for column in found if column and not column.row.inherited_count]
    if is_identity and owner:
        columns.append(owner)
    return Fed(
        relation=relation,
        row=row,
        use=catalog.find(SequenceUse, relation.oid, "relation"),
        columns=tuple(columns),
        owner=owner,
        is_identity=is_identity,
    )


def _column(catalog: Catalog, relation: int, number: int) -> Column | None:
    found = catalog.relation(relation)
    return found.column(number) if found else None
