"""No limit on statements, locks or idle transactions anywhere.

What: statement_timeout, lock_timeout and idle_in_transaction_session_timeout are 0 for the server, for this database
and for every role.

Why it matters: Nothing ever gives up. One query with a missing join condition, one client that died in a transaction,
or one migration that waits for a lock can hold up all others for as long as nobody looks.

When it is harmless: A pooler or the application sets limits of its own at the beginning of every session.

How to fix it safely: Set limits for the database, generous ones first; they apply to new sessions. Give roles with
long work, such as reports and backups, limits of their own. pg_dump lifts statement_timeout for itself.

How it is decided: The value a new session gets, and the settings bound to this database and to roles. It is reported
only where none of the three limits is set in any place: to set just some of them, or only for the application's role,
is a choice.

Known limits: What the application sends after connecting, and what a pooler sends for it, cannot be seen.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.rows import PgDbRoleSetting, PgSetting
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.server_refs import database_ref, setting_ref
from probes.checks._support.settings import bound_values
from probes.finding import Fix, Observed, Severity

_LIMITS = {
    "statement_timeout": "15min",
    "lock_timeout": "1min",
    "idle_in_transaction_session_timeout": "5min",
}
"""The limits, and generous values to begin with."""


@check(
    title="No time limits set",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgSetting, PgDbRoleSetting)),
    sources=("https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT",),
)
def timeouts_unset(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    """Yield the database when it has none of the three limits at any level."""
    for name in _LIMITS:
        setting = catalog.setting(name)
        if setting is None:
            yield Unchecked(setting_ref(name), "our role may not see this setting", "pg_read_all_settings")
            return
        if _is_set(catalog, setting):
            return
    database = catalog.server.database
    yield Observed(
        object=database_ref(catalog),
        message=f"database {database} limits statements, lock waits and idle transactions at no level",
        evidence={"unset": tuple(_LIMITS)},
        remedy=Fix(
            sql=tuple(f"alter database {quoted(database)} set {name} = '{value}'" for name, value in _LIMITS.items()),
            changes=("pg_db_role_setting",),
            note="New sessions only. Give roles with longer work limits of their own (ALTER ROLE ... SET) first.",
        ),
    )


def _is_set(catalog: Catalog, setting: PgSetting) -> bool:
    if setting.reset_value not in {None, "0"}:
        return True
    return any(value.strip("'") not in {"0", ""} for _, value in bound_values(catalog, setting.name))
