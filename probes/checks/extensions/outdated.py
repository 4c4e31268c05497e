"""Extension that lags behind the files on the server.

What: The version installed in this database is older than the one the server's files offer by default.

Why it matters: After an upgrade of packages the library is new and the SQL objects are old. Corrections are missing,
and after a major upgrade functions may fail or be absent.

When it is harmless: The newer version changes an interface that the application still uses.

How to fix it safely: Read the extension's notes, then ALTER EXTENSION ... UPDATE in a transaction. It locks the
extension's own objects only, and can be rolled back.

How it is decided: The installed version differs from the default and is still known to the files. Where it is not,
there is no path to update by, and that is said.

Known limits: Versions are compared for equality only: a downgrade of the package looks like an update.

Sources: https://www.postgresql.org/docs/current/sql-alterextension.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import AvailableExtension, PgExtension
from probes.check import Needs, Thresholds, check
from probes.finding import Advice, Fix, ObjectRef, Observed, Severity


@check(
    title="Extension not updated",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgExtension, AvailableExtension)),
    sources=("https://www.postgresql.org/docs/current/sql-alterextension.html",),
)
def outdated(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each extension whose default version is another than the installed one."""
    offered = {row.name: row for row in catalog.rows(AvailableExtension)}
    for row in catalog.rows(PgExtension):
        known = offered.get(row.name)
        if known and known.default_version != row.version:
            has_path = row.version in known.versions
            yield Observed(
                object=ObjectRef("extension", row.name),
                message=f"extension {row.name} is at {row.version}, the server offers {known.default_version}",
                evidence={"installed_version": row.version, "default_version": known.default_version},
                remedy=Fix(
                    sql=(f"alter extension {quoted(row.name)} update",),
                    changes=(
                        "pg_extension",
                        "pg_proc",
                        "pg_depend",
                        "pg_class",
                        "pg_attribute",
                        "pg_type",
                        "pg_rewrite",
                    ),
                    note="Read the extension's notes on the versions between.",
                )
                if has_path
                else Advice("The files know no way from this version: dump what uses it, drop and create it anew."),
            )
