"""Database that everybody may enter and fill with temporary tables.

What: PUBLIC has CREATE on this database, or CONNECT and TEMPORARY as every database has them from the beginning.

Why it matters: CREATE lets any role make schemas. CONNECT lets roles of other applications on the same server in, to
try what they find. Temporary tables are searched first by functions that name no schema, and take disk.

When it is harmless: The server has one database and one application.

How to fix it safely: Grant CONNECT to the roles that need it and revoke it from PUBLIC in one transaction; sessions
that are open stay. Some programs need TEMPORARY.

How it is decided: The database's own grants, or the default where there are none. Only CREATE is graver than
information, for the rest is how databases are made.

Known limits: Who is kept out by pg_hba.conf is not considered.

Sources: https://www.postgresql.org/docs/current/ddl-priv.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.acl import PUBLIC, grants_of
from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgDatabase, PgRole
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import database_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Database open to PUBLIC",
    severity=Severity.INFO,
    needs=Needs(areas=(PgDatabase, PgRole)),
    sources=("https://www.postgresql.org/docs/current/ddl-priv.html",),
)
def database_level_grants(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield the audited database with what PUBLIC may do."""
    row = catalog.find(PgDatabase, catalog.server.database_oid)
    if row is None:
        return
    held = sorted(one.privilege for one in grants_of(catalog, row.acl, row.owner, "d") if one.grantee == PUBLIC)
    if held:
        yield Observed(
            object=database_ref(catalog),
            message=f"everybody has {', '.join(held)} on database {row.name}",
            evidence={"privileges": tuple(held)},
            remedy=Fix(
                sql=(f"revoke {', '.join(held).lower()} on database {quoted(row.name)} from public",),
                changes=("pg_database",),
                note="Grant CONNECT to the roles that need it in the same transaction.",
            ),
            severity=Severity.HIGH if "CREATE" in held else None,
        )
