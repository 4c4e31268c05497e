"""Several permissive policies for one role and command.

What: More than one permissive policy applies when an exposed role runs the same command on a table.

Why it matters: Permissive policies are joined by OR: each one widens what the others allow. A policy added for one
case quietly opens the table for another, and every condition is evaluated for each row until one is true.

When it is harmless: The conditions are meant as alternatives, such as own rows and shared rows.

How to fix it safely: Read them together as one sentence. Alternatives that belong together are quicker and clearer in
one policy with OR; a condition that must always hold belongs into a restrictive policy. Mind that merging a policy FOR
ALL into one FOR SELECT changes what may be deleted. No statement can be written without knowing what was meant.

How it is decided: For each exposed role with the privilege, policies for PUBLIC, for the role, and for roles it is a
member of are counted by command; FOR ALL counts for each command. Restrictive policies are not counted.

Known limits: Conditions are not compared: two that exclude each other are reported as well.

Sources: https://www.postgresql.org/docs/current/sql-createpolicy.html#SQL-CREATEPOLICY-SUMMARY
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Policy, Relation
from probes.catalog.rows import PgPolicy
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, exposure_of
from probes.checks._support.policies import PRIVILEGE_OF, commands_of
from probes.checks._support.refs import relation_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Several permissive policies for one command",
    severity=Severity.LOW,
    needs=Needs(areas=(*EXPOSURE, PgPolicy)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/sql-createpolicy.html#SQL-CREATEPOLICY-SUMMARY",),
)
def multiple_permissive_policies(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each table where permissive policies meet."""
    exposure = exposure_of(catalog, at)
    for table in catalog.tables:
        permissive = [policy for policy in table.policies if policy.row.permissive]
        if table.row.row_security and len(permissive) > 1:
            crowds = list(_crowds(table, permissive, exposure))
            if crowds:
                yield _observed(table, crowds)


def _crowds(table: Relation, policies: list[Policy], exposure: Exposure) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Command, role, and the names of the policies that meet there."""
    for command, privilege in PRIVILEGE_OF.items():
        by_role: dict[str, list[str]] = {}
        for policy in policies:
            if command in commands_of(policy):
                for role in exposure.bound_by(policy.row.roles, table, privilege):
                    by_role.setdefault(role, []).append(policy.name)
        for role, names in by_role.items():
            if len(names) > 1:
                yield privilege, role, tuple(sorted(names))


def _observed(table: Relation, crowds: list[tuple[str, str, tuple[str, ...]]]) -> Observed:
    privilege, role, names = crowds[0]
    more = f" (and {len(crowds) - 1} more such cases)" if len(crowds) > 1 else ""
    return Observed(
        object=relation_ref(table),
        message=(
            f"{table.qualified_name}: policies {', '.join(names)} all let {role} {privilege}, any one suffices{more}"
        ),
        evidence={
            "policies": tuple(sorted({name for _, _, found in crowds for name in found})),
            "commands": tuple(dict.fromkeys(command for command, _, _ in crowds)),
            "roles": tuple(sorted({found for _, found, _ in crowds})),
        },
        remedy=Advice(
            "Merge alternatives into one policy, make what must always hold restrictive. Which of the two each is only "
            "its author knows, so no statement is offered."
        ),
    )
