"""SECURITY DEFINER function that everybody may execute.

What: PUBLIC, or a role through which the public reaches the database, may execute a function that runs with its
owner's rights.

Why it matters: Every new function is executable by PUBLIC until somebody revokes that. With SECURITY DEFINER the
caller borrows the owner's rights, past grants and policies, for whatever the function does with its arguments.

When it is harmless: The function checks its caller and its arguments, and was reviewed as a door to the world.

How to fix it safely: Revoke EXECUTE and grant it to the roles that need it, in one transaction. ALTER DEFAULT
PRIVILEGES keeps the next function from opening itself.

How it is decided: EXECUTE for PUBLIC, for a role you named, or for an API role, together with USAGE on the schema. A
login role that was granted EXECUTE by name is left out: somebody meant it. Trigger functions cannot be called and are
left out too.

Known limits: What the function does is not judged.

Sources: https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.acl import PUBLIC
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Function
from probes.catalog.rows import PgProc, PgType
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, as_text, exposure_of, grantee_sql
from probes.checks._support.functions import function_key, function_ref
from probes.finding import Fix, Observed, Severity

_NOT_CALLABLE = frozenset({2279, 3838})
"""The types trigger and event_trigger."""


@check(
    title="SECURITY DEFINER function open to everybody",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgProc, PgType)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",),
)
def security_definer_executable(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each definer function that the public can call."""
    exposure = exposure_of(catalog, at)
    for function in catalog.functions:
        if not function.row.security_definer or function.row.returns in _NOT_CALLABLE:
            continue
        principals = exposure.on_function(function)
        if exposure.is_named(principals):
            owner = function.owner.name if function.owner else "its owner"
            yield Observed(
                object=function_ref(function),
                message=(
                    f"{function.noun} {function.schema}.{function.name} acts with the rights of {owner} "
                    f"for {as_text(principals)}"
                ),
                evidence={"owner": owner, "roles": tuple(sorted(principals))},
                remedy=_fix(function, exposure),
                key=function_key(function),
            )


def _fix(function: Function, exposure: Exposure) -> Fix:
    holders = frozenset({PUBLIC}).union(*(role.holds for role in exposure.roles if role.is_named))
    grantees = sorted({one.grantee for one in function.grants if one.grantee in holders} - {function.row.owner})
    return Fix(
        sql=tuple(
            f"revoke execute on {function.noun} {function.signature} from {grantee_sql(function.catalog, grantee)}"
            for grantee in grantees
        ),
        changes=("pg_proc",),
        note="Grant EXECUTE to the roles that need it in the same transaction.",
    )
