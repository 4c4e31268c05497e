"""Row level security without a policy.

What: Row level security is on, the table has no policy, and roles other than its owner have grants on it.

Why it matters: Without a policy nothing is visible and nothing can be written: the grants are void. Either a policy
was forgotten, and the application sees an empty table without an error, or the grants are a trap for the day when
somebody writes a first policy that is too wide.

When it is harmless: The table is closed on purpose and is reached through functions of its owner. Then the grants are
superfluous.

How to fix it safely: Write the policy that the grants were meant for. Where nobody is meant to come in, revoke the
grants: that cannot break what does not work. Which of the two is right only you can say.

How it is decided: Policies of any kind count. Grants are those of exposed roles, on the table or on columns of it. A
partition whose root has row level security is left out: to close partitions so is good practice.

Known limits: Roles that bypass row level security use the table without noticing.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgInherits, PgPolicy
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, as_text, exposure_of
from probes.checks._support.refs import relation_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Row level security without a policy",
    severity=Severity.LOW,
    needs=Needs(areas=(*EXPOSURE, PgPolicy, PgInherits)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def rls_without_policy(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each protected table with grants that no policy gives a meaning."""
    exposure = exposure_of(catalog, at)
    for table in catalog.tables:
        if not table.row.row_security or table.policies:
            continue
        if table.row.is_partition and table.root.row.row_security:
            continue
        principals = exposure.on(table)
        if principals:
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} has row level security but no policy for {as_text(principals)}",
                evidence={"roles": tuple(sorted(principals))},
                remedy=Advice(
                    "Write the policy that the grants were meant for, or revoke them. Whose rows a role may see the "
                    "catalog does not tell."
                ),
            )
