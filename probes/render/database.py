"""What is said of the database itself: its owner, privileges and settings. They do not come along with a copy of it."""

from __future__ import annotations

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgDatabase
from probes.finding import ObjectRef
from probes.render.model import Piece, Statement, UnwritableError
from probes.render.names import Names
from probes.render.privileges import grants_on
from probes.render.roles import settings
from probes.render.scribe import Scribe


def database_statements(catalog: Catalog, name: str) -> tuple[Statement, ...]:
    """The owner, privileges and settings of the catalog's database, for one called `name`."""
    names = Names(catalog)
    about = ObjectRef("database", name)
    sql: list[str] = []
    row = None
    if catalog.absent(PgDatabase) is None:
        row = catalog.find(PgDatabase, catalog.server.database_oid)
    if row is not None:
        scribe = Scribe(names)
        try:
            sql.append(f"alter database {quoted(name)} owner to {scribe.role(row.owner)}")
            if row.acl is not None:
                sql += grants_on(scribe, f"database {quoted(name)}", row.owner, row.acl, "d")
        except UnwritableError:
            sql.clear()
    bound = (piece for piece in settings(names, name) if isinstance(piece, Piece))
    return (
        *(Statement(about, text) for text in sql),
        *(Statement(piece.object, text) for piece in bound for text in piece.sql),
    )
