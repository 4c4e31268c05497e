"""Policy on a table whose row level security is off.

What: A policy exists, but row level security was never enabled on its table, or was disabled again.

Why it matters: The policy does nothing. Whoever reads the schema believes that rows are protected, and the grants of
the table let everything through.

When it is harmless: Between the migration that writes policies and the one that switches them on.

How to fix it safely: Enable row level security. From then on a role with grants sees only what its policies show, so
make sure that each role that needs the table has one: try as that role in a transaction that you roll back.

How it is decided: Rows of pg_policy on tables and partitioned tables with relrowsecurity false. It is graver where an
exposed role can use the table.

Known limits: Whether the switch was left off on purpose cannot be seen.

Sources: https://www.postgresql.org/docs/current/sql-createpolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgPolicy
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, exposure_of
from probes.checks._support.policies import policy_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Policy without row level security",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgPolicy)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def policy_without_rls(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each policy that is not in force."""
    exposure = exposure_of(catalog, at)
    for policy in catalog.policies:
        table = policy.relation
        if not table.row.row_security:
            principals = exposure.on(table)
            yield Observed(
                object=policy_ref(policy),
                message=f"policy {policy.name} of {table.qualified_name} does nothing: row level security is off",
                evidence={"roles_with_access": tuple(sorted(principals))},
                remedy=Fix(
                    sql=(f"alter table {table.sql} enable row level security",),
                    changes=("pg_class",),
                    note="Roles with grants then see only what their policies show: each needs one.",
                ),
                severity=Severity.CRITICAL if principals else None,
            )
