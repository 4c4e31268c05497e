"""Table that the application writes and that leads to no tenant.

What: Most tables say whose their rows are, directly or through a foreign key. This one does neither, and the
application's roles may write to it.

Why it matters: Nobody can tell which customer a row belongs to. It cannot be exported, deleted on request, billed or
hidden by a policy with the rest of that customer's data, and a query that joins it mixes tenants without noticing.

When it is harmless: It holds what belongs to everybody: countries, currencies, job queues, feature switches, the list
of applied migrations.

How to fix it safely: Decide whose the rows are. If a tenant's, add the column as nullable, fill it in batches, add the
foreign key NOT VALID and validate it, then set the column NOT NULL. If everybody's, revoke writing from the
application's roles and let migrations write it.

How it is decided: Foreign keys are followed from table to table until one has the tenant column or is the table of
tenants. Tables that tenants' tables reference are taken for reference data. If roles of the application are known by
their privileges on tenants' tables, only tables that they may write are reported; where everything runs as a superuser
that cannot be told apart, and the finding is informational, as it is where the tenant column itself is guessed.

Known limits: A tenant that is reached through a value in a document, or by a key in another database, is not seen.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgConstraint
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, exposure_of
from probes.checks._support.refs import relation_ref
from probes.checks._support.tenancy import Tenancy, TenancyAt, carriers, tenancy_of
from probes.finding import Advice, Confidence, Observed, Severity

_WRITES = frozenset({"INSERT", "UPDATE"})
_MIGRATION_WORDS = (
    "migration",
    "schema_version",
    "schema_info",
    "flyway",
    "alembic",
    "liquibase",
    "knex",
    "databasechange",
)


class At(TenancyAt, frozen=True):
    """What the user may say."""

    application_roles: tuple[str, ...] = ()
    """Roles that the application or its users come as, beside those that are recognised."""


@check(
    title="Table that leads to no tenant",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*EXPOSURE, PgConstraint)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def table_without_tenant_path(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each table without a tenant that the application writes."""
    tenancy = tenancy_of(catalog, at)
    if tenancy is None:
        return
    exposure = exposure_of(catalog, ExposureAt(application_roles=at.application_roles))
    knows_writers = any(_writers(table, exposure) for table in carriers(catalog, tenancy))
    for table in catalog.tables:
        if table.row.is_partition or _has_path(table, tenancy) or _is_reference(table, tenancy) or _is_tooling(table):
            continue
        writers = _writers(table, exposure)
        if writers or not knows_writers:
            yield _observed(table, tenancy, writers)


def _writers(table: Relation, exposure: Exposure) -> tuple[str, ...]:
    """Exposed roles that write the table by a privilege or as its owner."""
    owning = [role.name for role in exposure.roles if table.row.owner in role.holds]
    return tuple(sorted({*exposure.on(table, _WRITES), *owning}))


def _has_path(table: Relation, tenancy: Tenancy) -> bool:
    return table.oid in tenancy.carriers or table.oid in tenancy.led_by or table.oid == tenancy.tenant_table


def _is_reference(table: Relation, tenancy: Tenancy) -> bool:
    return any(
        key.row.relation in tenancy.carriers or key.row.relation in (tenancy.tenant_table, *tenancy.led_by)
        for key in table.referenced_by
    )


def _is_tooling(table: Relation) -> bool:
    return any(word in table.name.lower() for word in _MIGRATION_WORDS)


def _observed(table: Relation, tenancy: Tenancy, writers: tuple[str, ...]) -> Observed:
    who = f"{', '.join(writers[:3])} writes it" if writers else "nothing else says whose its rows are"
    return Observed(
        object=relation_ref(table),
        message=f"{table.qualified_name} has no {tenancy.named} and no foreign key leads from it to a tenant; {who}",
        evidence={"tables_with_tenant": len(tenancy.carriers), "writers": writers, "tenant_column": tenancy.how},
        remedy=Advice(
            "Say whose the rows are: give the table the tenant column with its foreign key, or a reference to a table "
            "that has it. If they are everybody's, revoke writing from the application. No catalog says whose they are."
        ),
        severity=tenancy.severity(None if writers else Severity.INFO),
        confidence=tenancy.confidence if writers else Confidence.LOW,
    )
