"""What every walker is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from probes.catalog.rows import Row

if TYPE_CHECKING:
    from probes.catalog.catalog import Catalog

RowT = TypeVar("RowT", bound=Row)


class Walker(Generic[RowT]):
    """A row and the catalog it stands in. Two walkers over one row are equal."""

    __slots__ = ("catalog", "row")

    def __init__(self, catalog: Catalog, row: RowT) -> None:
        self.catalog = catalog
        self.row = row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Walker) and type(other) is type(self) and other.row == self.row

    def __hash__(self) -> int:
        return hash(self.row)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self.row, 'name', self.row)!r}>"
