"""Names of a catalog's objects as SQL, found by oid once for all pieces."""

from __future__ import annotations

from functools import cached_property

from probes.catalog.catalog import Catalog
from probes.catalog.names import qualified
from probes.catalog.rows import PgAttribute, PgClass, PgDepend, PgExtension, PgInherits, PgOpclass
from probes.render.model import Key

FIRST_USER_OID = 16384
_SYSTEM_COLLATIONS = {100: "default", 950: "C", 951: "POSIX", 962: "ucs_basic", 963: "unicode", 6411: "pg_c_utf8"}
"""Those whose oids are the same everywhere."""


class Names:
    """Lookups over one catalog that many pieces share."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @cached_property
    def columns(self) -> dict[tuple[int, int], PgAttribute]:
        """Columns by relation and number."""
        return {(row.relation, row.number): row for row in self.catalog.rows(PgAttribute)}

    @cached_property
    def row_types(self) -> dict[int, PgClass]:
        """Tables and views by the oid of their row type."""
        return {row.row_type: row for row in self.catalog.rows(PgClass) if row.row_type and row.kind != "c"}

    @cached_property
    def members(self) -> dict[Key, int]:
        """The extension of each object that belongs to one."""
        rows = self.catalog.rows(PgDepend)
        return {(row.catalog, row.object): row.referenced for row in rows if row.kind == "e"}

    @cached_property
    def extensions(self) -> dict[int, PgExtension]:
        """Extensions by oid."""
        return {row.oid: row for row in self.catalog.rows(PgExtension)}

    @cached_property
    def depends(self) -> dict[Key, list[PgDepend]]:
        """What each object mentions."""
        found: dict[Key, list[PgDepend]] = {}
        for row in self.catalog.rows(PgDepend):
            if row.kind != "e":
                found.setdefault((row.catalog, row.object), []).append(row)
        return found

    @cached_property
    def parents(self) -> dict[int, list[PgInherits]]:
        """The parents of each table, partition or index of a partition, in their order."""
        found: dict[int, list[PgInherits]] = {}
        for row in sorted(self.catalog.rows(PgInherits), key=lambda row: row.position):
            found.setdefault(row.child, []).append(row)
        return found

    @cached_property
    def operator_classes(self) -> dict[int, PgOpclass] | None:
        """Operator classes by oid; None where they were not collected."""
        if self.catalog.absent(PgOpclass) is not None:
            return None
        return {row.oid: row for row in self.catalog.rows(PgOpclass)}

    def depth(self, relation: int) -> int:
        """How many generations of parents a relation has."""
        return max((1 + self.depth(row.parent) for row in self.parents.get(relation, ())), default=0)

    def is_member(self, catalog: str, oid: int) -> bool:
        """Whether an object belongs to an extension."""
        return (catalog, oid) in self.members

    def collation(self, oid: int) -> str | None:
        """A collation of the system by its oid; None where that is another one on every machine."""
        name = _SYSTEM_COLLATIONS.get(oid)
        return qualified("pg_catalog", name) if name else None
