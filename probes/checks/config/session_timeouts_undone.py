"""Time limit that a role or database undoes.

What: A limit on statements, locks, transactions or idle sessions is bound to 0 for a role or for this database, while
the others have one.

Why it matters: The exception outlives its reason. The role that once ran a long migration is the application's now,
and nothing limits it.

When it is harmless: The role is for backups or migrations, and for nothing else.

How to fix it safely: Reset the exception; new sessions then get the general limit. Long jobs can SET a limit of their
own at their beginning.

How it is decided: An entry of pg_db_role_setting for a role or for the database says 0, and the server's value, or
that of the database, is above 0.

Known limits: What clients set after logging in is not seen.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgDbRoleSetting, PgRole, PgSetting
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import role_ref
from probes.checks._support.setting_rules import value_of
from probes.checks._support.settings import bound_values
from probes.finding import Fix, Observed, Severity

_LIMITS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
)
_NONE = frozenset({"0", "0s", "0ms", "0min"})


@check(
    title="Time limit undone for a role or database",
    severity=Severity.LOW,
    needs=Needs(areas=(PgSetting, PgDbRoleSetting, PgRole)),
    sources=("https://www.postgresql.org/docs/current/runtime-config-client.html",),
    aliases=("config/session_timeouts_pg17",),
)
def session_timeouts_undone(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each exception from a limit."""
    for name in _LIMITS:
        bound = list(bound_values(catalog, name))
        setting = catalog.setting(name)
        is_limited = setting is not None and value_of(setting) != "0"
        is_limited = is_limited or any(row.role == 0 and value not in _NONE for row, value in bound)
        for row, value in bound if is_limited else []:
            role = catalog.role(row.role)
            if value in _NONE and role:
                yield _observed(catalog, name, row, role.name)


def _observed(catalog: Catalog, name: str, row: PgDbRoleSetting, role: str) -> Observed:
    where = f" in database {quoted(catalog.server.database)}" if row.database else ""
    return Observed(
        object=role_ref(role),
        message=f"{name} is limited for everybody but role {role}",
        evidence={"setting": name, "in_this_database_only": bool(row.database)},
        remedy=Fix(sql=(f"alter role {quoted(role)}{where} reset {name}",), changes=("pg_db_role_setting",)),
        key=(name,),
    )
