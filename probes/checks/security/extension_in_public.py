"""Extension installed into the schema public.

What: The objects of an extension live in public, among those of the application.

Why it matters: Its functions and types mix with yours in every listing and dump. Where an API exposes public, the
functions of the extension are exposed as well; and public is the schema in which strangers are likeliest to create.

When it is harmless: Nobody but the application uses the database, and public holds nothing else of interest.

How to fix it safely: Move the extension to a schema of its own. Code that names its functions without a schema needs
that schema in its search_path: set that for the database first. The move takes a short lock on the extension's
objects.

How it is decided: The extension's schema is public and the extension says that it can be moved. One that cannot is not
reported, for there is nothing you could do.

Known limits: Whether the application finds the extension afterwards depends on its search_path.

Sources: https://www.postgresql.org/docs/current/sql-alterextension.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgExtension, PgNamespace
from probes.check import Needs, Thresholds, check
from probes.finding import Fix, ObjectRef, Observed, Severity


@check(
    title="Extension in the schema public",
    severity=Severity.LOW,
    needs=Needs(areas=(PgExtension, PgNamespace)),
    sources=("https://www.postgresql.org/docs/current/sql-alterextension.html",),
)
def extension_in_public(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each movable extension in public."""
    for extension in catalog.rows(PgExtension):
        if extension.relocatable and catalog.schema_name(extension.namespace) == "public":
            yield Observed(
                object=ObjectRef("extension", extension.name),
                message=f"extension {extension.name} is installed in schema public, among the application's objects",
                evidence={"version": extension.version},
                remedy=Fix(
                    sql=(
                        "create schema if not exists extensions",
                        "grant usage on schema extensions to public",
                        f"alter extension {quoted(extension.name)} set schema extensions",
                    ),
                    changes=("pg_namespace", "pg_extension", "pg_proc", "pg_type", "pg_class", "pg_depend"),
                    note="Add extensions to the search_path of the database or the roles first.",
                ),
            )
