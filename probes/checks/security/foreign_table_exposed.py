"""Foreign table that exposed roles can use in a database with policies.

What: An exposed role has privileges on a foreign table.

Why it matters: Row level security does not exist for foreign tables: the other server sees one user, the one of the
user mapping, whoever asks here. All rows come over.

When it is harmless: The remote side filters by itself, or the rows are the same for all.

How to fix it safely: Revoke the grant and offer a view with a filter, made a security barrier, in its place. Queries
on the foreign table fail from then on.

How it is decided: As for tables without row level security: PUBLIC and named roles always count, other login roles
only where the database has row level security on some table.

Known limits: What the foreign server lets through is not known here.

Sources: https://www.postgresql.org/docs/current/ddl-foreign-data.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.check import Needs, check
from probes.checks._support.exposure import (
    EXPOSURE,
    READS_AND_WRITES,
    ExposureAt,
    as_text,
    exposure_of,
    revocations,
    rls_is_in_use,
)
from probes.checks._support.refs import relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Foreign table within reach of exposed roles",
    severity=Severity.MEDIUM,
    needs=Needs(areas=EXPOSURE),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/ddl-foreign-data.html",),
)
def foreign_table_exposed(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each foreign table that exposed roles can use."""
    exposure = exposure_of(catalog, at)
    in_use = rls_is_in_use(catalog)
    for table in catalog.relations_of("f"):
        principals = exposure.on(table)
        if principals and (in_use or exposure.is_named(principals)):
            yield Observed(
                object=relation_ref(table),
                message=f"{as_text(principals)} may use foreign table {table.qualified_name}: it has no policies",
                evidence={"roles": tuple(sorted(principals))},
                remedy=Fix(
                    sql=revocations(exposure, table, READS_AND_WRITES),
                    changes=("pg_class", "pg_attribute"),
                    note="Offer a view with a filter first; queries on the foreign table fail from then on.",
                ),
            )
