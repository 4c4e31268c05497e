"""What every walker is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from probes.catalog.names import qualified
from probes.catalog.rows import PgClass, PgIndex, PgProc, Row

if TYPE_CHECKING:
    from probes.catalog.catalog import Catalog

RowT = TypeVar("RowT", bound=Row)
NamedT = TypeVar("NamedT", PgClass, PgIndex, PgProc)


class Walker(msgspec.Struct, Generic[RowT], frozen=True, eq=False, gc=False):
    """A row and the catalog it stands in. Two walkers over one row are equal."""

    catalog: Catalog
    row: RowT

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Walker) and type(other) is type(self) and other.row == self.row

    def __ne__(self, other: object) -> bool:
        return not self == other  # a struct's own would tell objects apart, not rows

    def __hash__(self) -> int:
        return hash(self.row)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self.row, 'name', self.row)!r}>"


class SchemaObject(Walker[NamedT], frozen=True):
    """Something that has a name in a schema."""

    @property
    def oid(self) -> int:
        """Its object id: of this database at this moment, never part of a finding's identity."""
        return self.row.oid

    @property
    def name(self) -> str:
        """The bare name."""
        return self.row.name

    @property
    def schema(self) -> str:
        """The name of its schema."""
        return self.catalog.schema_name(self.row.namespace)

    @property
    def qualified_name(self) -> str:
        """`schema.name`, unquoted: for people and reports."""
        return f"{self.schema}.{self.row.name}"

    @property
    def sql(self) -> str:
        """The qualified name as SQL, quoted where it must be."""
        return qualified(self.schema, self.row.name)
